//! Asks what became of a create whose answer was lost, by the business id that went with it.

use std::time::Duration;

use tokio::time::Instant;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::generated::states::TaskStatus;
use crate::ids::BusinessId;
use crate::task::{Task, TaskRecord, TaskSnapshot};
use crate::time::from_now;

/// The pause after the first look, doubled with each.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// The longest that one look may take: a hanging look must not eat the time of those after it.
const EACH: Duration = Duration::from_secs(10);

/// What the asking came to.
pub(super) enum Reconciliation {
    /// There is a task of that business id.
    Found(Box<TaskSnapshot>),
    /// It cannot be told. Not every host may know look-up by business id, so even a clear "not found" proves nothing.
    Unresolved { lookups: u32, last: Option<Error> },
}

/// Asks at once and then again for as long as `grace` allows, but never past `until`.
pub(super) async fn reconcile(
    client: &Client,
    id: &BusinessId,
    until: Instant,
    grace: Duration,
) -> Reconciliation {
    let until = until.min(from_now(grace.max(EACH)));
    let patient = !grace.is_zero();
    let (mut asked, mut last, mut pause) = (0, None, FIRST_PAUSE);
    while Instant::now() < until {
        asked += 1;
        match poll_once(client, id, until).await {
            Ok(snapshot) => return Reconciliation::Found(Box::new(snapshot)),
            Err(error) => {
                let hopeless = matches!(
                    error.kind(),
                    ErrorKind::Unauthorized | ErrorKind::Config | ErrorKind::InvalidId
                );
                let wait = pause.max(error.retry_after().unwrap_or_default());
                tracing::debug!(business_id = %id, asked, kind = %error.kind(), "not settled yet");
                last = Some(error);
                pause = (pause * 2).min(LONGEST_PAUSE);
                if hopeless
                    || !patient
                    || Instant::now()
                        .checked_add(wait)
                        .is_none_or(|next| next >= until)
                {
                    break;
                }
                tokio::time::sleep(wait).await;
            }
        }
    }
    Reconciliation::Unresolved {
        lookups: asked,
        last,
    }
}

/// Asks once for the task of a business id.
pub(super) async fn poll_once(
    client: &Client,
    id: &BusinessId,
    until: Instant,
) -> Result<TaskSnapshot, Error> {
    let task = Task::from_record(client.clone(), TaskRecord::new(id.as_task_id()));
    let snapshot = Box::pin(task.poll_once(until, EACH)).await?;
    if belongs_to(&snapshot, id) {
        return Ok(snapshot);
    }
    let message = format!("the service answered with something else than the task of {id}");
    let mut context = crate::error::ErrorInner::new(ErrorKind::NotFound, message);
    context.body = Some(snapshot.raw);
    Err(task.attach_to(context.into()))
}

/// Whether an answer is about the task of that business id: neither another caller's, nor an answer that only looks like a task
/// for having a `status`, such as one that says there is none.
pub(crate) fn belongs_to(snapshot: &TaskSnapshot, id: &BusinessId) -> bool {
    match &snapshot.business_id {
        Some(echoed) => echoed == id,
        None => {
            snapshot.id.as_str() != id.as_str()
                || !matches!(snapshot.status, TaskStatus::Unknown(_))
        }
    }
}
