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

/// The maximum size of the body that an error keeps. Enough for any JSON error and the title of an
/// HTML page.
pub(crate) const BODY_KEPT: usize = 64 * 1024;

/// An error of this crate, with all that is known about it.
///
/// `Display` writes one line: the kind, the message and the ids. The cause is in
/// [`source`](std::error::Error::source), and a suggestion in [`hint`](Error::hint).
///
/// ```
/// use toapis::{ErrorKind, ImageRequest};
/// let error = ImageRequest::new("x".repeat(1001)).validate().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Validation);
/// assert_eq!(error.violations()[0].field, "prompt");
/// ```
pub struct Error(Box<ErrorInner>);

/// The contents of an error.
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

/// The state of polling when it ended.
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
            // A copy, so that the error doesn't keep a large body alive.
            *body = Bytes::copy_from_slice(&body[..BODY_KEPT]);
        }
        Self(Box::new(inner))
    }
}

impl Error {
    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind.unwrap_or(ErrorKind::Server)
    }

    /// Returns the HTTP status of the response, if one was received.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns the service's error code. A number is converted to text.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns the service's message, otherwise this crate's. It can be English or Chinese.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the field of the request that the service reported as invalid.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        self.0.param.as_deref()
    }

    /// Returns the service's error type, such as `invalid_request_error`.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        self.0.error_type.as_deref()
    }

    /// Returns the operation of the contract that was called, such as `createImage`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// Returns the id of the request in the service's logs, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the time that the service asks to wait before the next request.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the first 64 KiB of the response body. For a failed task, that is the response that
    /// reports the failure.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.body.as_ref()
    }

    /// Returns the number of attempts.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the time from the start of the call, or of polling, to the error.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Returns the task that the error is about, if known. It exists, and is paid.
    #[must_use]
    pub fn task_id(&self) -> Option<&TaskId> {
        self.0.task.as_ref()
    }

    /// Returns the caller's id that was sent with the create.
    #[must_use]
    pub fn business_id(&self) -> Option<&BusinessId> {
        self.0.business.as_ref()
    }

    /// Returns the outcome of a submit. `Some` for every error of a submit.
    #[must_use]
    pub fn outcome(&self) -> Option<&SubmissionOutcome> {
        self.0.outcome.as_ref()
    }

    /// Returns the violations of an [`ErrorKind::Validation`] error.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// Returns the last status that was seen, if the error came from polling.
    #[must_use]
    pub fn last_status(&self) -> Option<&crate::TaskStatus> {
        self.0.wait.as_ref()?.last_status.as_ref()
    }

    /// Returns the number of polls, if the error came from polling.
    #[must_use]
    pub fn polls(&self) -> u32 {
        self.0.wait.as_ref().map_or(0, |wait| wait.polls)
    }

    /// Returns the number of failed polls, if the error came from polling.
    #[must_use]
    pub fn poll_failures(&self) -> u32 {
        self.0.wait.as_ref().map_or(0, |wait| wait.poll_failures)
    }

    /// Returns true if the same request can be sent again without paying twice, and may succeed.
    ///
    /// True for transient failures (no connection, too many requests, a model that isn't served),
    /// and for failures of the service or of the connection if the call creates nothing. Never true
    /// if a task may exist.
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

    /// Changes the contents of the error.
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
                facts.push("no task was created".to_owned());
            }
            _ => {}
        }
        if let Some(wait) = &inner.wait {
            if let Some(state) = &wait.last_status {
                facts.push(format!("last status {}", one_line(state.as_str())));
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

/// Joins lines. A service's message can contain line breaks, a log line must not.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

impl fmt::Debug for Error {
    /// Writes the message, its causes and the hint, which is what a `main` that returns the error
    /// prints. The alternate form writes the fields.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner();
        if f.alternate() {
            return f
                .debug_struct("Error")
                .field("kind", &self.kind())
                .field("message", &self.to_string())
                .field("outcome", &inner.outcome)
                .field("elapsed", &inner.elapsed)
                .field("body", &inner.body)
                .field("source", &inner.source)
                .finish();
        }
        write!(f, "{self}")?;
        let mut source = self.source();
        while let Some(cause) = source {
            write!(f, "\n  caused by: {cause}")?;
            source = cause.source();
        }
        if let Some(hint) = self.hint() {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
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

/// Checks that an error is one pointer wide, and can be sent between threads.
const _: () = {
    const fn crosses_threads<T: Send + Sync + 'static>() {}
    crosses_threads::<Error>();
    assert!(size_of::<Error>() == size_of::<usize>());
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_is_readable_text() {
        let source = std::io::Error::other("broken pipe");
        let inner = ErrorInner::new(ErrorKind::ConnectionLost, "sending").with_source(source);
        let id = BusinessId::generate();
        let error = Error::from(inner).map_inner(|inner| {
            inner.outcome = Some(SubmissionOutcome::Unknown(id.clone()));
        });
        let shown = format!("{error:?}");
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[0], error.to_string());
        assert!(lines[0].contains(id.as_str()), "{shown}");
        assert_eq!(lines[1], "  caused by: broken pipe");
        assert!(lines[2].starts_with("  hint: "), "{shown}");
        assert!(format!("{error:#?}").contains("ConnectionLost"));
    }
}
