//! Image formats, by their first bytes.

use std::fmt;

/// The number of bytes that identify a format.
pub(crate) const HEAD: usize = 16;

/// The image formats that the service returns and accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImageFormat {
    /// `image/jpeg`.
    Jpeg,
    /// `image/png`.
    Png,
    /// `image/webp`.
    WebP,
    /// `image/gif`.
    Gif,
}

impl ImageFormat {
    /// Returns the format of a file by its first 16 bytes, or `None` if it is not one of these
    /// formats.
    ///
    /// ```
    /// use toapis::ImageFormat;
    /// let head = b"\x89PNG\r\n\x1a\n........";
    /// assert_eq!(ImageFormat::from_magic_bytes(head), Some(ImageFormat::Png));
    /// assert_eq!(ImageFormat::from_magic_bytes(b"<html>"), None);
    /// ```
    #[must_use]
    pub fn from_magic_bytes(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }

    /// Returns the media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// Returns the file extension, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
        }
    }
}

impl fmt::Display for ImageFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.media_type())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_told_by_its_magic_and_by_no_less() {
        let magics: [(&[u8], ImageFormat); 5] = [
            (b"\xff\xd8\xff\xe0", ImageFormat::Jpeg),
            (b"\x89PNG\r\n\x1a\n", ImageFormat::Png),
            (b"RIFF\x10\0\0\0WEBP", ImageFormat::WebP),
            (b"GIF87a", ImageFormat::Gif),
            (b"GIF89a", ImageFormat::Gif),
        ];
        for (magic, format) in magics {
            assert_eq!(ImageFormat::from_magic_bytes(magic), Some(format));
            for cut in 0..magic.len() {
                let shorter = ImageFormat::from_magic_bytes(&magic[..cut]);
                assert!(
                    shorter.is_none() || (format == ImageFormat::Jpeg && cut == 3),
                    "{format} after {cut} bytes"
                );
            }
        }
        assert_eq!(ImageFormat::from_magic_bytes(b"RIFF\x10\0\0\0WAVE"), None);
    }
}
