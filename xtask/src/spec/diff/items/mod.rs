//! The items of the crates here that a change touches, read from the code that each of the two contracts generates.

mod find;
mod index;
mod syntax;
mod uses;

pub(super) use find::touched;
pub(super) use index::{Index, Item};
pub(super) use uses::Uses;

use schemars::JsonSchema;
use serde::Serialize;

/// An item of Rust code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct RustItem {
    /// The crate.
    #[serde(rename = "crate")]
    pub package: String,
    /// Its path in the crate, for example `types::Task::status`.
    pub path: String,
    /// The file it stands in, from the root of the workspace.
    pub file: String,
}
