//! Submitting: one create, at most one task, and never an answer lost.

mod prepared;
mod send;
mod settle;

pub use prepared::{Prepared, Submit};
