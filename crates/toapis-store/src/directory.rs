//! Directories and files that only their owner can read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::path::Path;

use crate::error::StoreError;

/// Creates a directory and its missing parents with mode 0700. A directory that exists keeps its
/// mode.
///
/// # Errors
///
/// [`StoreError::Io`] with the path.
pub fn create_private_directory(path: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(StoreError::io("create directory", path))
}

/// Opens a file for reading and writing, and creates it with mode 0600 if it is missing. An
/// existing file that others can read or write is restricted to its owner.
pub(crate) fn open_private_file(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(StoreError::io("open", path))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = file.metadata().map_err(StoreError::io("inspect", path))?;
        if metadata.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))
                .map_err(StoreError::io("restrict permissions of", path))?;
        }
    }
    Ok(file)
}

/// Flushes a directory, so that a file created or renamed in it survives a loss of power.
pub(crate) fn sync_directory(path: &Path) -> Result<(), StoreError> {
    // Windows cannot open a directory as a file, and flushes its entries with the file.
    if cfg!(unix) {
        File::open(path)
            .and_then(|directory| directory.sync_all())
            .map_err(StoreError::io("flush directory", path))?;
    }
    Ok(())
}

/// Returns the directory of a file, `.` for a bare name.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
