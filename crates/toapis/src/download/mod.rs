//! Fetching a picture: without the key, whole, and on disk at once or not at all.

mod builder;
mod completeness;
mod fetch;
mod file;

pub use builder::{Download, SavedImage};
