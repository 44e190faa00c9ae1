//! The durable state of a batch: one SQLite file.

mod load;
mod open;
mod query;
mod row;
mod schema;
mod transition;

pub use open::{Batch, BatchSettings};
pub(crate) use query::OpenRow;
pub use query::{BatchStatus, RowResult};
pub(crate) use row::RowFacts;
pub use row::SavedImage;
pub(crate) use transition::Applied;
