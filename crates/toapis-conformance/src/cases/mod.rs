//! Derives the cases from the contract.

pub(crate) mod basic;
pub(crate) mod cross_field;
pub(crate) mod multipart;
pub(crate) mod schema_bounds;

pub(crate) use basic::fill_path;
