//! A task. Nothing runs for a task: its status is a function of the time.

use std::sync::Arc;

use super::KeyRef;
use crate::{clock::SimInstant, images::ImageFormat, timing::Timeline};

/// An accepted and paid create request.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) id: Arc<str>,
    pub(crate) key: KeyRef,
    pub(crate) model: Box<str>,
    pub(crate) prompt: Box<str>,
    pub(crate) business_id: Option<Box<str>>,
    pub(crate) callback_url: Option<Box<str>>,
    pub(crate) references: Box<[Box<str>]>,
    pub(crate) timeline: Timeline,
    pub(crate) failure: Option<Box<TaskFailure>>,
    /// Extra deliveries of the webhook after the first success.
    pub(crate) extra_deliveries: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// The seed of the first image; each further image adds one.
    pub(crate) seed: u64,
    /// The number of the first image among all images of the run.
    pub(crate) first_file: u32,
    pub(crate) images: u32,
    pub(crate) credits: u64,
    pub(crate) format: ImageFormat,
    pub(crate) layers: bool,
    pub(crate) polls: u32,
}

/// The reason why a task fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaskFailure {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// The phase of a task at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskPhase {
    Pending,
    Queued,
    InProgress,
    Ended,
}

/// The result of a task that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskOutcome<'t> {
    Completed,
    Failed(&'t TaskFailure),
}

impl Task {
    pub(crate) fn phase(&self, now: SimInstant) -> TaskPhase {
        let timeline = &self.timeline;
        if now >= timeline.finished {
            TaskPhase::Ended
        } else if now >= timeline.started {
            TaskPhase::InProgress
        } else if now >= timeline.queued {
            TaskPhase::Queued
        } else {
            TaskPhase::Pending
        }
    }

    pub(crate) fn outcome(&self) -> TaskOutcome<'_> {
        self.failure
            .as_deref()
            .map_or(TaskOutcome::Completed, TaskOutcome::Failed)
    }

    pub(crate) fn is_completed(&self, now: SimInstant) -> bool {
        self.phase(now) == TaskPhase::Ended && self.failure.is_none()
    }

    /// Returns the progress in percent, from 0 to 99.
    pub(crate) fn progress(&self, now: SimInstant) -> u64 {
        let Timeline {
            started, finished, ..
        } = self.timeline;
        let total = finished.saturating_since(started).as_millis().max(1);
        let elapsed = now.saturating_since(started).as_millis().min(total);
        u64::try_from(elapsed * 99 / total).unwrap_or(99)
    }
}
