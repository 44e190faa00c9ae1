//! A task: its handle, its snapshots, and its result.

mod parse;
mod snapshot;

use std::fmt;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use toapis_client::operations::GET_IMAGE_TASK;
use tokio::time::Instant;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::generated::statuses::TaskStatus;
use crate::ids::{BusinessId, TaskId};
use crate::image::{Image, ResultItem};
use crate::time::deadline_after;
use crate::transport::{Attempt, Call};

pub(crate) use parse::{parse_task, parse_truncated_task};
pub use snapshot::{TaskFailure, TaskSnapshot};

/// The handle of a task, which is accepted and paid. The task runs whether or not anyone waits for
/// it.
///
/// Store the id: [`Client::task`] creates the handle again, in another process if needed.
#[derive(Clone)]
pub struct Task {
    pub(crate) client: Client,
    pub(crate) record: Arc<TaskRecord>,
    /// The time at which this client saw it accepted; `None` if it was created elsewhere.
    pub(crate) created: Option<Instant>,
    /// The response to the create.
    pub(crate) initial: Option<Arc<TaskSnapshot>>,
    pub(crate) recovered: bool,
}

/// The stored form of a task. It serializes as a JSON object.
///
/// ```
/// # let client = toapis::Client::new("sk-abc")?;
/// let task = client.task("task_img_abc123def456");
/// let written = serde_json::to_string(task.record())?;
/// let again = client.resume(serde_json::from_str(&written)?);
/// assert_eq!(again.id(), task.id());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskRecord {
    /// The service's id.
    pub id: TaskId,
    /// The caller's id, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_id: Option<BusinessId>,
    /// The model, which determines the expected duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl TaskRecord {
    /// Creates a record from an id alone.
    #[must_use]
    pub fn new(id: TaskId) -> Self {
        Self {
            id,
            business_id: None,
            model: None,
        }
    }
}

impl Client {
    /// Creates a handle of an existing task from its id, for example from an earlier run or a
    /// webhook.
    ///
    /// Sends nothing. The first call on the handle returns [`ErrorKind::InvalidId`] if the id is
    /// invalid.
    #[must_use]
    pub fn task(&self, id: impl AsRef<str>) -> Task {
        let id = TaskId::from_service(id.as_ref().to_owned());
        self.resume(TaskRecord::new(id))
    }

    /// Creates a handle of an existing task from its stored [`Task::record`]. Sends nothing.
    #[must_use]
    pub fn resume(&self, record: TaskRecord) -> Task {
        Task::from_record(self.clone(), record)
    }
}

impl Task {
    pub(crate) fn from_record(client: Client, record: TaskRecord) -> Self {
        Self {
            client,
            record: Arc::new(record),
            created: None,
            initial: None,
            recovered: false,
        }
    }

    /// Creates the handle of a task that was just accepted or found.
    pub(crate) fn accepted(
        client: Client,
        snapshot: TaskSnapshot,
        business_id: BusinessId,
        model: &str,
        recovered: bool,
    ) -> Self {
        let record = TaskRecord {
            id: snapshot.id.clone(),
            business_id: Some(business_id),
            model: Some(snapshot.model.clone().unwrap_or_else(|| model.to_owned())),
        };
        Self {
            client,
            record: Arc::new(record),
            created: Some(Instant::now()),
            initial: Some(Arc::new(snapshot)),
            recovered,
        }
    }

    /// Returns the service's id.
    #[must_use]
    pub fn id(&self) -> &TaskId {
        &self.record.id
    }

    /// Returns the caller's id, if known.
    #[must_use]
    pub fn business_id(&self) -> Option<&BusinessId> {
        self.record.business_id.as_ref()
    }

    /// Returns the record to store, for [`Client::resume`].
    #[must_use]
    pub fn record(&self) -> &TaskRecord {
        &self.record
    }

    /// Returns the snapshot from the response to the create; `None` if the handle was created from
    /// an id.
    #[must_use]
    pub fn initial_snapshot(&self) -> Option<&TaskSnapshot> {
        self.initial.as_deref()
    }

    /// Returns true if the response to the create was lost, and the task was found by its business
    /// id.
    #[must_use]
    pub fn was_recovered(&self) -> bool {
        self.recovered
    }

    /// Fetches the task's current snapshot, with retries by the client's retry policy.
    ///
    /// A failed task is not an error, but a [`TaskSnapshot`] with that status.
    ///
    /// # Errors
    ///
    /// Any error of the call, after its retries.
    pub async fn fetch(&self) -> Result<TaskSnapshot, Error> {
        let id = self.lookup_id()?;
        let transport = self.client.transport();
        let call = Call {
            operation: &GET_IMAGE_TASK,
            deadline: deadline_after(transport.retry.max_elapsed),
            attempt_timeout: transport.attempt_timeout,
            build_request: || ready(transport.api.get_image_task_request(id)),
        };
        let fetched = Box::pin(transport.call(call, |task, response| {
            parse_task(task, &response.body, Some(&self.record.id))
                .filter(|snapshot| self.matches(snapshot))
        }))
        .await;
        fetched.map_err(|error| self.attach_to(error))
    }

