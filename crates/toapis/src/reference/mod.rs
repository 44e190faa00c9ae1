//! Reference pictures: where they come from, what they must be, and how they get to the service.

mod sniff;
mod source;
mod upload;

pub(crate) use sniff::HEAD;
pub use sniff::ImageFormat;
pub use source::Reference;
pub(crate) use source::Source;
pub(crate) use upload::{forget, uploaded};
