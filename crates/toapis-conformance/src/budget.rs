//! Counts the creates of a run, and decides whether another one may be sent.
//!
//! A create is paid as soon as the service accepts it, so the count is about what may have been accepted: a lost response and
//! a response that proves nothing count as much as a task's id.

use http::StatusCode;
use serde_json::Value;
use toapis_contract::Contract;

use crate::case::{Case, Credential};

/// How a create ended, as far as its response proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CreateOutcome {
    /// The response names a task.
    Accepted,
    /// The response proves that there is no task.
    Rejected,
    /// An error that the contract documents as free. A faulty service may have created a task.
    DocumentedError,
    /// There is no response, or one that proves nothing.
    Unknown,
}

impl CreateOutcome {
    /// Reads the outcome from a complete response.
    pub(crate) fn from_response(contract: &Contract, status: StatusCode, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let has_id = body
            .get("id")
            .and_then(Value::as_str)
            .is_some_and(|id| !id.is_empty());
        if status.is_success() {
            return if has_id {
                Self::Accepted
            } else {
                Self::Unknown
            };
        }
        if !status.is_server_error() && status != StatusCode::REQUEST_TIMEOUT {
            return Self::Rejected;
        }
        let code = body.pointer("/error/code").and_then(Value::as_str);
        let rows = contract.resolve("/x-errors").and_then(Value::as_array);
        let is_free = rows.into_iter().flatten().any(|row| {
            row.get("status").and_then(Value::as_u64) == Some(u64::from(status.as_u16()))
                && row.get("code").and_then(Value::as_str) == code
                && row.get("task_made") == Some(&Value::Bool(false))
        });
        if is_free {
            Self::DocumentedError
        } else {
            Self::Unknown
        }
    }
}

/// The creates that a run may still send.
#[derive(Debug)]
pub(crate) struct CreateBudget {
    max_tasks: u64,
    accepted: u64,
    unknown: u64,
    stopped: bool,
}

impl CreateBudget {
    /// Creates a budget of `max_tasks` creates.
    pub(crate) fn new(max_tasks: u64) -> Self {
        Self {
            max_tasks,
            accepted: 0,
            unknown: 0,
            stopped: false,
        }
    }

    /// Returns the number of creates that the service accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Returns the number of creates that the service may have accepted.
    pub(crate) fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Returns why `case` must not be sent, or `None` if it may be.
    ///
    /// The account of the API key cannot be billed for a create without a valid credential, so the
    /// first of these needs no budget. It counts if the service accepts it.
    pub(crate) fn denial(&self, case: &Case) -> Option<String> {
        if !case.creates {
            return None;
        }
        if self.stopped {
            return Some(
                "the outcome of an earlier create is unknown, so no other create is sent"
                    .to_owned(),
            );
        }
        let limit = match case.credential {
            Credential::Valid => self.max_tasks,
            Credential::Invalid | Credential::Malformed | Credential::Missing => {
                self.max_tasks.max(1)
            }
        };
        if self.accepted + self.unknown < limit {
            return None;
        }
        Some(match self.max_tasks {
            0 => "may create a task, which costs money; allow tasks to run it".to_owned(),
            limit => format!("the limit of {limit} tasks is reached"),
        })
    }

    /// Counts a create that was sent.
    pub(crate) fn record(&mut self, outcome: CreateOutcome) {
        match outcome {
            CreateOutcome::Accepted => self.accepted += 1,
            CreateOutcome::Rejected => {}
            CreateOutcome::DocumentedError => self.unknown += 1,
            CreateOutcome::Unknown => {
                self.unknown += 1;
                self.stopped = true;
            }
        }
    }
}
