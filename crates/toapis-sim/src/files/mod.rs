//! The file hosts: results and uploads, served without a key.

mod handler;
mod image_cache;
mod range;

pub(crate) use handler::{FilesHandler, find_image, render_image};
pub(crate) use image_cache::ImageCache;
