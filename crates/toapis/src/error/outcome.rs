//! The outcome of a failed submit: whether a task may exist, and be paid.

use crate::ids::{BusinessId, TaskId};

/// The outcome of a submit that returned no task.
///
/// Every error of a submit has one: see [`Error::outcome`](crate::Error::outcome). Credits are
/// charged when a task is created, so it decides whether the request can be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubmissionOutcome {
    /// No task was created and nothing was charged. The request was not sent, or the response
    /// proves it: an error that the contract lists, or a status that HTTP defines as not
    /// processed, such as 405 and 413. Other 4xx statuses prove as little as 5xx.
    ///
    /// The request can be sent again without paying twice. Whether that helps depends on the kind.
    Rejected,
    /// A task was created under this id, and something failed after that. Continue with
    /// [`Client::task`](crate::Client::task).
    Accepted(TaskId),
    /// The request was sent, and no response proves what happened.
    ///
    /// The id is the `client_business_id` of the create: look the task up later with
    /// [`Images::find_by_business_id`](crate::Images::find_by_business_id). Nothing is sent again
    /// automatically; [`PreparedRequest::resubmit`](crate::PreparedRequest::resubmit) does.
    Unknown(BusinessId),
}

impl SubmissionOutcome {
    /// Returns true if no task was created and nothing was charged.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        matches!(self, Self::Rejected)
    }

    /// Returns true if a task may exist that nobody has seen yet.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}
