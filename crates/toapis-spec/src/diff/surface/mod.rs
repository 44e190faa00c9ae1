//! What a change does to the names and types of the generated code, and what of it no change on the wire tells.

mod changes;
mod code_findings;
mod names;
mod renames;
mod schemas;

pub(super) use changes::changes;
pub(super) use code_findings::{Code, is_code_only, told};
pub(super) use schemas::Places;
