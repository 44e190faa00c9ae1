//! Painting of images.

use bytes::Bytes;

use super::{canvas::Canvas, caption, encode, scene, thumbnails};
use crate::images::{ImageFormat, ImageSpec};

/// Renders and encodes an image. The same specification gives the same bytes on every machine that
/// runs the same build.
///
/// Rendering blocks the thread: about 20 ms for 1792x1024 in a release build.
#[must_use]
pub fn render(spec: &ImageSpec) -> Bytes {
    let mut canvas = Canvas::new(spec.width, spec.height);
    scene::paint(&mut canvas, spec.seed);
    thumbnails::paint(&mut canvas, &spec.references);
    caption::paint(&mut canvas, spec);
    match encode::encode(spec.format, canvas.bytes(), spec.width, spec.height) {
        Ok(file) => Bytes::from(file),
        // A side of a WebP image is at most 16,383 pixels; PNG supports every specification.
        Err(_) => encode::encode(ImageFormat::Png, canvas.bytes(), spec.width, spec.height)
            .map(Bytes::from)
            .unwrap_or_default(),
    }
}
