//! Checks that an image is complete by following the structure of its format.
//!
//! The check reads lengths and markers, not pixels: a file that was cut, or that lost bytes in the
//! middle, has a chunk that ends in the wrong place. Bytes after the end of an image are allowed.

use crate::image_format::{HEAD, ImageFormat};

/// Follows an image as it arrives, in chunks of any size.
#[derive(Debug, Default)]
pub(super) struct CompletenessCheck {
    head: Vec<u8>,
    length: u64,
    walker: Option<Walker>,
}

impl CompletenessCheck {
    /// Adds the next bytes of the file.
    pub(super) fn update(&mut self, chunk: &[u8]) {
        self.length += chunk.len() as u64;
        if let Some(walker) = &mut self.walker {
            return walker.update(chunk);
        }
        let known = self.head.len();
        self.head
            .extend_from_slice(&chunk[..chunk.len().min(HEAD - known)]);
        if let Some(format) = self.format() {
            let mut walker = Walker::new(format);
            walker.update(&self.head);
            walker.update(&chunk[self.head.len() - known..]);
            self.walker = Some(walker);
        }
    }

    /// Returns the number of bytes so far.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Returns the format, as soon as the first bytes show it.
    pub(super) fn format(&self) -> Option<ImageFormat> {
        ImageFormat::from_magic_bytes(&self.head)
    }

    /// Returns true as soon as the first bytes show that the file is not an image.
    pub(super) fn is_not_an_image(&self) -> bool {
        self.head.len() >= HEAD && self.format().is_none()
    }

    /// Returns true if the end of the image has been received.
    pub(super) fn is_complete(&self) -> bool {
        self.walker.as_ref().is_some_and(Walker::is_complete)
    }
}

/// The part of a file that comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    PngSignature,
    PngChunk,
    PngEnd,
    JpegStart,
    /// Compressed data, or bytes between segments: everything up to the next `0xff`.
    JpegData,
    JpegMarker,
    JpegLength,
    GifHeader,
    GifBlock,
    GifImage,
    GifSubBlock,
    WebPHeader,
    WebPChunk,
    Complete,
    Corrupt,
}

impl Part {
    /// Returns how many bytes of this part are needed to go on.
    fn wanted(self) -> usize {
        match self {
            Self::PngSignature | Self::PngChunk | Self::WebPChunk => 8,
            Self::JpegStart | Self::JpegLength => 2,
            Self::GifHeader => 13,
            Self::GifImage => 9,
            Self::WebPHeader => 12,
            _ => 1,
        }
    }
}

/// Follows the chunks, segments or blocks of an image.
#[derive(Debug)]
struct Walker {
    part: Part,
    /// The first bytes of the part.
    buffer: Vec<u8>,
    /// How many bytes lie between here and the part.
    skip: u64,
    /// How many bytes were read or skipped.
    position: u64,
    /// The end of a WebP file, by its header.
    end: u64,
    has_pixels: bool,
}

impl Walker {
    fn new(format: ImageFormat) -> Self {
        Self {
            part: match format {
                ImageFormat::Png => Part::PngSignature,
                ImageFormat::Jpeg => Part::JpegStart,
                ImageFormat::Gif => Part::GifHeader,
                ImageFormat::WebP => Part::WebPHeader,
            },
            buffer: Vec::with_capacity(16),
            skip: 0,
            position: 0,
            end: u64::MAX,
            has_pixels: false,
        }
    }

    fn update(&mut self, mut data: &[u8]) {
        loop {
            let skipped = data
                .len()
                .min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            self.advance(&mut data, skipped);
            self.skip -= skipped as u64;
            if self.skip == 0 && self.part == Part::PngEnd {
                self.part = Part::Complete;
            }
            if data.is_empty() || matches!(self.part, Part::Complete | Part::Corrupt) {
                return;
            }
            if self.part == Part::JpegData {
                let before = memchr::memchr(0xff, data);
                let count = before.map_or(data.len(), |at| at + 1);
                self.advance(&mut data, count);
                if before.is_some() {
                    self.part = Part::JpegMarker;
                }
                continue;
            }
            let count = data.len().min(self.part.wanted() - self.buffer.len());
            let bytes = self.advance(&mut data, count);
            self.buffer.extend_from_slice(bytes);
            if self.buffer.len() == self.part.wanted() {
                let bytes = std::mem::take(&mut self.buffer);
                self.part = self.next(&bytes);
            }
        }
    }

