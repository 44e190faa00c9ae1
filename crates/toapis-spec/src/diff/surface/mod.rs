//! Compares the names and types of the generated code, and reports what no finding about the wire
//! explains.

mod changes;
mod code_findings;
mod names;
mod renames;
mod schemas;

pub(super) use changes::changes;
pub(super) use code_findings::{Code, code_findings, is_code_only};
