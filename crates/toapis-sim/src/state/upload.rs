//! Uploaded files, oldest first, within a limit.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

/// The maximum size of all uploads together; the oldest are removed first. How long the service
/// keeps uploads is unknown.
const MAX_TOTAL_BYTES: usize = 512 << 20;

/// A file that a client uploaded.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) bytes: Bytes,
    pub(crate) media_type: String,
}

/// All uploads by file name.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    by_name: HashMap<String, Upload>,
    order: VecDeque<String>,
    bytes: usize,
    count: u64,
}

impl Uploads {
    /// Returns the number of uploads so far, including removed ones.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn insert(&mut self, name: String, upload: Upload) {
        self.count += 1;
        self.bytes += upload.bytes.len();
        self.order.push_back(name.clone());
        self.by_name.insert(name, upload);
        while self.bytes > MAX_TOTAL_BYTES
            && let Some(oldest) = self.order.pop_front()
        {
            self.bytes -= self
                .by_name
                .remove(&oldest)
                .map_or(0, |upload| upload.bytes.len());
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Upload> {
        self.by_name.get(name)
    }
}
