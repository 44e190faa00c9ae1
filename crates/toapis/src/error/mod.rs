//! What went wrong, what is known about it, and what may be done next.

mod classify;
mod details;
mod envelope;
mod hint;
mod kind;
mod outcome;
mod predicates;

pub(crate) use classify::{classify, classify_task, known};
pub(crate) use details::{Context, WaitFacts};
pub(crate) use envelope::Envelope;

pub use details::Error;
pub use kind::ErrorKind;
pub use outcome::SubmissionOutcome;

/// What every call of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;
