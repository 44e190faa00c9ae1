//! Thumbnails of the reference images in the upper right corner.

use std::io::Cursor;

use bytes::Bytes;
use image::{ImageReader, Limits, imageops::FilterType};

use super::canvas::{Area, Canvas, real};

/// The maximum number of thumbnails; more would cover the image.
const MAX_THUMBNAILS: usize = 8;

/// Paints a thumbnail for each reference; one that cannot be decoded is blank.
pub(super) fn paint(canvas: &mut Canvas, references: &[Bytes]) {
    let short = canvas.width().min(canvas.height());
    let side = short / 8;
    let gap = short / 40;
    if side < 8 {
        return;
    }
    let room = (canvas.width() - gap) / (side + gap);
    for (place, file) in references.iter().take(MAX_THUMBNAILS.min(room)).enumerate() {
        let x = canvas.width() - (place + 1) * (side + gap);
        let frame = (side / 24).max(1);
        canvas.card(
            Area {
                x,
                y: gap,
                width: side,
                height: side,
            },
            3.0 * real(frame),
            [255; 3],
            225,
        );
        if let Some(small) = thumbnail(file, side - 2 * frame) {
            let (width, height) = (small.width() as usize, small.height() as usize);
            let (left, top) = (x + (side - width) / 2, gap + (side - height) / 2);
            for (row, line) in small.as_raw().chunks_exact(width * 3).enumerate() {
                if top + row < canvas.height() {
                    let (pixels, _) = line.as_chunks::<3>();
                    canvas.row(top + row)[left..left + width].copy_from_slice(pixels);
                }
            }
        }
    }
}

/// Decodes an image and fits it into a square. Limits protect from small files with huge sizes.
fn thumbnail(file: &[u8], side: usize) -> Option<image::RgbImage> {
    let mut reader = ImageReader::new(Cursor::new(file))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(8192);
    limits.max_image_height = Some(8192);
    limits.max_alloc = Some(256 << 20);
    reader.limits(limits);
    let side = u32::try_from(side).ok()?;
    Some(
        reader
            .decode()
            .ok()?
            .resize(side, side, FilterType::Triangle)
            .into_rgb8(),
    )
}
