//! A document whose values know their line, their column and their JSON pointer.

mod node;
mod parse;
mod respan;
mod text;
mod tree;

pub use node::Node;
pub use text::{decode_utf8, read_text};
pub use tree::{Document, NodeId};
