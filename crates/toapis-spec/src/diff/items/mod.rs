//! Finds the Rust items that a change affects, in the code that each of the two documents
//! generates.

mod callers;
mod find;
mod index;
mod item;
mod syntax;
#[cfg(test)]
mod tests;

pub(super) use callers::Callers;
pub(super) use find::{affected_items, one_sided, plain};
pub(super) use index::{Index, Item, ItemKind};
pub use item::RustItem;
pub(super) use syntax::words;
