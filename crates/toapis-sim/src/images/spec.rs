//! The specification of an image.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::ImageFormat;

/// The specification of an image: everything that the image depends on.
///
/// ```
/// use toapis_sim::images::{ImageFormat, ImageSpec, render};
///
/// let spec = ImageSpec::new("A cat in a spacesuit walking on the moon", 320, 180)
///     .seed(7)
///     .format(ImageFormat::Png);
/// let bytes = render(&spec);
/// assert_eq!(&bytes[1..4], b"PNG");
/// assert_eq!(bytes, render(&spec));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageSpec {
    pub(super) prompt: String,
    pub(super) model: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) seed: u64,
    pub(super) format: ImageFormat,
    pub(super) references: Vec<Bytes>,
}

impl ImageSpec {
    /// The maximum width and height in pixels.
    pub const MAX_SIDE: u32 = 16_384;

    /// Creates the specification of an image of `width` by `height` pixels, each clamped to 1 to
    /// [`ImageSpec::MAX_SIDE`].
    #[must_use]
    pub fn new(prompt: impl Into<String>, width: u32, height: u32) -> Self {
        Self {
            prompt: prompt.into(),
            model: String::new(),
            width: width.clamp(1, Self::MAX_SIDE),
            height: height.clamp(1, Self::MAX_SIDE),
            seed: 0,
            format: ImageFormat::Png,
            references: Vec::new(),
        }
    }

    /// Sets the model's name, which is written below the prompt.
    #[must_use]
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// Sets the seed of the landscape, which is written below the prompt.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the file format. Default: PNG.
    #[must_use]
    pub fn format(mut self, format: ImageFormat) -> Self {
        self.format = format;
        self
    }

    /// Sets the files of the reference images, which appear as thumbnails; an invalid file appears
    /// as a blank one.
    #[must_use]
    pub fn references(mut self, references: Vec<Bytes>) -> Self {
        self.references = references;
        self
    }

    /// Returns the media type of the file.
    pub(crate) fn media_type(&self) -> &'static str {
        self.format.media_type()
    }

    /// Returns the SHA-256 digest of the specification.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [self.prompt.as_bytes(), self.model.as_bytes()] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.update(self.width.to_le_bytes());
        hash.update(self.height.to_le_bytes());
        hash.update(self.seed.to_le_bytes());
        hash.update([self.format as u8]);
        for reference in &self.references {
            hash.update(reference.len().to_le_bytes());
            hash.update(reference);
        }
        hash.finalize().into()
    }
}
