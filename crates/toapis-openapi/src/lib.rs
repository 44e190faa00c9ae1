//! Reads OpenAPI documents with the source location of every value.
//!
//! - [`Document`]: a parsed document. Each of its values knows its line, its column and its JSON
//!   pointer, and every `$ref` is resolved.
//! - [`pointer`](mod@pointer) and [`reference`](mod@reference): JSON pointers and `$ref`, also for
//!   plain [`serde_json::Value`]s.
//! - [`overlay`]: OpenAPI Overlay 1.0 files.
//! - [`operations`]: the operations of a document and their parameters.
//! - [`extensions`]: the `x-` tables of the ToAPIs contract, as typed structs.
//!
//! Documents are OpenAPI 3.0. A document of OpenAPI 3.1 is converted to 3.0 where it means the
//! same, and is otherwise an error with a location. Limits on size, depth and aliases keep hostile
//! documents from exhausting memory.

mod document;
pub mod error;
pub mod extensions;
mod load;
pub mod operations;
#[cfg(feature = "overlays")]
pub mod overlay;
pub mod pointer;
pub mod reference;
mod version31;

pub use document::{Document, Node, NodeId, decode_utf8, read_text};
pub use error::{Location, ReadError};
