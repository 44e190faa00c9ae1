//! What a batch needs from the service, as a trait: the SDK implements it, and tests script it.

use std::path::Path;
use std::time::{Duration, SystemTime};

use toapis::{BusinessId, ImageRequest};

use crate::store::SavedImage;

/// The operations that a batch uses.
///
/// The contract of [`create`](Self::create) is what makes a batch safe: one request on the wire, at
/// most, and an outcome that claims no more than the response proves.
pub trait ImageService: Send + Sync {
    /// A request that is ready to be sent.
    type Prepared: Send;

    /// Does everything that can be done before the intent is recorded: checks the request, uploads
    /// local references.
    fn prepare(
        &self,
        request: ImageRequest,
    ) -> impl Future<Output = Result<Self::Prepared, ServiceError>> + Send;

    /// Waits until the account's rate limit allows another create, and takes that place.
    fn acquire_create_token(&self) -> impl Future<Output = ()> + Send;

    /// Sends the create, once.
    fn create(&self, prepared: Self::Prepared) -> impl Future<Output = CreateOutcome> + Send;

    /// Asks for a task once.
    fn fetch(&self, task_id: &str)
    -> impl Future<Output = Result<TaskReport, ServiceError>> + Send;

    /// Asks once for the task of a business id. `None` proves nothing: a host may not support this
    /// look-up.
    fn find_by_business_id(
        &self,
        id: &BusinessId,
    ) -> impl Future<Output = Result<Option<TaskReport>, ServiceError>> + Send;

    /// Saves all images of a completed task in a directory, under names that begin with `stem`,
    /// replacing files that exist. A file appears whole or not at all, and is flushed to the disk.
    fn download(
        &self,
        task_id: &str,
        directory: &Path,
        stem: &str,
    ) -> impl Future<Output = Result<Vec<SavedImage>, ServiceError>> + Send;
}

/// What a response, or its absence, proves about a create.
#[derive(Debug)]
pub enum CreateOutcome {
    /// A task exists.
    Accepted(TaskReport),
    /// No task exists, and sending again may succeed.
    NotCreated(ServiceError),
    /// No task exists, and sending the same again cannot succeed.
    Refused(ServiceError),
    /// Nothing is proven: a task may exist.
    Unknown(ServiceError),
}

/// A task as the service reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskReport {
    /// The task's id.
    pub id: String,
    /// How far it is.
    pub progress: TaskProgress,
    /// Its cost in credits, if the service reports one.
    pub credits: Option<u64>,
}

/// How far a task is.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskProgress {
    /// It is not finished.
    Pending,
    /// Its images can be downloaded.
    Completed {
        /// The URLs of the images.
        urls: Vec<String>,
        /// When they expire.
        expires_at: Option<SystemTime>,
    },
    /// It failed, and its credits were refunded.
    Failed {
        /// Why.
        error: String,
    },
}

/// An error of one operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ServiceError {
    /// What a batch does about it.
    pub kind: ServiceErrorKind,
    /// What happened, in one line.
    pub message: String,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
}

/// What a batch does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceErrorKind {
    /// The request itself is at fault: the row is refused.
    InvalidRequest,
    /// Too many requests: fewer creates at once, after a pause.
    RateLimited,
    /// It may pass: try again after a pause.
    Transient,
    /// The task does not exist, or not any more.
    NotFound,
    /// The images expired.
    Expired,
    /// The API key is not accepted: everything stops.
    Unauthorized,
    /// Not enough credits: creates stop, paid rows are finished.
    InsufficientQuota,
    /// A file cannot be written: everything stops.
    LocalIo,
}

impl ServiceError {
    /// Creates an error.
    pub fn new(kind: ServiceErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            retry_after: None,
        }
    }
}
