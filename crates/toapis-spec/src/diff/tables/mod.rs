//! Compares the tables at the root (`x-models`, `x-sizes`, `x-errors`, ...), which JSON Schema
//! cannot express.
//!
//! `meanings.rs` lists the meaning of each row and number; `rows.rs` compares by it.

mod meanings;
mod rows;

use super::comparison::Comparison;
use super::context::CompareContext;
use toapis_openapi::Node;

/// Compares all tables of two documents.
pub(super) fn compare<'d>(comparison: &mut Comparison<'d>, old: Node<'d>, new: Node<'d>) {
    rows::compare(comparison, old, new);
}

/// Compares a table in an operation.
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
