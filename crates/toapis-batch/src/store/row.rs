//! What a row knows besides its state.

use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// An image on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedImage {
    /// Its path, relative to the output directory of the batch.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its content, in lower-case hexadecimal digits.
    pub sha256: String,
}

/// Facts that are recorded together with an event; `None` keeps what is there.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowFacts {
    pub(crate) urls: Option<Vec<String>>,
    pub(crate) expires_at: Option<SystemTime>,
    pub(crate) files: Option<Vec<SavedImage>>,
    /// The cost that the service reports.
    pub(crate) credits: Option<u64>,
    pub(crate) error: Option<String>,
}

impl RowFacts {
    pub(crate) fn error(error: impl Into<String>) -> Self {
        Self {
            error: Some(error.into()),
            ..Self::default()
        }
    }
}

pub(super) fn now() -> i64 {
    to_millis(SystemTime::now())
}

pub(super) fn to_millis(time: SystemTime) -> i64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}
