//! Fetching a picture: without the key, whole, and on disk at once or not at all.

mod fetch;
mod file;
mod options;
mod whole;

pub(crate) use options::into_memory;
pub use options::{Download, Saved};
