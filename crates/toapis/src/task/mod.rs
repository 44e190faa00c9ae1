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
use crate::generated::states::TaskStatus;
use crate::ids::{BusinessId, TaskId};
use crate::image::Image;
use crate::poller::{TaskPoller, TaskUpdates};
use crate::time::from_now;
use crate::transport::{Attempt, Call};

pub(crate) use parse::{find_id, read};
pub use snapshot::{TaskFailure, TaskSnapshot};

/// A task that was accepted, and is paid. It goes on whether anyone waits or not.
///
/// The id is the thing to write down: [`Client::task`] makes the handle anew from it, in another process if need be.
#[derive(Clone)]
pub struct Task {
    pub(crate) client: Client,
    pub(crate) record: Arc<TaskRecord>,
    /// When this client saw it being accepted; `None` for one that was made elsewhere.
    pub(crate) born: Option<Instant>,
    /// The answer to the create.
    pub(crate) first: Option<Arc<TaskSnapshot>>,
    pub(crate) recovered: bool,
}

/// What has to be written down to come back to a task. It serialises as an object.
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
    /// The caller's id, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_id: Option<BusinessId>,
    /// The model, by which waiting knows how long it may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl TaskRecord {
    /// The record of a task of which only the id is known.
    #[must_use]
    pub fn new(id: TaskId) -> Self {
        Self {
            id,
            business_id: None,
            model: None,
        }
    }
}

impl Task {
    pub(crate) fn known(client: Client, record: TaskRecord) -> Self {
        Self {
            client,
            record: Arc::new(record),
            born: None,
            first: None,
            recovered: false,
        }
    }

    /// A task that a create, or the search for a lost one, has just told.
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
            born: Some(Instant::now()),
            first: Some(Arc::new(snapshot)),
            recovered,
        }
    }

    /// The service's id.
    #[must_use]
    pub fn id(&self) -> &TaskId {
        &self.record.id
    }

    /// The caller's id, if this handle knows it.
    #[must_use]
    pub fn business_id(&self) -> Option<&BusinessId> {
        self.record.business_id.as_ref()
    }

    /// What to write down to come back to it.
    #[must_use]
    pub fn record(&self) -> &TaskRecord {
        &self.record
    }

    /// What the service answered when it accepted the task; `None` for a handle made from an id.
    #[must_use]
    pub fn initial_snapshot(&self) -> Option<&TaskSnapshot> {
        self.first.as_deref()
    }

    /// Whether the answer to the create was lost, and the task was found by its business id.
    #[must_use]
    pub fn was_recovered(&self) -> bool {
        self.recovered
    }

    /// Asks once where it stands (and again, by the client's retry policy, if the asking fails).
    ///
    /// # Errors
    ///
    /// Whatever the asking came to; a task that failed is no error here, but a [`TaskSnapshot`] that says so.
    pub async fn fetch(&self) -> Result<TaskSnapshot, Error> {
        let id = self.asked_by()?;
        let transport = self.client.transport();
        let call = Call {
            operation: &GET_IMAGE_TASK,
            until: from_now(transport.retry.max_elapsed),
            each: transport.attempt_timeout,
            make: || ready(transport.api.get_image_task_request(id)),
        };
        let answer = Box::pin(transport.call(call, |task, reply| {
            read(task, &reply.body, Some(&self.record.id)).filter(|told| self.is_told_of(told))
        }))
        .await;
        answer.map_err(|error| self.about(error))
    }

    /// Asks exactly once, for the waiting, which has its own idea of when to ask again.
    pub(crate) async fn look(&self, until: Instant, each: Duration) -> Result<TaskSnapshot, Error> {
        let id = self.asked_by()?;
        let transport = self.client.transport();
        let call = Call {
            operation: &GET_IMAGE_TASK,
            until,
            each,
            make: || ready(transport.api.get_image_task_request(id)),
        };
        let attempt = transport.once(&call).await?;
        match attempt {
            Attempt::Answered {
                reply,
                typed: Some(task),
            } if reply.status.is_success() => read(*task, &reply.body, Some(&self.record.id))
                .filter(|told| self.is_told_of(told))
                .ok_or_else(|| {
                    transport.error::<()>(&GET_IMAGE_TASK, Attempt::Answered { reply, typed: None })
                }),
            other => Err(transport.error(&GET_IMAGE_TASK, other)),
        }
    }

    /// The id that stands in the path. What the service called the task is kept whatever it is; where that cannot stand in a path, the
    /// caller's own id finds a task that is paid.
    fn asked_by(&self) -> Result<&str, Error> {
        match (self.record.id.check(), &self.record.business_id) {
            (Ok(()), _) => Ok(self.record.id.as_str()),
            (Err(_), Some(own)) if own.check().is_ok() => Ok(own.as_str()),
            (Err(unfit), _) => Err(unfit),
        }
    }

    /// Whether an answer can be about this task. Ids have several shapes, so only another business id than ours, under another id than
    /// ours, proves that it is not. Where the business id is what was asked by, whoever asked judges.
    fn is_told_of(&self, told: &TaskSnapshot) -> bool {
        let Some((own, echoed)) = self.business_id().zip(told.business_id.as_ref()) else {
            return true;
        };
        own == echoed || told.id == self.record.id || own.as_str() == self.record.id.as_str()
    }

    /// Waits until it is done: await it, or give it a deadline first. Without one it is ten minutes.
    #[must_use = "a waiting does nothing until it is awaited"]
    pub fn wait(&self) -> TaskPoller {
        TaskPoller::new(self.clone())
    }

    /// The same as a stream of what happens on the way.
    #[must_use = "a stream does nothing until it is polled"]
    pub fn updates(&self) -> TaskUpdates {
        self.wait().updates()
    }

    /// Adds the task to an error about it.
    pub(crate) fn about(&self, error: Error) -> Error {
        error.with(|context| {
            if context.kind != Some(ErrorKind::InvalidId) {
                context.task.get_or_insert_with(|| self.record.id.clone());
            }
            if context.business.is_none() {
                context.business.clone_from(&self.record.business_id);
            }
        })
    }

    /// The state in which it was accepted.
    pub(crate) fn first_state(&self) -> Option<&TaskStatus> {
        self.first.as_ref().map(|first| &first.status)
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.record.id)
            .field("business_id", &self.record.business_id)
            .field("accepted_as", &self.first_state())
            .finish_non_exhaustive()
    }
}

impl Serialize for Task {
    /// As its [`TaskRecord`].
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.record.serialize(serializer)
    }
}

/// A completed task: at least one picture.
#[derive(Debug, Clone)]
pub struct CompletedTask {
    pub(crate) snapshot: Box<TaskSnapshot>,
    pub(crate) images: Vec<Image>,
    pub(crate) polls: u32,
    pub(crate) elapsed: Duration,
}

impl CompletedTask {
    /// The pictures, at least one. Their links live for [`Image::URL_TTL`].
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
    pub fn snapshot(&self) -> &TaskSnapshot {
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
