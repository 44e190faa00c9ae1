//! A Rust item in a report.

use schemars::JsonSchema;
use serde::Serialize;

/// A Rust item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct RustItem {
    /// The crate.
    #[serde(rename = "crate")]
    pub package: String,
    /// The path in the crate, for example `types::Task::status`.
    pub path: String,
    /// The file, from the root of the workspace.
    pub file: String,
    /// The path after the change, if the item is only renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub becomes: Option<String>,
}
