//! The journal of single requests: what was sent, what is paid, where the files are.

mod batches;
mod entry;
mod handle;
mod query;
mod record;
mod schema;

pub use batches::BatchRecord;
pub use entry::{Entry, EntryFilter, EntryStatus, NewEntry, Recorded, SavedFile};
pub use handle::{Journal, Recovery};
pub use record::ENTRY_TTL;
