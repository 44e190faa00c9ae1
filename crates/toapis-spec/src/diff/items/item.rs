//! An item of Rust code, as reports name it.

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
    /// Its path with the new contract, where it is only called otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub becomes: Option<String>,
}
