//! The SHA-256 of a content, by ring, which TLS brings anyway, so that no second library of hashes is compiled.

use ring::digest::{Context, SHA256};

/// A hash under way.
pub(crate) struct Sha256(Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Sha256 {
    /// The hash of a content that is there whole.
    pub(crate) fn of(content: &[u8]) -> [u8; 32] {
        let mut hash = Self::default();
        hash.update(content);
        hash.finish()
    }

    pub(crate) fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (byte, digest) in bytes.iter_mut().zip(self.0.finish().as_ref()) {
            *byte = *digest;
        }
        bytes
    }
}
