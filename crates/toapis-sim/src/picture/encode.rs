//! From pixels to a file of the format that was asked for.

use std::{fmt, str::FromStr};

use image::{
    ExtendedColorType, ImageEncoder as _, ImageResult,
    codecs::{jpeg::JpegEncoder, png, webp::WebPEncoder},
};

/// The formats that a picture is served in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// PNG, the default.
    #[default]
    Png,
    /// JPEG at quality 88.
    Jpeg,
    /// WebP, lossless.
    Webp,
}

impl Format {
    /// The extension of its files, without a dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

impl FromStr for Format {
    type Err = String;

    /// Reads `png`, `jpg`, `jpeg` or `webp`, with or without `image/` before it, in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.to_ascii_lowercase();
        match lower.strip_prefix("image/").unwrap_or(&lower) {
            "png" => Ok(Self::Png),
            "jpg" | "jpeg" => Ok(Self::Jpeg),
            "webp" => Ok(Self::Webp),
            _ => Err(format!(
                "{text:?} is no format that is rendered: png, jpeg or webp"
            )),
        }
    }
}

/// Encodes eight-bit RGB rows.
pub(super) fn encode(format: Format, rgb: &[u8], width: u32, height: u32) -> ImageResult<Vec<u8>> {
    let mut file = Vec::with_capacity(rgb.len() / 4);
    let colour = ExtendedColorType::Rgb8;
    match format {
        // The landscape changes little from one row to the next: `Up` leaves mostly noughts, which the fast deflate
        // of the png crate swallows at memory speed. Adaptive filters would cost more than all of the drawing.
        Format::Png => {
            png::PngEncoder::new_with_quality(
                &mut file,
                png::CompressionType::Fast,
                png::FilterType::Up,
            )
            .write_image(rgb, width, height, colour)?;
        }
        Format::Jpeg => {
            JpegEncoder::new_with_quality(&mut file, 88).write_image(rgb, width, height, colour)?;
        }
        Format::Webp => {
            WebPEncoder::new_lossless(&mut file).write_image(rgb, width, height, colour)?;
        }
    }
    Ok(file)
}
