//! Exit codes, which scripts may rely on.

use std::process::ExitCode;

use schemars::JsonSchema;
use serde::Serialize;
use toapis::{Error, ErrorKind, SubmissionOutcome};

/// The outcome of a command that failed. The numbers are part of the interface and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Exit")]
pub(crate) enum ExitStatus {
    /// 1: an error without a code of its own.
    Error,
    /// 2: the command line or the request is invalid. Nothing was sent.
    Usage,
    /// 3: the task failed. Its credits are refunded.
    TaskFailed,
    /// 4: the API key is missing, rejected or not permitted, or credits are insufficient.
    Auth,
    /// 5: waiting timed out. The task continues and is billed.
    StillRunning,
    /// 7: a create was sent and its outcome is unknown. Do not send it again.
    Unknown,
    /// 130: interrupted from the keyboard. A task that was created continues.
    Interrupted,
}

/// The text below the options in `toapis --help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0    success
  1    an error without a code of its own
  2    invalid command line or request; nothing was sent
  3    the task failed; its credits are refunded
  4    API key missing, rejected or not permitted, or insufficient credits
  5    timed out waiting; the task continues and is billed
  7    a create was sent and its outcome is unknown; do not send it again
  130  interrupted; a task that was created continues

Environment:
  TOAPIS_API_KEY   API key; no flag accepts it
  TOAPIS_BASE_URL  base URL of the API, unless --base-url is given";

impl ExitStatus {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Error => 1,
            Self::Usage => 2,
            Self::TaskFailed => 3,
            Self::Auth => 4,
            Self::StillRunning => 5,
            Self::Unknown => 7,
            Self::Interrupted => 130,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

impl From<&Error> for ExitStatus {
    fn from(error: &Error) -> Self {
        // A task that may be billed matters more than the reason of the failure.
        if matches!(error.outcome(), Some(SubmissionOutcome::Unknown(_))) {
            return Self::Unknown;
        }
        match error.kind() {
            ErrorKind::Config
            | ErrorKind::InvalidId
            | ErrorKind::Validation
            | ErrorKind::InvalidReference => Self::Usage,
            ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::InsufficientQuota => {
                Self::Auth
            }
            ErrorKind::TaskFailed => Self::TaskFailed,
            ErrorKind::Moderation if error.task_id().is_some() => Self::TaskFailed,
            ErrorKind::PollTimeout => Self::StillRunning,
            _ => Self::Error,
        }
    }
}
