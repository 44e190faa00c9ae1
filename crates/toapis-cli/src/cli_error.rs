//! The error of a command: message, causes, hint and exit code.

use std::error::Error as StdError;

use schemars::JsonSchema;
use serde::Serialize;
use toapis::{ErrorKind, SubmissionOutcome};

use crate::exit_status::ExitStatus;

pub(crate) type Result<T> = std::result::Result<T, CliError>;

/// The error of a command; with `--json` it is the document on stdout.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ErrorDocument")]
pub(crate) struct CliError {
    /// Why the command failed.
    pub(crate) error: Box<ErrorDetails>,
    /// The command's own document is already on stdout and reports the failure too.
    #[serde(skip)]
    pub(crate) is_already_printed: bool,
}

/// Why a command failed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(crate) struct ErrorDetails {
    /// Name of the exit code.
    pub(crate) exit: ExitStatus,
    /// Exit code.
    pub(crate) exit_code: u8,
    /// What failed, in one line.
    pub(crate) message: String,
    /// Causes, the nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) causes: Vec<String>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    /// HTTP status of the response, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// Error code of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// Request id of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// Task that was created; it is billed unless it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) task_id: Option<String>,
    /// Business id of the create.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) business_id: Option<String>,
}

impl CliError {
    pub(crate) fn new(exit: ExitStatus, message: impl Into<String>) -> Self {
        Self {
            error: Box::new(ErrorDetails {
                exit,
                exit_code: exit.code(),
                message: message.into(),
                causes: Vec::new(),
                hint: None,
                status: None,
                code: None,
                request_id: None,
                task_id: None,
                business_id: None,
            }),
            is_already_printed: false,
        }
    }

    /// Creates an error for an invalid command line, before anything was sent.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitStatus::Usage, message)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.error.hint = Some(hint.into());
        self
    }

    pub(crate) fn caused_by(mut self, cause: &dyn StdError) -> Self {
        self.error.causes = causes(&self.error.message, Some(cause));
        self
    }

    /// Marks the error as reported by a document that is already on stdout.
    pub(crate) fn already_printed(mut self) -> Self {
        self.is_already_printed = true;
        self
    }

    pub(crate) fn exit(&self) -> ExitStatus {
        self.error.exit
    }

    /// Returns the error as lines for stderr.
    pub(crate) fn lines(&self) -> Vec<String> {
        let error = &self.error;
        let mut lines = vec![format!("error: {}", error.message)];
        lines.extend(
            error
                .causes
                .iter()
                .map(|cause| format!("  caused by: {cause}")),
        );
        lines.extend(error.hint.iter().map(|hint| format!("hint: {hint}")));
        lines
    }
}

impl From<toapis::Error> for CliError {
    fn from(error: toapis::Error) -> Self {
        let mut cli_error = Self::new(ExitStatus::from(&error), error.to_string());
        let details = &mut cli_error.error;
        details.causes = causes(&details.message, error.source());
        let hints: Vec<String> = error
            .hint()
            .into_iter()
            .chain(resume_hint(&error))
            .collect();
        details.hint = (!hints.is_empty()).then(|| hints.join(" "));
        details.status = error.status().map(|status| status.as_u16());
        details.code = error.code().map(str::to_owned);
        details.request_id = error.request_id().map(str::to_owned);
        details.task_id = error.task_id().map(ToString::to_string);
        details.business_id = error.business_id().map(ToString::to_string);
        cli_error
    }
}

/// Returns the command that continues with the task, if one is or may be billed.
fn resume_hint(error: &toapis::Error) -> Option<String> {
    let id = match (error.outcome(), error.kind()) {
        (Some(SubmissionOutcome::Unknown(id)), _) => id.as_str(),
        (
            _,
            ErrorKind::NotFound
            | ErrorKind::InvalidId
            | ErrorKind::TaskFailed
            | ErrorKind::Moderation,
        ) => return None,
        _ => error.task_id()?.as_str(),
    };
    // The service chooses task ids: one that a shell could interpret is not suggested as a command.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    (id.bytes().all(plain) && !id.starts_with('-'))
        .then(|| format!("Run `toapis wait {id} -o FILE` to get its images."))
}

/// Returns the causes without those that an error above repeats in its own text.
fn causes(message: &str, mut next: Option<&dyn StdError>) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !message.contains(&text) && !causes.iter().any(|above| above.contains(&text)) {
            causes.push(text);
        }
        next = cause.source();
    }
    causes
}
