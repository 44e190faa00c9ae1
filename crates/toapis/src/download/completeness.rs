//! Whether a picture is whole, by how its format ends.

use crate::image_format::{HEAD, ImageFormat};

/// How much of the end is kept to tell.
const TAIL: usize = 1024;

/// Watches a picture go by: its first and its last bytes, and how many there were.
#[derive(Debug, Default)]
pub(super) struct Watch {
    head: Vec<u8>,
    tail: Vec<u8>,
    pub(super) length: u64,
}

impl Watch {
    pub(super) fn see(&mut self, chunk: &[u8]) {
        let missing = HEAD - self.head.len();
        self.head
            .extend_from_slice(&chunk[..chunk.len().min(missing)]);
        self.length += chunk.len() as u64;
        if chunk.len() >= TAIL {
            self.tail.clear();
            self.tail.extend_from_slice(&chunk[chunk.len() - TAIL..]);
        } else {
            let keep = TAIL - chunk.len();
            if self.tail.len() > keep {
                self.tail.drain(..self.tail.len() - keep);
            }
            self.tail.extend_from_slice(chunk);
        }
    }

    /// What it is, once enough was seen to tell.
    pub(super) fn format(&self) -> Option<ImageFormat> {
        ImageFormat::from_magic_bytes(&self.head)
    }

    /// Whether enough was seen to tell that it is no picture.
    pub(super) fn is_foreign(&self) -> bool {
        self.head.len() >= HEAD && self.format().is_none()
    }

    /// Whether it ends as its format must.
    pub(super) fn is_whole(&self) -> bool {
        match self.format() {
            Some(ImageFormat::Png) => holds(&self.tail, b"IEND\xaeB`\x82"),
            // Some writers add to the end of the file, so the marker is looked for in all of the tail.
            Some(ImageFormat::Jpeg) => holds(&self.tail, b"\xff\xd9"),
            Some(ImageFormat::Gif) => self.tail.contains(&0x3b),
            Some(ImageFormat::WebP) => {
                let Some(Ok(size)) = self.head.get(4..8).map(<[u8; 4]>::try_from) else {
                    return false;
                };
                self.length >= u64::from(u32::from_le_bytes(size)) + 8
            }
            None => false,
        }
    }
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(bytes: &[u8], chunk: usize) -> Watch {
        let mut watch = Watch::default();
        bytes.chunks(chunk).for_each(|chunk| watch.see(chunk));
        // However long the picture is, and however it comes.
        let kept = (watch.head.len(), watch.tail.len());
        assert_eq!(kept, (bytes.len().min(HEAD), bytes.len().min(TAIL)));
        watch
    }

    fn png(body: usize) -> Vec<u8> {
        [
            b"\x89PNG\r\n\x1a\n".as_slice(),
            &vec![7; body],
            b"\0\0\0\0IEND\xaeB`\x82",
        ]
        .concat()
    }

    #[test]
    fn a_cut_picture_is_told_from_a_whole_one_however_it_comes() {
        let webp = [b"RIFF\x08\0\0\0WEBP".as_slice(), b"abcd"].concat();
        let jpeg = [b"\xff\xd8\xff\xe0".as_slice(), &[7; 3000], b"\xff\xd9"].concat();
        let gif = [b"GIF89a".as_slice(), &[7; 20], b"\x3b"].concat();
        for whole in [png(5000), png(0), webp, jpeg, gif] {
            for chunk in [1, 3, 1000, 1024, 100_000] {
                let seen = watch(&whole, chunk);
                assert!(seen.is_whole(), "{:?} by {chunk}", seen.format());
                assert_eq!(seen.length, whole.len() as u64);
                assert!(
                    !watch(&whole[..whole.len() - 1], chunk).is_whole(),
                    "{:?} by {chunk}",
                    seen.format()
                );
            }
        }
    }

    #[test]
    fn a_page_is_told_to_be_none_as_soon_as_it_can_be() {
        assert!(watch(b"<html><body>Not Found", 1).is_foreign());
        assert!(!watch(b"<html>", 1).is_foreign());
        assert!(!watch(b"<html>", 1).is_whole());
    }
}
