//! Submitting: one create, at most one task, and never an answer lost.

mod once;
mod prepared;
mod send;
mod settle;

#[cfg(any(test, fuzzing))]
pub(crate) use send::salvaged;

pub(crate) use settle::is_of;

pub use prepared::{Prepared, Submit};
