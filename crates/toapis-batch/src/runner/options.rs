//! How a batch is run.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::progress::BatchEvent;

pub(crate) type Observer = Arc<dyn Fn(&BatchEvent) + Send + Sync>;

/// How a batch is run. Nothing here changes what is paid at most.
#[derive(Clone)]
#[must_use]
pub struct RunOptions {
    pub(crate) max_creates: u32,
    pub(crate) max_downloads: usize,
    pub(crate) window: usize,
    pub(crate) look_up_grace: Duration,
    pub(crate) poll_interval: Option<Duration>,
    pub(crate) retry_delay: Duration,
    pub(crate) max_unknown: Option<u64>,
    pub(crate) min_free_bytes: u64,
    pub(crate) observer: Option<Observer>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            max_creates: 4,
            max_downloads: 8,
            window: 512,
            look_up_grace: Duration::from_secs(30),
            poll_interval: None,
            retry_delay: Duration::from_secs(1),
            max_unknown: None,
            min_free_bytes: 2 << 30,
            observer: None,
        }
    }
}

impl RunOptions {
    /// Creates the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many creates are on the wire at once. A crash leaves at most as many rows in doubt.
    /// Default: 4.
    pub fn max_creates(mut self, creates: u32) -> Self {
        self.max_creates = creates.max(1);
        self
    }

    /// Sets how many images are downloaded at once. Default: 8.
    pub fn max_downloads(mut self, downloads: usize) -> Self {
        self.max_downloads = downloads.max(1);
        self
    }

    /// Sets how many rows are in memory at once. No create is sent while that many are open.
    /// Default: 512.
    pub fn window(mut self, rows: usize) -> Self {
        self.window = rows.max(1);
        self
    }

    /// Sets how long a task is looked for by its business id before its row is unknown. Default: 30
    /// s.
    pub fn look_up_grace(mut self, grace: Duration) -> Self {
        self.look_up_grace = grace;
        self
    }

    /// Sets a fixed time between polls of a task. Default: it follows how long the tasks of the
    /// batch take.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = Some(interval);
        self
    }

    /// Sets the delay before the first retry; it doubles with each, up to 30 s. Default: 1 s.
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.retry_delay = delay;
        self
    }

    /// Stops creating once that many rows are unknown, because then something is wrong with the
    /// service or the way to it. Default: no limit.
    pub fn max_unknown(mut self, rows: u64) -> Self {
        self.max_unknown = Some(rows);
        self
    }

    /// Sets how many bytes must be free on the disk of the images for another create, besides 8 MB
    /// for each open row. Default: 2 GiB.
    pub fn min_free_bytes(mut self, bytes: u64) -> Self {
        self.min_free_bytes = bytes;
        self
    }

    /// Sets a function that is called at every step of every row. It must not block.
    pub fn observer(mut self, observer: impl Fn(&BatchEvent) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }
}

impl fmt::Debug for RunOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOptions")
            .field("max_creates", &self.max_creates)
            .field("max_downloads", &self.max_downloads)
            .field("window", &self.window)
            .field("look_up_grace", &self.look_up_grace)
            .finish_non_exhaustive()
    }
}
