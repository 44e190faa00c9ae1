//! A file that is complete or absent.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tempfile::{NamedTempFile, TempPath};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::fetch::Sink;
use crate::error::{Error, ErrorInner, ErrorKind};

/// A hidden file in the directory of the target. It is removed if it is dropped before
/// [`finish`](Self::finish).
pub(super) struct FileSink {
    file: File,
    path: TempPath,
}

impl FileSink {
    pub(super) async fn create_in(dir: PathBuf) -> Result<Self, Error> {
        let shown = dir.clone();
        let made = blocking(move || {
            tempfile::Builder::new()
                .prefix(".toapis-")
                .suffix(".part")
                .tempfile_in(dir)
                .map(NamedTempFile::into_parts)
        });
        let (file, path) = made
            .await
            .map_err(|error| file_error("cannot write in", &shown, error))?;
        Ok(Self {
            file: File::from_std(file),
            path,
        })
    }

    pub(super) async fn refuse_existing(path: &Path) -> Result<(), Error> {
        match tokio::fs::symlink_metadata(path).await {
            Ok(_) => Err(exists(path)),
            Err(_) => Ok(()),
        }
    }

    /// Flushes the file to disk and renames it.
    pub(super) async fn finish(mut self, target: PathBuf, overwrite: bool) -> Result<(), Error> {
        let shown = target.clone();
        let refuse = |error| file_error("cannot write", &shown, error);
        self.file.flush().await.map_err(refuse)?;
        self.file.sync_all().await.map_err(refuse)?;
        let Self { file, path } = self;
        drop(file.into_std().await);
        let renamed = blocking(move || {
            share(&path)?;
            let persisted = if overwrite {
                path.persist(&target)
            } else {
                path.persist_noclobber(&target)
            };
            persisted.map_err(|failed| failed.error)?;
            sync_dir(&target);
            Ok(())
        });
        match renamed.await {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !overwrite => {
                Err(exists(&shown))
            }
            other => other.map_err(|error| file_error("cannot write", &shown, error)),
        }
    }

    fn error(&self, error: io::Error) -> Error {
        file_error("cannot write beside", &self.path, error)
    }
}

impl Sink for FileSink {
    async fn write(&mut self, chunk: &Bytes) -> Result<(), Error> {
        self.file
            .write_all(chunk)
            .await
            .map_err(|error| self.error(error))
    }

    async fn restart(&mut self) -> Result<(), Error> {
        let emptied = async {
            self.file.flush().await?;
            self.file.set_len(0).await?;
            self.file.rewind().await
        };
        emptied.await.map(|_| ()).map_err(|error| self.error(error))
    }
}

/// Gives a private temporary file the default permissions.
#[cfg(unix)]
fn share(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    // The umask cannot be read without changing it, so the permissions of a new file are used.
    let probe = tempfile::Builder::new()
        .prefix(".toapis-")
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(path.parent().unwrap_or(Path::new(".")))?;
    std::fs::set_permissions(path, probe.as_file().metadata()?.permissions())
}

#[cfg(not(unix))]
fn share(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Flushes the directory, which contains the name. Where directories cannot be flushed, the file is
/// complete anyway.
fn sync_dir(target: &Path) {
    let dir = target
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if let Ok(dir) = std::fs::File::open(dir) {
        let _ = dir.sync_all();
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn exists(path: &Path) -> Error {
    ErrorInner::new(
        ErrorKind::Io,
        format!("{} is there already", path.display()),
    )
    .into()
}

fn file_error(what: &str, path: &Path, error: io::Error) -> Error {
    ErrorInner::new(ErrorKind::Io, format!("{what} {}: {error}", path.display()))
        .with_source(error)
        .into()
}
