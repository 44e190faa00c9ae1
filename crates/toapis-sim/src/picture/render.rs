//! The whole way from an order to the bytes of a file.

use bytes::Bytes;

use super::{Order, canvas::Canvas, caption, encode, scene, thumb};

/// Renders and encodes a picture: the same bytes for the same order, on every machine that runs the same build.
///
/// It is work for a processor (about 20 ms for 1792x1024 in a release build): call it where blocking is allowed.
#[must_use]
pub fn render(order: &Order) -> Bytes {
    let mut canvas = Canvas::new(order.width, order.height);
    scene::paint(&mut canvas, order.seed);
    thumb::paint(&mut canvas, &order.references);
    caption::paint(&mut canvas, order);
    match encode::encode(order.format, canvas.bytes(), order.width, order.height) {
        Ok(file) => Bytes::from(file),
        // WebP holds no side above 16,383 pixels; PNG holds everything that an order can ask for.
        Err(_) => encode::encode(
            super::Format::Png,
            canvas.bytes(),
            order.width,
            order.height,
        )
        .map(Bytes::from)
        .unwrap_or_default(),
    }
}
