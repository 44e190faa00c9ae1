//! What came out of a task.

use std::time::Duration;

use super::Snapshot;
use crate::ids::TaskId;
use crate::image::Image;

/// A completed task: at least one picture.
#[derive(Debug, Clone)]
pub struct Completed {
    pub(crate) snapshot: Box<Snapshot>,
    pub(crate) images: Vec<Image>,
    pub(crate) polls: u32,
    pub(crate) elapsed: Duration,
}

impl Completed {
    /// The pictures, at least one. Their links live for [`Image::LIFETIME`].
    #[must_use]
    pub fn images(&self) -> &[Image] {
        &self.images
    }

    /// The task's id.
    #[must_use]
    pub fn id(&self) -> &TaskId {
        &self.snapshot.id
    }

    /// All that the service said of the task at the end.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// How often the task was asked for.
    #[must_use]
    pub fn polls(&self) -> u32 {
        self.polls
    }

    /// How long this waiting took; not how long the task did, which may have begun before.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}
