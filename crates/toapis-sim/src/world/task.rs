//! A task: what was ordered, and what it is at any moment. Nothing runs for it; its state is a function of the time.

use std::sync::Arc;

use super::KeyRef;
use crate::{clock::Moment, pace::Timeline, picture::Format};

/// Something that was ordered and paid for.
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
    pub(crate) failure: Option<Box<Failure>>,
    /// How often its webhook is delivered again though it was taken.
    pub(crate) webhook_again: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// The seed of the first picture; the others count on.
    pub(crate) seed: u64,
    /// The number of the first picture among all of the run.
    pub(crate) first_file: u32,
    pub(crate) images: u32,
    pub(crate) credits: u64,
    pub(crate) format: Format,
    pub(crate) layers: bool,
    pub(crate) polls: u32,
    /// Whether its end was written into the books.
    pub(crate) settled: bool,
}

/// Why a task will fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// Where a task is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Pending,
    Queued,
    InProgress,
    Ended,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome<'t> {
    Completed,
    Failed(&'t Failure),
}

impl Task {
    pub(crate) fn stage(&self, now: Moment) -> Stage {
        let timeline = &self.timeline;
        match now {
            now if now >= timeline.finished => Stage::Ended,
            now if now >= timeline.started => Stage::InProgress,
            now if now >= timeline.queued => Stage::Queued,
            _ => Stage::Pending,
        }
    }

    pub(crate) fn outcome(&self) -> Outcome<'_> {
        self.failure
            .as_deref()
            .map_or(Outcome::Completed, Outcome::Failed)
    }

    /// Hundredths of the way from the start of the work to its end.
    pub(crate) fn progress(&self, now: Moment) -> u64 {
        let whole = self
            .timeline
            .finished
            .since(self.timeline.started)
            .as_millis()
            .max(1);
        let done = now.since(self.timeline.started).as_millis().min(whole);
        u64::try_from(done * 99 / whole).unwrap_or(99)
    }
}
