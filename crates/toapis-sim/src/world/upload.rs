//! Files that were uploaded, newest last, within a bound.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

/// All uploads together; the oldest are forgotten beyond this. How long the service keeps them is unknown.
const ALL_BYTES: usize = 512 << 20;

/// A file that a customer sent.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) bytes: Bytes,
    pub(crate) media_type: String,
}

/// The uploads by the name of their file.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    by_name: HashMap<String, Upload>,
    order: VecDeque<String>,
    bytes: usize,
    count: u64,
}

impl Uploads {
    /// How many there ever were.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn keep(&mut self, name: String, upload: Upload) {
        self.count += 1;
        self.bytes += upload.bytes.len();
        self.order.push_back(name.clone());
        self.by_name.insert(name, upload);
        while self.bytes > ALL_BYTES
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
