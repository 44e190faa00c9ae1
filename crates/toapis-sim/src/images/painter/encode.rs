//! Encoding of pixels to a file.

use image::{
    ExtendedColorType, ImageEncoder as _, ImageResult,
    codecs::{jpeg::JpegEncoder, png, webp::WebPEncoder},
};

use crate::images::ImageFormat;

/// Encodes rows of 8-bit RGB pixels.
pub(super) fn encode(
    format: ImageFormat,
    rgb: &[u8],
    width: u32,
    height: u32,
) -> ImageResult<Vec<u8>> {
    let mut file = Vec::with_capacity(rgb.len() / 4);
    let color = ExtendedColorType::Rgb8;
    match format {
        // Adjacent rows of a landscape are similar, so the filter `Up` leaves mostly zeros, which
        // fast deflate compresses at memory speed. Adaptive filters would be slower than painting.
        ImageFormat::Png => {
            png::PngEncoder::new_with_quality(
                &mut file,
                png::CompressionType::Fast,
                png::FilterType::Up,
            )
            .write_image(rgb, width, height, color)?;
        }
        ImageFormat::Jpeg => {
            JpegEncoder::new_with_quality(&mut file, 88).write_image(rgb, width, height, color)?;
        }
        ImageFormat::Webp => {
            WebPEncoder::new_lossless(&mut file).write_image(rgb, width, height, color)?;
        }
    }
    Ok(file)
}
