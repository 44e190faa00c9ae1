//! Looks up the task of a lost response by its business id.

use std::time::Duration;

use tokio::time::Instant;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::generated::statuses::TaskStatus;
use crate::ids::BusinessId;
use crate::task::{Task, TaskRecord, TaskSnapshot};
use crate::time::deadline_after;

/// The pause after the first lookup, doubled with each.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The maximum pause.
const MAX_PAUSE: Duration = Duration::from_secs(8);
/// The timeout of one lookup, so that a hanging one leaves time for others.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(10);

/// The result of a lookup.
pub(super) enum Reconciliation {
    /// The task of that business id exists.
    Found(Box<TaskSnapshot>),
    /// The outcome is unknown. Not every host may support lookups by business id, so even "not
    /// found" proves nothing.
    Unresolved { lookups: u32, last: Option<Error> },
}

/// Looks the task up at once, then repeatedly for `grace`, but never past the deadline.
pub(super) async fn reconcile(
    client: &Client,
    id: &BusinessId,
    deadline: Instant,
    grace: Duration,
) -> Reconciliation {
    let deadline = deadline.min(deadline_after(grace.max(LOOKUP_TIMEOUT)));
    let patient = !grace.is_zero();
    let (mut lookups, mut last, mut pause) = (0, None, FIRST_PAUSE);
    while Instant::now() < deadline {
        lookups += 1;
        match poll_once(client, id, deadline).await {
            Ok(snapshot) => return Reconciliation::Found(Box::new(snapshot)),
            Err(error) => {
                let hopeless = matches!(
                    error.kind(),
                    ErrorKind::Unauthorized | ErrorKind::Config | ErrorKind::InvalidId
                );
                let wait = pause.max(error.retry_after().unwrap_or_default());
                tracing::debug!(business_id = %id, lookups, kind = %error.kind(), "the task was not found yet");
                last = Some(error);
                pause = (pause * 2).min(MAX_PAUSE);
                if hopeless
                    || !patient
                    || Instant::now()
                        .checked_add(wait)
                        .is_none_or(|next| next >= deadline)
                {
                    break;
                }
                tokio::time::sleep(wait).await;
            }
        }
    }
    Reconciliation::Unresolved { lookups, last }
}

/// Looks the task up once.
pub(super) async fn poll_once(
    client: &Client,
    id: &BusinessId,
    deadline: Instant,
) -> Result<TaskSnapshot, Error> {
    let task = Task::from_record(client.clone(), TaskRecord::new(id.as_task_id()));
    let snapshot = Box::pin(task.poll_once(deadline, LOOKUP_TIMEOUT)).await?;
    if belongs_to(&snapshot, id) {
        return Ok(snapshot);
    }
    let message = format!("the response is not the task of {id}");
    let mut context = crate::error::ErrorInner::new(ErrorKind::NotFound, message);
    context.body = Some(snapshot.raw);
    Err(task.attach_to(context.into()))
}

/// Returns true if a snapshot is of the task with that business id: not another caller's, and not
/// a response that only looks like a task because it has a `status`.
pub(crate) fn belongs_to(snapshot: &TaskSnapshot, id: &BusinessId) -> bool {
    match &snapshot.business_id {
        Some(echoed) => echoed == id,
        None => {
            snapshot.id.as_str() != id.as_str()
                || !matches!(snapshot.status, TaskStatus::Unknown(_))
        }
    }
}
