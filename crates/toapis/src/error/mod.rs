//! The error of this crate: what failed, what is known about it, and what can be done next.

mod classify;
mod envelope;
mod hint;
mod kind;
mod outcome;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use crate::ids::{BusinessId, InvalidId, TaskId};
use crate::validate::Violation;

pub(crate) use classify::{classify, classify_task, find_error_row};
pub(crate) use envelope::Envelope;

pub use kind::ErrorKind;
pub use outcome::SubmissionOutcome;

/// A `Result` whose error type defaults to [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How much of a body an error keeps. Enough for any JSON error and for the telling part of an HTML page.
pub(crate) const BODY_KEPT: usize = 64 * 1024;

/// Anything that went wrong, with all that is known about it.
///
/// It is one pointer wide. `Display` is its own layer in one line; the cause below is in
/// [`source`](std::error::Error::source), and what to do about it in [`hint`](Error::hint).
///
/// ```
/// use toapis::{ErrorKind, ImageRequest};
/// let error = ImageRequest::new("x".repeat(1001)).validate().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Validation);
/// assert_eq!(error.violations()[0].field, "prompt");
/// ```
pub struct Error(Box<ErrorInner>);

/// What an error is built from, inside the crate.
#[derive(Default)]
pub(crate) struct ErrorInner {
    pub(crate) kind: Option<ErrorKind>,
    pub(crate) message: String,
    pub(crate) operation: Option<&'static str>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) code: Option<String>,
    pub(crate) param: Option<String>,
    pub(crate) error_type: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Option<Bytes>,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) task: Option<TaskId>,
    pub(crate) business: Option<BusinessId>,
    pub(crate) outcome: Option<SubmissionOutcome>,
    pub(crate) wait: Option<PollStats>,
    pub(crate) violations: Vec<Violation>,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

/// How far a waiting had come when it ended.
#[derive(Debug, Default, Clone)]
pub(crate) struct PollStats {
    pub(crate) last_status: Option<crate::TaskStatus>,
    pub(crate) polls: u32,
    pub(crate) poll_failures: u32,
}

impl ErrorInner {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind: Some(kind),
            message: message.into(),
            ..Self::default()
        }
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl From<ErrorInner> for Error {
    fn from(mut inner: ErrorInner) -> Self {
        if let Some(body) = &mut inner.body
            && body.len() > BODY_KEPT
        {
            // A copy, so that the error does not hold the rest of a large body alive.
            *body = Bytes::copy_from_slice(&body[..BODY_KEPT]);
        }
        Self(Box::new(inner))
    }
}