    /// Fetches exactly once, for a poller, which has a schedule of its own.
    pub(crate) async fn poll_once(
        &self,
        deadline: Instant,
        attempt_timeout: Duration,
    ) -> Result<TaskSnapshot, Error> {
        let id = self.lookup_id()?;
        let transport = self.client.transport();
        let call = Call {
            operation: &GET_IMAGE_TASK,
            deadline,
            attempt_timeout,
            build_request: || ready(transport.api.get_image_task_request(id)),
        };
        transport.acquire_token(&GET_IMAGE_TASK, deadline).await?;
        let attempt = transport.send_attempt(&call).await;
        if let Some(snapshot) = attempt
            .unparsed_success()
            .and_then(|response| parse_truncated_task(&response.body))
            && self.matches(&snapshot)
            && is_usable_if_truncated(&snapshot)
        {
            return Ok(snapshot);
        }
        match attempt {
            Attempt::Response {
                response,
                typed: Some(task),
            } if response.status.is_success() => {
                parse_task(*task, &response.body, Some(&self.record.id))
                    .filter(|snapshot| self.matches(snapshot))
                    .ok_or_else(|| {
                        let attempt = Attempt::<()>::Response {
                            response,
                            typed: None,
                        };
                        transport.error(&GET_IMAGE_TASK, attempt)
                    })
            }
            other => Err(transport.error(&GET_IMAGE_TASK, other)),
        }
    }

    /// Returns the id for the request path. If the service's own id can't be part of a path, the
    /// caller's id finds the task.
    fn lookup_id(&self) -> Result<&str, Error> {
        match (self.record.id.check(), &self.record.business_id) {
            (Ok(()), _) => Ok(self.record.id.as_str()),
            (Err(_), Some(own)) if own.check().is_ok() => Ok(own.as_str()),
            (Err(invalid), _) => Err(invalid.into()),
        }
    }

    /// Returns false if a snapshot is of another task: if both of its ids differ from this task's.
    /// Ids have several shapes, so one of them alone proves nothing.
    fn matches(&self, snapshot: &TaskSnapshot) -> bool {
        let Some((own, echoed)) = self.business_id().zip(snapshot.business_id.as_ref()) else {
            return true;
        };
        own == echoed || snapshot.id == self.record.id || own.as_str() == self.record.id.as_str()
    }

    /// Adds the task's ids to an error.
    pub(crate) fn attach_to(&self, error: Error) -> Error {
        error.map_inner(|inner| {
            if inner.kind != Some(ErrorKind::InvalidId) {
                inner.task.get_or_insert_with(|| self.record.id.clone());
            }
            if inner.business.is_none() {
                inner.business.clone_from(&self.record.business_id);
            }
        })
    }

    /// Returns the status in the response to the create.
    pub(crate) fn initial_status(&self) -> Option<&TaskStatus> {
        self.initial.as_ref().map(|first| &first.status)
    }
}

/// Returns true if a truncated poll response says enough: the next poll may return the images of a
/// completed task or the error of a failed one.
fn is_usable_if_truncated(snapshot: &TaskSnapshot) -> bool {
    match &snapshot.status {
        TaskStatus::Completed => !snapshot.items.is_empty(),
        TaskStatus::Failed => false,
        status => !status.as_str().is_empty(),
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.record.id)
            .field("business_id", &self.record.business_id)
            .field("initial_status", &self.initial_status())
            .finish_non_exhaustive()
    }
}

impl Serialize for Task {
    /// Serializes the task as its [`TaskRecord`].
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.record.serialize(serializer)
    }
}

/// A completed task, with at least one image.
#[derive(Debug, Clone)]
pub struct CompletedTask {
    pub(crate) snapshot: Box<TaskSnapshot>,
    pub(crate) images: Vec<Image>,
    pub(crate) polls: u32,
    pub(crate) elapsed: Duration,
}

impl CompletedTask {
    /// Creates the result of a task from a snapshot of it, without a request.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TaskFailed`] or [`ErrorKind::Moderation`] if the task failed, and
    /// [`ErrorKind::MissingResult`] if it isn't completed or the snapshot contains no image URL.
    pub fn from_snapshot(client: &Client, snapshot: TaskSnapshot) -> Result<Self, Error> {
        if snapshot.status.is_final() && snapshot.status != TaskStatus::Completed {
            return Err(snapshot.failed());
        }
        if snapshot.status != TaskStatus::Completed || snapshot.items.is_empty() {
            return Err(snapshot.without_result());
        }
        let expires_at = snapshot.expires_at();
        let image = |item: &ResultItem| Image {
            client: client.clone(),
            task: snapshot.id.clone(),
            item: item.clone(),
            expires_at,
        };
        Ok(Self {
            images: snapshot.items.iter().map(image).collect(),
            snapshot: Box::new(snapshot),
            polls: 0,
            elapsed: Duration::ZERO,
        })
    }

    /// Returns the images, at least one. Their URLs expire after [`Image::URL_TTL`].
    #[must_use]
    pub fn images(&self) -> &[Image] {
        &self.images
    }

    /// Returns the task's id.
    #[must_use]
    pub fn id(&self) -> &TaskId {
        &self.snapshot.id
    }

    /// Returns the last snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &TaskSnapshot {
        &self.snapshot
    }

    /// Returns the number of polls.
    #[must_use]
    pub fn polls(&self) -> u32 {
        self.polls
    }

    /// Returns the time spent waiting. The task may have started earlier.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}
