//! Counts the creates of a run, and decides whether another one may be sent.
//!
//! A create is billed as soon as the service accepts it, so every create that may have been
//! accepted counts: a lost response as much as a task id.

use http::StatusCode;
use serde_json::Value;
use toapis_contract::Contract;
use toapis_openapi::extensions::{Errors, Extension, TaskCreated};

use crate::case::{Case, Credential};

/// How a create ended, as far as its response proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CreateOutcome {
    /// The response names a task.
    Accepted,
    /// The response proves that no task was created.
    Rejected,
    /// A server error that the contract documents as free. It uses up the budget all the same,
    /// because a faulty service may have created a task.
    DocumentedError,
    /// The response is missing or proves nothing.
    Unknown,
}

/// The creates that a run may still send.
#[derive(Debug)]
pub(crate) struct CreateBudget {
    /// Status and code of the errors that the contract documents as free.
    free_errors: Vec<(u16, String)>,
    max_tasks: u64,
    accepted: u64,
    documented_errors: u64,
    unknown: u64,
    stopped: bool,
}

impl CreateBudget {
    /// Creates a budget of `max_tasks` creates.
    pub(crate) fn new(contract: &Contract, max_tasks: u64) -> Self {
        let errors = Errors::find(contract.document()).ok().flatten();
        let rows = errors.into_iter().flat_map(|errors| errors.0);
        Self {
            free_errors: rows
                .filter(|row| row.task_created == TaskCreated::No)
                .map(|row| (row.status, row.code))
                .collect(),
            max_tasks,
            accepted: 0,
            documented_errors: 0,
            unknown: 0,
            stopped: false,
        }
    }

    /// Reads the outcome of a create from its complete response.
    pub(crate) fn outcome(&self, status: StatusCode, body: &[u8]) -> CreateOutcome {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        if status.is_success() {
            let id = body.get("id").and_then(Value::as_str).unwrap_or_default();
            return if id.is_empty() {
                CreateOutcome::Unknown
            } else {
                CreateOutcome::Accepted
            };
        }
        if !status.is_server_error() && status != StatusCode::REQUEST_TIMEOUT {
            return CreateOutcome::Rejected;
        }
        let code = body.pointer("/error/code").and_then(Value::as_str);
        let is_free = self
            .free_errors
            .iter()
            .any(|(free, free_code)| *free == status.as_u16() && Some(free_code.as_str()) == code);
        if is_free {
            CreateOutcome::DocumentedError
        } else {
            CreateOutcome::Unknown
        }
    }

    /// Returns the number of creates that the service accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Returns the number of creates with an unknown outcome.
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
        if self.accepted + self.documented_errors + self.unknown < limit {
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
            CreateOutcome::DocumentedError => self.documented_errors += 1,
            CreateOutcome::Unknown => {
                self.unknown += 1;
                self.stopped = true;
            }
        }
    }
}
