//! Opening the journal, and what happens if it is corrupt.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use rusqlite::{Connection, TransactionBehavior};

use super::entry::to_millis;
use super::schema::{SCHEMA, TABLES};
use crate::database::{Database, OpenOptions};
use crate::directory::{create_private_directory, parent, sync_directory};
use crate::error::StoreError;
use crate::lock::{FileLock, is_unsupported};
use crate::salvage::copy_readable_rows;

/// A durable record of requests in one file, shared by all processes of a user.
///
/// Cloning is cheap. Methods block for the time of a disk flush; from async code, call them through
/// [`run`](Self::run).
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    database: Mutex<Database>,
    path: PathBuf,
    recovery: Option<Recovery>,
    /// Held shared while the journal is open, so that no other process replaces the file; `None`
    /// where the file system has no locks.
    _lock: Option<FileLock>,
}

/// What was done about a corrupt journal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// The corrupt file, unchanged.
    pub kept_aside: PathBuf,
    /// How many entries could be read and are in the new journal.
    pub entries_recovered: usize,
}

impl Journal {
    /// Opens the journal, and creates it and its directories if they are missing.
    ///
    /// A corrupt file is renamed to `<name>.corrupt-<time>`, and all that can be read of it is
    /// copied into a new journal. [`recovery`](Self::recovery) reports that.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] for a directory or file that cannot be written; [`StoreError::Corrupt`]
    /// if the file is corrupt and another process has it open.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        create_private_directory(parent(path))?;
        let lock = shared_lock(path)?;
        let options = OpenOptions {
            check_integrity: true,
            ..OpenOptions::default()
        };
        match Database::open(path, &SCHEMA, options) {
            Ok(database) => Ok(Self::new(database, lock, None)),
            Err(error) if error.is_corrupt() => {
                drop(lock);
                Self::recover(path, options)
            }
            Err(error) => Err(error),
        }
    }

    fn new(database: Database, lock: Option<FileLock>, recovery: Option<Recovery>) -> Self {
        Self {
            inner: Arc::new(Inner {
                path: database.path().to_owned(),
                database: Mutex::new(database),
                recovery,
                _lock: lock,
            }),
        }
    }

    /// Replaces a corrupt journal by a new one with the same readable entries, while no other
    /// process has it open.
    fn recover(path: &Path, options: OpenOptions) -> Result<Self, StoreError> {
        let exclusive = match FileLock::try_exclusive(lock_path(path)) {
            Ok(lock) => Some(lock),
            Err(error) if is_unsupported(&error) => None,
            Err(StoreError::Locked { .. }) => {
                return Err(StoreError::Corrupt {
                    path: path.to_owned(),
                });
            }
            Err(error) => return Err(error),
        };
        // Another process may have recovered it since.
        let recovery = match Database::open(path, &SCHEMA, options) {
            Ok(_) => None,
            Err(error) if error.is_corrupt() => Some(replace(path)?),
            Err(error) => return Err(error),
        };
        drop(exclusive);
        let lock = shared_lock(path)?;
        let database = Database::open(path, &SCHEMA, options)?;
        Ok(Self::new(database, lock, recovery))
    }

    /// Returns what was done about a corrupt file when this journal was opened, if it was corrupt.
    #[must_use]
    pub fn recovery(&self) -> Option<&Recovery> {
        self.inner.recovery.as_ref()
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Runs a closure with this journal on tokio's pool of blocking threads.
    ///
    /// # Errors
    ///
    /// The closure's own, or [`StoreError::WriterStopped`] if it panics or the runtime shuts down.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let journal = self.clone();
        tokio::task::spawn_blocking(move || work(&journal))
            .await
            .unwrap_or(Err(StoreError::WriterStopped))
    }

    fn database(&self) -> MutexGuard<'_, Database> {
        // A panic inside rolls its transaction back, so the connection stays usable.
        self.inner
            .database
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a closure in one durable transaction.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut database = self.database();
        let transaction = database
            .connection()
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut database = self.database();
        let transaction = database.connection().transaction()?;
        work(&transaction)
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("path", &self.inner.path)
            .field("recovery", &self.inner.recovery)
            .finish_non_exhaustive()
    }
}

fn lock_path(path: &Path) -> PathBuf {
    with_suffix(path, ".lock")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn shared_lock(path: &Path) -> Result<Option<FileLock>, StoreError> {
    match FileLock::try_shared(lock_path(path)) {
        Ok(lock) => Ok(Some(lock)),
        Err(error) if is_unsupported(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Builds a new journal from what can be read, and puts it in the place of the corrupt file, which
/// is kept.
fn replace(path: &Path) -> Result<Recovery, StoreError> {
    let now = to_millis(SystemTime::now());
    let kept_aside = with_suffix(path, &format!(".corrupt-{now}"));
    let new = with_suffix(path, &format!(".new-{now}"));
    let mut entries_recovered = 0;
    {
        let mut database = Database::open(&new, &SCHEMA, OpenOptions::default())?;
        let connection = database.connection();
        // A file whose header is damaged opens, and then no table can be read.
        let damaged =
            Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.pragma_update(None, "foreign_keys", false)?;
        let transaction = connection.transaction()?;
        for table in TABLES {
            let copied = copy_readable_rows(&damaged, &transaction, table)?;
            if table == "entry" {
                entries_recovered = copied;
            }
        }
        transaction.execute(
            "DELETE FROM image WHERE entry NOT IN (SELECT id FROM entry)",
            [],
        )?;
        transaction.commit()?;
        // One file, without a log, so that it can be renamed.
        connection.pragma_update(None, "journal_mode", "TRUNCATE")?;
    }
    for suffix in ["-wal", "-shm", "-journal"] {
        let log = with_suffix(path, suffix);
        if log.exists() {
            rename(&log, &with_suffix(&kept_aside, suffix))?;
        }
    }
    rename(path, &kept_aside)?;
    rename(&new, path)?;
    sync_directory(parent(path))?;
    Ok(Recovery {
        kept_aside,
        entries_recovered,
    })
}

fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::rename(from, to).map_err(StoreError::io("rename", from))
}
