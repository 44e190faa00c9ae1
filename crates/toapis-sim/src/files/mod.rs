//! The files' host: results and uploads, without a key, each for as long as it lives.

mod host;
mod pictures;

pub(crate) use host::{FilesHost, picture};
pub(crate) use pictures::Pictures;