impl Error {
    /// What went wrong, in one word.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind.unwrap_or(ErrorKind::Server)
    }

    /// Returns the HTTP status of the response, if one was received.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The service's code, as text also where it came as a number.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The service's sentence, or ours where it said none. May be English or Chinese.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The field that the service named as wrong.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        self.0.param.as_deref()
    }

    /// The service's class of error, such as `invalid_request_error`.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        self.0.error_type.as_deref()
    }

    /// The operation of the contract that was called, such as `createImage`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The id of the request in the service's logs, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the service asked to wait before the next request.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The first 64 KiB of the answer's body as it came, whatever it was; of a failed task, the answer that says so.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.body.as_ref()
    }

    /// How many requests were sent, or tried.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the call, or the waiting, took until it failed.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// The task it is about, if one is known: it runs, or ran, and is paid.
    #[must_use]
    pub fn task_id(&self) -> Option<&TaskId> {
        self.0.task.as_ref()
    }

    /// The caller's own id that went with the create.
    #[must_use]
    pub fn business_id(&self) -> Option<&BusinessId> {
        self.0.business.as_ref()
    }

    /// What became of the submit; `Some` on every error of one.
    #[must_use]
    pub fn outcome(&self) -> Option<&SubmissionOutcome> {
        self.0.outcome.as_ref()
    }

    /// Every rule that the request breaks, of an [`ErrorKind::Validation`].
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// The last state that was seen, of an error of a waiting.
    #[must_use]
    pub fn last_status(&self) -> Option<&crate::TaskStatus> {
        self.0.wait.as_ref()?.last_status.as_ref()
    }

    /// How often the task was asked for, of an error of a waiting.
    #[must_use]
    pub fn polls(&self) -> u32 {
        self.0.wait.as_ref().map_or(0, |wait| wait.polls)
    }

    /// How many of the polls failed, of an error of a waiting.
    #[must_use]
    pub fn poll_failures(&self) -> u32 {
        self.0.wait.as_ref().map_or(0, |wait| wait.poll_failures)
    }

    /// Returns true if the same request can be sent again without paying twice, and may succeed.
    ///
    /// True for transient failures (no connection, too many requests, a model that isn't served), and
    /// for failures of the service or of the connection if the call creates nothing. Never true if a
    /// task may exist.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.outcome() {
            Some(SubmissionOutcome::Accepted(_) | SubmissionOutcome::Unknown(_)) => false,
            Some(SubmissionOutcome::Rejected) | None => matches!(
                self.kind(),
                ErrorKind::Connect
                    | ErrorKind::RateLimited
                    | ErrorKind::ModelUnavailable
                    | ErrorKind::Server
                    | ErrorKind::Timeout
                    | ErrorKind::ConnectionLost
                    | ErrorKind::Decode
            ),
        }
    }

    /// Returns true if a webhook was rejected, for any of the four `Webhook*` kinds.
    #[must_use]
    pub fn is_webhook(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::WebhookSignatureMissing
                | ErrorKind::WebhookSignatureInvalid
                | ErrorKind::WebhookTimestampOutOfTolerance
                | ErrorKind::WebhookPayload
        )
    }

    pub(crate) fn inner(&self) -> &ErrorInner {
        &self.0
    }

    /// Adds what only the caller of a failed part knows.
    pub(crate) fn map_inner(mut self, add: impl FnOnce(&mut ErrorInner)) -> Self {
        add(&mut self.0);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner();
        if let Some(operation) = inner.operation {
            write!(f, "{operation}: ")?;
        }
        write!(f, "{}", self.kind())?;
        if !inner.message.is_empty() {
            write!(f, ": {}", one_line(&inner.message))?;
        }
        for (index, violation) in inner.violations.iter().enumerate() {
            let before = if index == 0 { ":" } else { ";" };
            write!(f, "{before} {}", one_line(&violation.to_string()))?;
        }
        let mut facts = Vec::new();
        if let Some(status) = inner.status {
            facts.push(format!("HTTP {}", status.as_u16()));
        }
        if let Some(code) = &inner.code {
            facts.push(format!("code {}", one_line(code)));
        }
        if let Some(task) = &inner.task {
            facts.push(format!("task {}", one_line(task.as_str())));
        }
        match &inner.outcome {
            Some(SubmissionOutcome::Unknown(id)) => {
                facts.push(format!("outcome unknown, business id {id}"));
            }
            Some(SubmissionOutcome::Rejected) if inner.attempts > 0 => {
                facts.push("no task was made".to_owned());
            }
            _ => {}
        }
        if let Some(wait) = &inner.wait {
            if let Some(state) = &wait.last_status {
                facts.push(format!("last state {}", one_line(state.as_str())));
            }
            facts.push(format!("{} polls", wait.polls));
        }
        if let Some(after) = inner.retry_after {
            facts.push(format!("retry after {} s", after.as_secs()));
        }
        if inner.attempts > 1 {
            facts.push(format!("{} attempts", inner.attempts));
        }
        if let Some(id) = &inner.request_id {
            facts.push(format!("request {}", one_line(id)));
        }
        if !facts.is_empty() {
            write!(f, " ({})", facts.join(", "))?;
        }
        Ok(())
    }
}

/// A service's text may hold line breaks; a log line may not.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner();
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("display", &self.to_string())
            .field("outcome", &inner.outcome)
            .field("elapsed", &inner.elapsed)
            .field("body", &inner.body)
            .field("source", &inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner()
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<InvalidId> for Error {
    fn from(invalid: InvalidId) -> Self {
        ErrorInner::new(ErrorKind::InvalidId, invalid.to_string()).into()
    }
}

impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

/// Small and free to cross threads, or the crate does not build.
const _: () = {
    const fn crosses_threads<T: Send + Sync + 'static>() {}
    crosses_threads::<Error>();
    assert!(size_of::<Error>() == size_of::<usize>());
};
