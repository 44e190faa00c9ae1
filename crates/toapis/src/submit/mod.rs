//! Submits requests: a create makes at most one task, and no response is lost.

mod builder;
mod execute;
mod guard;
mod reconcile;
mod send_once;

pub(crate) use reconcile::belongs_to;

pub use builder::{PreparedRequest, SubmitRequest};
pub use send_once::SendOutcome;