    fn advance<'d>(&mut self, data: &mut &'d [u8], count: usize) -> &'d [u8] {
        let (taken, rest) = data.split_at(count);
        *data = rest;
        self.position += count as u64;
        taken
    }

    /// Reads the first bytes of the current part and returns the part that follows.
    fn next(&mut self, bytes: &[u8]) -> Part {
        match self.part {
            Part::PngSignature => Part::PngChunk,
            Part::PngChunk => self.png_chunk(bytes),
            Part::JpegStart => Part::JpegData,
            Part::JpegMarker => self.jpeg_marker(bytes[0]),
            Part::JpegLength => {
                let length = u16::from_be_bytes([bytes[0], bytes[1]]);
                self.skip = u64::from(length.saturating_sub(2));
                Part::JpegData
            }
            Part::GifHeader => {
                self.skip = color_table(bytes[10]);
                Part::GifBlock
            }
            Part::GifBlock => self.gif_block(bytes[0]),
            Part::GifImage => {
                // One byte for the code size follows the color table.
                self.skip = color_table(bytes[8]) + 1;
                self.has_pixels = true;
                Part::GifSubBlock
            }
            Part::GifSubBlock => {
                self.skip = u64::from(bytes[0]);
                match bytes[0] {
                    0 => Part::GifBlock,
                    _ => Part::GifSubBlock,
                }
            }
            Part::WebPHeader => {
                self.end = u64::from(u32_le(&bytes[4..])) + 8;
                Part::WebPChunk
            }
            Part::WebPChunk => self.webp_chunk(bytes),
            part => part,
        }
    }

    fn png_chunk(&mut self, bytes: &[u8]) -> Part {
        let kind = &bytes[4..8];
        if !kind.iter().all(u8::is_ascii_alphabetic) {
            return Part::Corrupt;
        }
        // A checksum of four bytes follows the data.
        let length = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        self.skip = u64::from(length) + 4;
        self.has_pixels |= kind == b"IDAT";
        if kind == b"IEND" {
            return Part::PngEnd;
        }
        Part::PngChunk
    }

    fn jpeg_marker(&mut self, marker: u8) -> Part {
        match marker {
            0xff => Part::JpegMarker,
            // An escaped 0xff, a restart marker, or a marker without a length.
            0x00 | 0x01 | 0xd0..=0xd8 => Part::JpegData,
            0xd9 => Part::Complete,
            _ => {
                self.has_pixels |= marker == 0xda;
                Part::JpegLength
            }
        }
    }

    fn gif_block(&mut self, introducer: u8) -> Part {
        match introducer {
            // Some encoders write one terminator too many.
            0x00 => Part::GifBlock,
            0x21 => {
                self.skip = 1;
                Part::GifSubBlock
            }
            0x2c => Part::GifImage,
            0x3b => Part::Complete,
            _ => Part::Corrupt,
        }
    }

    fn webp_chunk(&mut self, bytes: &[u8]) -> Part {
        if self.position - bytes.len() as u64 >= self.end {
            return Part::Complete;
        }
        let kind = &bytes[..4];
        if !kind.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return Part::Corrupt;
        }
        let length = u64::from(u32_le(&bytes[4..]));
        self.skip = length + length % 2;
        self.has_pixels |= matches!(kind, b"VP8 " | b"VP8L" | b"ANMF");
        Part::WebPChunk
    }

    fn is_complete(&self) -> bool {
        // The padding of the last chunk of a WebP file may be missing.
        let is_at_end = match self.part {
            Part::WebPChunk => self.position >= self.end && self.skip <= 1,
            part => part == Part::Complete,
        };
        is_at_end && self.has_pixels
    }
}

