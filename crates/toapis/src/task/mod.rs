//! A task: its handle, what is known of it at a moment, and what came out.

mod answer;
mod completed;
mod handle;
mod snapshot;
mod state;

pub(crate) use answer::{find_id, read};
pub use completed::Completed;
pub use handle::{Task, TaskRecord};
pub use snapshot::{Failure, Snapshot};
