//! The exit codes: what a script may rely on.

use std::process::ExitCode;

use schemars::JsonSchema;
use serde::Serialize;
use toapis::{Error, ErrorKind, SubmissionOutcome};

/// How the command ended. The numbers are part of its interface and do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Exit {
    /// 1: something failed that no other code names.
    Error,
    /// 2: the command line, or the request it describes, is wrong. Nothing was sent.
    Usage,
    /// 3: the task ended as failed. Its credits are given back.
    TaskFailed,
    /// 4: no key, a key that is not accepted or not allowed, or not enough credits.
    Auth,
    /// 5: the waiting ended before the task did. The task goes on, and is paid.
    StillRunning,
    /// 7: a create was sent and nothing proves what became of it. Do not send it again.
    Unknown,
    /// 130: interrupted from the keyboard. A task that was made goes on.
    Interrupted,
}

/// The table of `toapis --help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done
  1    something failed that no other code names
  2    the command line, or the request it describes, is wrong; nothing was sent
  3    the task failed; its credits are given back
  4    no key, a key that is not accepted or not allowed, or not enough credits
  5    the waiting ended before the task did; the task goes on, and is paid
  7    a create was sent and nothing proves what became of it; do not send it again
  130  interrupted; a task that was made goes on

Environment:
  TOAPIS_API_KEY   the key; it never stands on the command line
  TOAPIS_BASE_URL  where the API is, unless --base-url says so";

impl Exit {
    pub(crate) fn number(self) -> u8 {
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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        // What may be paid comes before why it failed.
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
