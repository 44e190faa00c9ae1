//! The items of the crates here that a change touches.

use schemars::JsonSchema;
use serde::Serialize;

/// An item of Rust code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct RustItem {
    /// The crate.
    #[serde(rename = "crate")]
    pub package: String,
    /// Its path in the crate, for example `types::Task::status`.
    pub path: String,
}
