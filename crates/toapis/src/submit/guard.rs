//! Remembers what earlier submits of a business id achieved, so that later ones don't send it
//! again.

use tokio::sync::{Mutex, MutexGuard, TryLockError};
use tokio::time::Instant;

use crate::task::Task;

/// Serializes the submits of one business id.
#[derive(Default)]
pub(super) struct SubmitGuard(Mutex<PriorAttempt>);

/// What is known of the earlier submits.
#[derive(Default)]
pub(super) enum PriorAttempt {
    /// No create was sent that may have made a task.
    #[default]
    None,
    /// A create was sent, and its outcome is unknown.
    Unknown,
    /// A task exists.
    Created(Box<Task>),
}

impl SubmitGuard {
    /// Waits until no other submit is in progress. Returns `None` if one still is at the deadline.
    pub(super) async fn lock(&self, deadline: Instant) -> Option<MutexGuard<'_, PriorAttempt>> {
        // Nearly every submit is the only one, and needs no timer.
        if let Ok(guard) = self.0.try_lock() {
            return Some(guard);
        }
        tokio::time::timeout_at(deadline, self.0.lock()).await.ok()
    }

    /// Fails if another submit is in progress.
    pub(super) fn try_lock(&self) -> Result<MutexGuard<'_, PriorAttempt>, TryLockError> {
        self.0.try_lock()
    }
}
