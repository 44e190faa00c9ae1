//! The meaning of errors.

use serde::{Deserialize, Deserializer};

use super::{Extension, Source};

/// The error codes of HTTP responses (`x-errors`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Errors(pub Vec<ErrorRow>);

impl Extension for Errors {
    const POINTER: &'static str = "/x-errors";
}

/// A status and error code, and what they mean.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ErrorRow {
    /// The HTTP status.
    pub status: u16,
    /// The code in the body.
    pub code: String,
    /// The kind of the error: several codes may have the same.
    pub kind: String,
    /// Whether a create that received this response created a task.
    #[serde(rename = "task_made")]
    pub task_created: TaskCreated,
    /// Which calls may be repeated.
    pub resend: Resend,
    /// The source of the row.
    #[serde(default)]
    pub source: Source,
}

/// Whether a create created a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskCreated {
    /// It did.
    Yes,
    /// It did not.
    No,
    /// No source says.
    Unknown,
}

impl<'de> Deserialize<'de> for TaskCreated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected true, false or unknown")]
        enum Written {
            Known(bool),
            Other(Unknown),
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Unknown {
            Unknown,
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Known(true) => Self::Yes,
            Written::Known(false) => Self::No,
            Written::Other(Unknown::Unknown) => Self::Unknown,
        })
    }
}

/// Which calls may be repeated after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resend {
    /// None.
    Never,
    /// All but creates.
    Reads,
    /// All, after the delay that the response names.
    AfterWait,
}

/// Messages that are more specific than the code they come with (`x-error-messages`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ErrorMessages(pub Vec<ErrorMessage>);

impl Extension for ErrorMessages {
    const POINTER: &'static str = "/x-error-messages";
}

/// A message, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ErrorMessage {
    /// The message, or its beginning.
    pub message: String,
    /// The kind of the error.
    pub kind: String,
    /// The source of the row.
    #[serde(default)]
    pub source: Source,
}

/// The error codes of failed tasks (`x-task-errors`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct TaskErrors(pub Vec<TaskError>);

impl Extension for TaskErrors {
    const POINTER: &'static str = "/x-task-errors";
}

/// The error code of a failed task, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TaskError {
    /// The code.
    pub code: String,
    /// The kind of the error.
    pub kind: String,
    /// The source of the row.
    #[serde(default)]
    pub source: Source,
}
