//! The error of the store.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// An error of the store. Nothing was recorded unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file or directory cannot be created, opened or changed.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was attempted, such as `create` or `open`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file is not a database, or its content is damaged.
    #[error("`{}` is corrupt", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of another program.
    #[error("`{}` is not a file of this kind (application id {found:#x})", path.display())]
    WrongApplication {
        /// The file.
        path: PathBuf,
        /// The application id in the file.
        found: i32,
    },
    /// The file was written by a newer version of this crate.
    #[error("`{}` has schema version {found}; this version supports up to {supported}", path.display())]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: usize,
        /// The newest version that this crate knows.
        supported: usize,
    },
    /// Another process holds the lock.
    #[error("`{}` is in use by another process", path.display())]
    Locked {
        /// The file that is locked.
        path: PathBuf,
    },
    /// No entry has this id.
    #[error("no entry `{0}`")]
    NotFound(String),
    /// An entry with this business id exists already.
    #[error("business id `{0}` is already recorded")]
    DuplicateBusinessId(String),
    /// The idempotency key was used before, for a different request.
    #[error("idempotency key `{0}` was used for a different request")]
    IdempotencyKeyReused(String),
    /// The thread that writes has ended, because of a panic in a job or because it was closed.
    /// Whether the job was committed is unknown.
    #[error("the writer has stopped")]
    WriterStopped,
    /// The commit of a group failed; none of its jobs counts as recorded, though the commit may
    /// have reached the disk.
    #[error("commit failed: {0}")]
    CommitFailed(String),
    /// A value in the file cannot be parsed.
    #[error("unexpected value in the store: {0}")]
    Value(String),
    /// Any other error of SQLite: a full disk, a lock that was not released in time.
    #[error("database error")]
    Database(#[from] rusqlite::Error),
}

impl StoreError {
    /// Returns a closure that turns an I/O error about `path` into a store error.
    pub(crate) fn io<'p>(
        action: &'static str,
        path: &'p Path,
    ) -> impl FnOnce(io::Error) -> Self + 'p {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// Turns an error of SQLite about `path` into a store error, and recognizes corruption.
    pub(crate) fn database(path: &Path, error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt {
                path: path.to_owned(),
            },
            _ => Self::Database(error),
        }
    }

    /// Returns true if the file is damaged.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        match self {
            Self::Corrupt { .. } => true,
            Self::Database(error) => matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
            ),
            _ => false,
        }
    }

    /// Returns true if the disk is full.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::Database(error) => error.sqlite_error_code() == Some(ErrorCode::DiskFull),
            Self::Io { source, .. } => source.kind() == io::ErrorKind::StorageFull,
            _ => false,
        }
    }

    /// Returns true if another process holds the lock.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Locked { .. })
    }
}
