//! A lock that one process holds on a file.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::directory::open_private_file;
use crate::error::StoreError;

/// A lock on a file, released when it is dropped or the process ends, however it ends.
#[derive(Debug)]
#[must_use = "the lock is released when it is dropped"]
pub struct FileLock {
    _file: File,
    path: PathBuf,
}

impl FileLock {
    /// Takes the lock without waiting, and creates the file if it is missing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] if another process, or another part of this one, holds it;
    /// [`StoreError::Io`] if the file cannot be opened or its file system does not support locks.
    pub fn try_exclusive(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::take(path.as_ref(), File::try_lock)
    }

    /// Takes a lock that others may share, without waiting. It excludes
    /// [`try_exclusive`](Self::try_exclusive).
    ///
    /// # Errors
    ///
    /// As [`try_exclusive`](Self::try_exclusive).
    pub fn try_shared(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::take(path.as_ref(), File::try_lock_shared)
    }

    fn take(
        path: &Path,
        lock: impl FnOnce(&File) -> Result<(), TryLockError>,
    ) -> Result<Self, StoreError> {
        let file = open_private_file(path)?;
        match lock(&file) {
            Ok(()) => Ok(Self {
                _file: file,
                path: path.to_owned(),
            }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", path)(error)),
        }
    }

    /// Returns the path of the locked file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Returns true if the error says that the file system does not support locks.
pub(crate) fn is_unsupported(error: &StoreError) -> bool {
    matches!(error, StoreError::Io { action: "lock", source, .. } if source.kind() == io::ErrorKind::Unsupported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exclusive_lock_excludes_all_others_until_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("batch.lock");
        let held = FileLock::try_exclusive(&path).unwrap();
        assert!(FileLock::try_exclusive(&path).unwrap_err().is_locked());
        assert!(FileLock::try_shared(&path).unwrap_err().is_locked());
        drop(held);
        let first = FileLock::try_shared(&path).unwrap();
        let second = FileLock::try_shared(&path).unwrap();
        assert!(FileLock::try_exclusive(&path).unwrap_err().is_locked());
        drop((first, second));
        assert!(FileLock::try_exclusive(&path).is_ok());
    }
}
