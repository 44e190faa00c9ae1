//! HAR 1.2, the format of browsers and proxies: read leniently, written without credentials.
//!
//! `recording` has the public type, `format` the JSON structure.

mod format;
mod recording;

pub use format::HarError;
pub use recording::Recording;
