//! The tables of the SDK: `crates/toapis/src/generated/`, over the types of `crates/toapis/src/catalog.rs`.

mod errors;
mod files;
mod limits;
mod models;
mod read;
mod rules;
mod sizes;
mod states;

pub(super) use files::sources;
pub(super) use read::{ident, option};
