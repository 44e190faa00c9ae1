//! toapis.

#[allow(
    dead_code,
    reason = "the tables say everything that the contract knows; the SDK reads what it needs"
)]
mod generated;
#[allow(
    dead_code,
    reason = "as for the rows: a column is written for every fact, whether it is read or not"
)]
mod tables;

pub use generated::{models::Model, sizes::Size, states::TaskState};
pub use tables::{Pixels, UnknownValue};
