//! Counts the creates of a run, and decides whether another one may be sent.
//!
//! A create is paid as soon as the service accepts it, so the count is about what may have been accepted: a lost response and
//! a response that proves nothing count as much as a task's id.

use http::StatusCode;
use serde_json::Value;

use super::case::{Case, Key};
use crate::contract::Contract;

/// How a create ended, as far as its response proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CreateOutcome {
    /// The response names a task.
    Accepted,
    /// The response proves that there is no task.
    Rejected,
    /// An error that the contract documents as free; a faulty service may have created a task before it.
    DocumentedError,
    /// There is no response, or one that proves nothing.
    Unknown,
}

impl CreateOutcome {
    /// Reads the outcome from a complete response.
    pub(super) fn from_response(contract: &Contract, status: StatusCode, body: &[u8]) -> Self {
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
pub(super) struct CreateBudget {
    max_tasks: u64,
    accepted: u64,
    unknown: u64,
    stopped: bool,
}

impl CreateBudget {
    /// Creates a budget of `max_tasks` creates.
    pub(super) fn new(max_tasks: u64) -> Self {
        Self {
            max_tasks,
            accepted: 0,
            unknown: 0,
            stopped: false,
        }
    }

    /// Returns the number of creates that the service accepted.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Returns the number of creates that the service may have accepted.
    pub(super) fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Returns why `case` must not be sent, or `None` if it may be.
    ///
    /// A create without a valid credential has no account to bill, so the first of them needs no budget; one that is accepted
    /// all the same counts like any other.
    pub(super) fn denial(&self, case: &Case) -> Option<String> {
        if !case.creates {
            return None;
        }
        if self.stopped {
            return Some(
                "the outcome of an earlier create is unknown, so no other create is sent"
                    .to_owned(),
            );
        }
        let limit = match case.key {
            Key::Right => self.max_tasks,
            Key::Wrong | Key::Malformed | Key::Missing => self.max_tasks.max(1),
        };
        if self.accepted + self.unknown < limit {
            return None;
        }
        Some(match self.max_tasks {
            0 => "it may create a task, which costs money; allow some to run it".to_owned(),
            most => format!("the {most} tasks that were allowed are created or may be"),
        })
    }

    /// Counts a create that was sent.
    pub(super) fn record(&mut self, outcome: CreateOutcome) {
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
