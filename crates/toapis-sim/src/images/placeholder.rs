//! Images of a single pixel, which need no codecs.

use bytes::Bytes;

use super::{ImageFormat, ImageSpec};

/// Returns an image of a single pixel in the requested format.
#[must_use]
pub fn render(spec: &ImageSpec) -> Bytes {
    Bytes::from_static(match spec.format {
        ImageFormat::Png => include_bytes!("pixel.png"),
        ImageFormat::Jpeg => include_bytes!("pixel.jpg"),
        ImageFormat::Webp => include_bytes!("pixel.webp"),
    })
}
