//! A cache of rendered images. An image is rendered when it is first requested, on a thread for
//! blocking work.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{OnceCell, Semaphore};

use crate::images::{ImageSpec, render};

/// The maximum size of all cached files together.
const MAX_CACHED_BYTES: usize = 256 << 20;

/// The maximum number of concurrent renderings. Each holds up to hundreds of megabytes of pixels.
const MAX_CONCURRENT_RENDERINGS: usize = 4;

type Digest = [u8; 32];

/// A cache of rendered images by the digest of their specification.
pub(crate) struct ImageCache {
    entries: Mutex<Entries>,
    rendering_permits: Semaphore,
}

#[derive(Default)]
struct Entries {
    files: HashMap<Digest, Arc<OnceCell<Bytes>>>,
    /// The rendered files and their sizes, oldest first.
    rendered: VecDeque<(Digest, usize)>,
    bytes: usize,
}

impl Default for ImageCache {
    fn default() -> Self {
        Self {
            entries: Mutex::default(),
            rendering_permits: Semaphore::new(MAX_CONCURRENT_RENDERINGS),
        }
    }
}

impl ImageCache {
    /// Returns the file of an image. Concurrent requests for the same image share one rendering.
    pub(crate) async fn get(&self, spec: ImageSpec) -> Bytes {
        let digest = spec.digest();
        let cell = Arc::clone(self.entries.lock().files.entry(digest).or_default());
        let file = cell.get_or_init(|| async {
            let _permit = self.rendering_permits.acquire().await;
            let file = tokio::task::spawn_blocking(move || render(&spec))
                .await
                .unwrap_or_default();
            self.record(digest, file.len());
            file
        });
        file.await.clone()
    }

    /// Records a rendered file and removes the oldest files beyond the limit.
    fn record(&self, digest: Digest, bytes: usize) {
        let mut entries = self.entries.lock();
        entries.rendered.push_back((digest, bytes));
        entries.bytes += bytes;
        // The newest file stays even if it exceeds the limit: a request is waiting for it.
        while entries.bytes > MAX_CACHED_BYTES
            && entries.rendered.len() > 1
            && let Some((oldest, bytes)) = entries.rendered.pop_front()
        {
            entries.files.remove(&oldest);
            entries.bytes -= bytes;
        }
    }
}
