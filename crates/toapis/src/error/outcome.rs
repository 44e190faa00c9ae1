//! The answer to the one question a failed submit leaves: is there a task, and is it paid?

use crate::ids::{BusinessId, TaskId};

/// What became of a submit that did not return a task.
///
/// Every error of a submit carries one: see [`Error::outcome`](crate::Error::outcome).
/// Credits are taken when a task is created, so this is the difference between "send it again" and "it may be paid already".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubmissionOutcome {
    /// No task was made and nothing was charged: it was refused before it left, or by an answer that proves it. Of those are the
    /// refusals that the contract lists, and the statuses by which HTTP itself says that a request was not taken up, such as 405
    /// and 413; others in 4xx prove as little as those in 5xx.
    ///
    /// Sending it again costs nothing twice; whether it helps depends on the reason.
    Rejected,
    /// A task was made, under this id; only something after it failed. Go on with [`Client::task`](crate::Client::task).
    Accepted(TaskId),
    /// The request left this machine and no answer proves what became of it.
    ///
    /// The id is the `client_business_id` that went with it: ask for it later with
    /// [`Images::find_by_business_id`](crate::Images::find_by_business_id). Nothing is sent again by itself; to do so all the same, use
    /// [`PreparedRequest::resubmit`](crate::PreparedRequest::resubmit).
    Unknown(BusinessId),
}

impl SubmissionOutcome {
    /// Whether it is certain that this submit made no task and cost nothing.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        matches!(self, Self::Rejected)
    }

    /// Whether a task may exist, and be paid, that no one has seen yet.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}
