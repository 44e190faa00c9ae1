//! Submitting: one create, at most one task, and never an answer lost.

mod builder;
mod execute;
mod guard;
mod reconcile;

#[cfg(any(test, fuzzing))]
pub(crate) use execute::salvaged;

pub(crate) use reconcile::is_of;

pub use builder::{PreparedRequest, SubmitRequest};
