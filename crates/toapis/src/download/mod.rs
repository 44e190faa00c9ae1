//! Downloads images: without the API key, and complete or not at all.

mod builder;
mod completeness;
mod fetch;
mod file;
mod request;

pub use builder::{Download, SavedImage};