/// Returns the size of a GIF color table, by the flags that announce it.
fn color_table(flags: u8) -> u64 {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

fn u32_le(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::*;

    fn check(bytes: &[u8], chunk_size: usize) -> CompletenessCheck {
        let mut check = CompletenessCheck::default();
        for chunk in bytes.chunks(chunk_size) {
            check.update(chunk);
        }
        check
    }

    fn png() -> Vec<u8> {
        let chunk = |kind: &[u8; 4], data: &[u8]| {
            let length = u32::try_from(data.len()).unwrap().to_be_bytes();
            [&length, kind.as_slice(), data, b"CRC!"].concat()
        };
        [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &[1; 13]),
            chunk(b"IDAT", &[7; 5000]),
            // An end marker inside data is not the end.
            chunk(b"tEXt", b"\0\0\0\0IEND\xaeB`\x82"),
            chunk(b"IDAT", &[7; 10]),
            chunk(b"IEND", b""),
        ]
        .concat()
    }

    fn jpeg() -> Vec<u8> {
        let segment = |marker: u8, data: &[u8]| {
            let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
            [&[0xff, marker], length.as_slice(), data].concat()
        };
        [
            b"\xff\xd8".to_vec(),
            // A thumbnail has an end marker of its own.
            segment(0xe1, b"Exif\xff\xd8\xff\xd9"),
            segment(0xc0, &[1; 15]),
            segment(0xda, &[1; 10]),
            b"data\xff\x00data\xff\xd0data".to_vec(),
            segment(0xc4, &[2; 20]),
            segment(0xda, &[1; 10]),
            [7; 3000].to_vec(),
            b"\xff\xff\xd9".to_vec(),
        ]
        .concat()
    }

    fn gif() -> Vec<u8> {
        [
            b"GIF89a\x01\0\x01\0\x80\0\0".as_slice(),
            &[0x3b; 6],
            b"\x21\xf9\x04\0\0\0\0\0",
            b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x03\x3b\x3b\x3b\x01;\0",
            b"\x3b",
        ]
        .concat()
    }

    fn webp() -> Vec<u8> {
        let body = [
            b"WEBPVP8X\x0a\0\0\0".as_slice(),
            &[0; 10],
            b"VP8L\x05\0\0\0",
            b"12345\0",
        ]
        .concat();
        let size = u32::try_from(body.len()).unwrap().to_le_bytes();
        [b"RIFF".as_slice(), &size, &body].concat()
    }

    #[test_case(&png(), ImageFormat::Png; "png")]
    #[test_case(&jpeg(), ImageFormat::Jpeg; "jpeg")]
    #[test_case(&gif(), ImageFormat::Gif; "gif")]
    #[test_case(&webp(), ImageFormat::WebP; "webp")]
    fn image_is_complete_only_with_its_last_byte(bytes: &[u8], format: ImageFormat) {
        for chunk_size in [1, 3, 1000, 100_000] {
            let whole = check(bytes, chunk_size);
            assert!(whole.is_complete(), "chunks of {chunk_size}");
            assert_eq!(whole.length(), bytes.len() as u64);
            assert_eq!(whole.format(), Some(format));
        }
        // The last byte of this WebP file is padding, which may be missing.
        let required = bytes.len() - usize::from(format == ImageFormat::WebP);
        for length in 0..required {
            let cut = check(&bytes[..length], 100_000);
            assert!(!cut.is_complete(), "after {length} bytes");
        }
    }

    #[test_case(&png(); "png")]
    #[test_case(&jpeg(); "jpeg")]
    #[test_case(&gif(); "gif")]
    #[test_case(&webp(); "webp")]
    fn bytes_after_the_end_are_allowed(bytes: &[u8]) {
        let padded = [bytes, &[0; 4096], b"IEND\xff\xd8;"].concat();
        assert!(check(&padded, 1000).is_complete());
    }

    #[test_case(&png(); "png")]
    #[test_case(&gif(); "gif")]
    #[test_case(&webp(); "webp")]
    fn missing_bytes_in_the_middle_are_found(bytes: &[u8]) {
        let middle = bytes.len() / 2;
        let damaged = [&bytes[..middle], &bytes[middle + 5..]].concat();
        assert!(!check(&damaged, 1000).is_complete());
    }

    #[test]
    fn image_without_pixels_is_not_complete() {
        let empty = b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82";
        assert!(!check(empty, 100).is_complete());
        assert!(!check(b"\xff\xd8\xff\xd9", 100).is_complete());
        assert!(!check(b"GIF89a\x01\0\x01\0\0\0\0\x3b", 100).is_complete());
    }

    #[test]
    fn html_is_not_an_image() {
        assert!(check(b"<html><body>Not Found", 1).is_not_an_image());
        assert!(!check(b"<html>", 1).is_not_an_image());
        assert!(!check(b"<html>", 1).is_complete());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_checked_without_a_panic(kind in 0_usize..4, rest: Vec<u8>, chunk in 1_usize..50) {
            let magic: &[u8] = [b"\x89PNG\r\n\x1a\n".as_slice(), b"\xff\xd8\xff", b"GIF89a", b"RIFF\x50\0\0\0WEBP"][kind];
            let _ = check(&[magic, &rest].concat(), chunk).is_complete();
        }
    }
}
