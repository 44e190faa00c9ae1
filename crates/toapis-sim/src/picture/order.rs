//! What a picture is made from; equal orders give equal bytes.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::Format;

/// One picture to render: everything that is seen on it, and nothing else.
///
/// ```
/// use toapis_sim::picture::{Format, Order, render};
///
/// let order = Order::new("A cat in a spacesuit walking on the moon", 320, 180).seed(7).format(Format::Png);
/// let bytes = render(&order);
/// assert_eq!(&bytes[1..4], b"PNG");
/// assert_eq!(bytes, render(&order));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    pub(super) prompt: String,
    pub(super) model: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) seed: u64,
    pub(super) format: Format,
    pub(super) references: Vec<Bytes>,
}

impl Order {
    /// The longest side that is ever rendered, in pixels; a longer one is cut to it.
    pub const LONGEST_SIDE: u32 = 16_384;

    /// A picture of `width` by `height` pixels, each held between 1 and [`Order::LONGEST_SIDE`].
    #[must_use]
    pub fn new(prompt: impl Into<String>, width: u32, height: u32) -> Self {
        Self {
            prompt: prompt.into(),
            model: String::new(),
            width: width.clamp(1, Self::LONGEST_SIDE),
            height: height.clamp(1, Self::LONGEST_SIDE),
            seed: 0,
            format: Format::Png,
            references: Vec::new(),
        }
    }

    /// The model's name, written below the prompt.
    #[must_use]
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// The seed that the landscape is drawn by; it is written below the prompt.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The file format; PNG unless told.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// The files of the reference images, shown as thumbnails; one that cannot be read is shown as a blank card.
    #[must_use]
    pub fn references(mut self, references: Vec<Bytes>) -> Self {
        self.references = references;
        self
    }

    /// The media type of the file that it makes.
    pub(crate) fn media_type(&self) -> &'static str {
        self.format.media_type()
    }

    /// SHA-256 over everything in the order: the name of its bytes in a cache.
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
