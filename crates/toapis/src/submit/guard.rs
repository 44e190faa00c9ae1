//! What the submits of one business id have come to, so that those after the first do not send it again.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use crate::task::Task;

/// One at a time, and each knows what came of those before it.
#[derive(Clone, Default)]
pub(super) struct Once(Arc<Mutex<Past>>);

/// What is known from the submits before.
#[derive(Default)]
pub(super) enum Past {
    /// None has sent a create that may have made a task.
    #[default]
    Nothing,
    /// A create has left, and nothing proves what became of it.
    Doubt,
    /// There is a task.
    Made(Box<Task>),
}

impl Once {
    /// Waits until no other submit is under way. `None` if one still is at `until`.
    pub(super) async fn enter(&self, until: Instant) -> Option<MutexGuard<'_, Past>> {
        // Nearly every submit is the only one, and needs no timer.
        if let Ok(first) = self.0.try_lock() {
            return Some(first);
        }
        tokio::time::timeout_at(until, self.0.lock()).await.ok()
    }
}
