//! The list of batches, each of which has a file of its own.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::{Row, params};
use serde::Serialize;

use super::entry::{from_millis, to_millis};
use super::handle::Journal;
use super::record::now;
use crate::error::StoreError;

/// A batch that was started on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BatchRecord {
    /// The batch's id.
    pub id: String,
    /// Its file.
    pub path: PathBuf,
    /// The manifest that it was loaded from.
    pub manifest: Option<PathBuf>,
    /// The directory of its images.
    pub output: Option<PathBuf>,
    /// When it was created.
    pub created_at: SystemTime,
    /// When it had no open rows any more.
    pub finished_at: Option<SystemTime>,
}

impl Journal {
    /// Adds a batch, or replaces the record with the same id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub fn record_batch(
        &self,
        id: &str,
        path: &Path,
        manifest: Option<&Path>,
        output: Option<&Path>,
    ) -> Result<(), StoreError> {
        self.write(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO batch(id, path, manifest, output, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (id) DO UPDATE
                     SET path = excluded.path, manifest = excluded.manifest, output = excluded.output",
                )?
                .execute(params![
                    id,
                    path.to_string_lossy(),
                    manifest.map(Path::to_string_lossy),
                    output.map(Path::to_string_lossy),
                    now()
                ])?;
            Ok(())
        })
    }

    /// Records when a batch finished; `None` if it was opened again.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if there is no such batch.
    pub fn record_batch_finished(
        &self,
        id: &str,
        finished_at: Option<SystemTime>,
    ) -> Result<(), StoreError> {
        self.write(|connection| {
            let changed = connection
                .prepare_cached("UPDATE batch SET finished_at = ?2 WHERE id = ?1")?
                .execute(params![id, finished_at.map(to_millis)])?;
            (changed == 1)
                .then_some(())
                .ok_or_else(|| StoreError::NotFound(id.to_owned()))
        })
    }

    /// Returns all batches, newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub fn list_batches(&self) -> Result<Vec<BatchRecord>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, path, manifest, output, created_at, finished_at FROM batch
                 ORDER BY created_at DESC, id DESC",
            )?;
            let batches = statement.query_map([], read_batch)?;
            Ok(batches.collect::<Result<_, _>>()?)
        })
    }

    /// Removes a batch from the list. Its file is not touched.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if there is no such batch.
    pub fn forget_batch(&self, id: &str) -> Result<(), StoreError> {
        self.write(|connection| {
            let removed = connection
                .prepare_cached("DELETE FROM batch WHERE id = ?1")?
                .execute([id])?;
            (removed == 1)
                .then_some(())
                .ok_or_else(|| StoreError::NotFound(id.to_owned()))
        })
    }
}

fn read_batch(row: &Row<'_>) -> Result<BatchRecord, rusqlite::Error> {
    let path =
        |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(column)?.map(PathBuf::from));
    Ok(BatchRecord {
        id: row.get("id")?,
        path: path("path")?.unwrap_or_default(),
        manifest: path("manifest")?,
        output: path("output")?,
        created_at: from_millis(row.get("created_at")?),
        finished_at: row.get::<_, Option<i64>>("finished_at")?.map(from_millis),
    })
}
