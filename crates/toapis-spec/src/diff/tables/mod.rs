//! The tables of the root level (`x-models`, `x-sizes`, `x-errors`, ...): what JSON Schema cannot say.
//!
//! What each row and each number in them means stands in one list, `meanings.rs`; `rows.rs` compares by it.

mod meanings;
mod rows;

use super::walk::{Site, Walk};
use toapis_openapi::Node;

/// Compares all tables of two documents.
pub(super) fn compare<'d>(walk: &mut Walk<'d>, old: Node<'d>, new: Node<'d>) {
    rows::compare(walk, old, new);
}

/// Compares a table that stands in an operation.
pub(super) fn extension<'d>(
    walk: &mut Walk<'d>,
    key: &'static str,
    within: (Node<'d>, Node<'d>),
    site: &Site,
) {
    walk.table = Some(key);
    rows::one(walk, key, within, site);
    walk.table = None;
}
