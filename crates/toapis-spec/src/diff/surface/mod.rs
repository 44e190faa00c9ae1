//! What a change does to the names and types of the generated code, and what of it no change on the wire tells.

mod changes;
mod names;
mod renames;
mod schemas;
mod told;

pub(super) use changes::changes;
pub(super) use schemas::Places;
pub(super) use told::{Code, is_of_code_alone, told};
