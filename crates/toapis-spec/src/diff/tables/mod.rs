//! The tables of the root level (`x-models`, `x-sizes`, `x-errors`, ...): what JSON Schema cannot say.
//!
//! What each row and each number in them means stands in one list, `meanings.rs`; `rows.rs` compares by it.

mod meanings;
mod rows;

use super::comparison::{CompareContext, Comparison};
use toapis_openapi::Node;

/// Compares all tables of two documents.
pub(super) fn compare<'d>(comparison: &mut Comparison<'d>, old: Node<'d>, new: Node<'d>) {
    rows::compare(comparison, old, new);
}

/// Compares a table that stands in an operation.
pub(super) fn extension<'d>(
    comparison: &mut Comparison<'d>,
    key: &'static str,
    within: (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    comparison.table = Some(key);
    rows::one(comparison, key, within, context);
    comparison.table = None;
}
