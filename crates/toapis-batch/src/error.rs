//! The error of a batch as a whole. What happens to one row is recorded with the row instead.

use std::io;
use std::path::PathBuf;

use toapis_store::StoreError;

use crate::manifest::ManifestErrors;

/// An error that stops the operation on a batch.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// A batch id is not usable.
    #[error("invalid batch id `{0}`; expected 1 to 26 characters out of 0-9, a-z and _")]
    InvalidBatchId(String),
    /// The manifest has errors; nothing was loaded and nothing was sent.
    #[error(transparent)]
    Manifest(#[from] ManifestErrors),
    /// A manifest or output file cannot be read or written.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A batch with this file exists already.
    #[error("a batch exists already at `{}`", .0.display())]
    AlreadyExists(PathBuf),
    /// A budget needs to know what a row costs.
    #[error("a budget needs the expected credits per image")]
    BudgetWithoutCost,
    /// This batch is being run in this process.
    #[error("the batch is already running")]
    AlreadyRunning,
    /// No row has this custom id.
    #[error("no row `{0}`")]
    RowNotFound(String),
    /// A decision of a person does not fit the row.
    #[error(transparent)]
    InvalidEvent(#[from] crate::machine::InvalidEvent),
    /// The store failed. After a failed write nothing further is sent.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BatchError {
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
