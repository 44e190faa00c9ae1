//! SHA-256 by `ring`, which TLS requires anyway, so that no second hash library is compiled.

use ring::digest::{Context, SHA256};

/// An incremental hash.
pub(crate) struct Sha256(Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Sha256 {
    /// Returns the hash of complete content.
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
