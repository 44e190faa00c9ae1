//! Durable local state for the ToAPIs image API.
//!
//! A create costs credits and is not idempotent, so a program that may be killed must write down
//! what it is about to send before it sends it. This crate keeps that record in SQLite, in one
//! file, with every commit flushed to the disk:
//!
//! - [`Journal`] records single requests: the intent before the create, then the task id, the
//!   result URLs, the files.
//! - [`Database`], [`Writer`] and [`FileLock`] are the parts that the journal and `toapis-batch`
//!   share: a file with safe permissions and durable commits, a thread that groups commits, a lock
//!   that one process holds.
//!
//! ```
//! use toapis_store::{Journal, NewEntry, Recorded};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! let journal = Journal::open(directory.path().join("journal.db"))?;
//! let request = serde_json::json!({ "prompt": "A cat in a spacesuit", "model": "nano-banana" });
//! let id = "01JD0000000000000000000000";
//! journal.record_intent(&NewEntry::new(id, "https://toapis.com", &request))?;
//! // Send the create only now. Then:
//! journal.record_task(id, "task_img_abc123def456")?;
//! # Ok(()) }
//! ```
//!
//! # Guarantees
//!
//! - A call that returned `Ok` survives a crash of the process and a loss of power:
//!   `synchronous=FULL`, in WAL mode where the file system supports it and with a rollback journal
//!   elsewhere.
//! - Several processes may use one journal at the same time. A crash of one never harms the others.
//! - A corrupt journal is kept aside under another name, what can be read of it is copied into a
//!   new one, and [`Journal::recovery`] reports both.
//! - Files have mode 0600 and new directories mode 0700: requests contain prompts. The API key is
//!   never stored.

mod database;
mod directory;
mod error;
mod file_system;
mod journal;
mod lock;
mod salvage;
mod writer;

pub use database::{Database, JournalMode, OpenOptions, Schema};
pub use directory::create_private_directory;
pub use error::StoreError;
pub use journal::{
    BatchRecord, ENTRY_TTL, Entry, EntryFilter, EntryStatus, Journal, NewEntry, Recorded, Recovery,
    SavedFile,
};
pub use lock::FileLock;
pub use rusqlite;
pub use writer::Writer;
