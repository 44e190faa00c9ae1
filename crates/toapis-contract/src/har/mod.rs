//! Recordings in HAR 1.2, the format of browsers and proxies: read leniently, written without keys.
//!
//! `recording` is what a user holds, `format` is how HAR writes it.

mod format;
mod recording;

pub use recording::{HarError, Recording};
