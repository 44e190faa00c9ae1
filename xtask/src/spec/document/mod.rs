//! A contract with the place of everything in it: every key and item knows its line, its column and its JSON pointer.
//!
//! [`Document::read`] and [`Document::parse`] refuse what no reader should be given: a text that is no YAML, a document
//! that is too large or grows too large by its aliases, a `$ref` that leads nowhere or in a circle. Each refusal names
//! its place. After that every `$ref` resolves. A document is what it means: amended by its overlays, and of OpenAPI 3.0
//! where it is written in 3.1; every value keeps the place that it has in the text.

mod error;
mod node;
mod parse;
mod references;
mod relocate;
#[cfg(test)]
mod tests;
mod text;
mod tree;

pub use error::ReadError;
pub use node::{Node, Place};
pub use text::{read as read_text, utf8};
pub use tree::{Document, NodeId};
