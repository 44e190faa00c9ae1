//! Reading the journal.

use std::time::SystemTime;

use rusqlite::{Connection, Row, ToSql};

use super::entry::{Entry, EntryFilter, EntryStatus, SavedFile, from_millis, to_millis};
use super::handle::Journal;
use crate::error::StoreError;

const COLUMNS: &str = "id, business_id, idempotency_key, base_url, request, output, status, task_id, task_status, \
     expires_at, credits, error, created_at, updated_at";

impl Journal {
    /// Returns the entry with this business id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`] or [`StoreError::Value`].
    pub fn find_by_business_id(&self, business_id: &str) -> Result<Option<Entry>, StoreError> {
        self.read(|connection| find(connection, "business_id = ?1", business_id))
    }

    /// Returns the newest entry with this task id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`] or [`StoreError::Value`].
    pub fn find_by_task_id(&self, task_id: &str) -> Result<Option<Entry>, StoreError> {
        self.read(|connection| find(connection, "task_id = ?1", task_id))
    }

    /// Returns the entry that a caller's idempotency key belongs to.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`] or [`StoreError::Value`].
    pub fn find_by_idempotency_key(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        self.read(|connection| find(connection, "idempotency_key = ?1", key))
    }

    /// Returns the entries of one class.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`] or [`StoreError::Value`].
    pub fn list(&self, filter: EntryFilter) -> Result<Vec<Entry>, StoreError> {
        let (sending, running) = (EntryStatus::Sending.code(), EntryStatus::Running.code());
        let (completed, done) = (EntryStatus::Completed.code(), EntryStatus::Done.code());
        let (failed, rejected) = (EntryStatus::Failed.code(), EntryStatus::Rejected.code());
        let unknown = EntryStatus::Unknown.code();
        let condition = match filter {
            EntryFilter::All => "1 ORDER BY id DESC".to_owned(),
            EntryFilter::Open => {
                format!("status IN ({sending}, {running}, {completed}) ORDER BY keep_until")
            }
            EntryFilter::Unknown => format!("status = {unknown} ORDER BY id"),
            EntryFilter::ExpiringWithin(time) => {
                let until = SystemTime::now()
                    .checked_add(time)
                    .map_or(i64::MAX, to_millis);
                format!(
                    "status IN ({running}, {completed}) AND keep_until <= {until} ORDER BY keep_until"
                )
            }
            EntryFilter::Failed => format!("status IN ({failed}, {rejected}) ORDER BY id DESC"),
            EntryFilter::Done => format!("status = {done} ORDER BY id DESC"),
        };
        // A task that is not known to be completed may have been completed right after its create.
        let query = format!(
            "SELECT {COLUMNS}, coalesce(expires_at, created_at + 24 * 3600 * 1000) AS keep_until
             FROM entry WHERE {condition}"
        );
        self.read(|connection| {
            let mut statement = connection.prepare(&query)?;
            let mut rows = statement.query([])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                entries.push(read_entry(connection, row)?);
            }
            Ok(entries)
        })
    }
}

/// Returns the newest entry that meets the condition, which has one parameter.
pub(super) fn find(
    connection: &Connection,
    condition: &str,
    parameter: impl ToSql,
) -> Result<Option<Entry>, StoreError> {
    let query = format!("SELECT {COLUMNS} FROM entry WHERE {condition} ORDER BY id DESC LIMIT 1");
    let mut statement = connection.prepare_cached(&query)?;
    let mut rows = statement.query([parameter])?;
    match rows.next()? {
        Some(row) => read_entry(connection, row).map(Some),
        None => Ok(None),
    }
}

fn read_entry(connection: &Connection, row: &Row<'_>) -> Result<Entry, StoreError> {
    let request: String = row.get("request")?;
    let status: i64 = row.get("status")?;
    let (urls, files) = read_images(connection, row.get("id")?)?;
    Ok(Entry {
        business_id: row.get("business_id")?,
        idempotency_key: row.get("idempotency_key")?,
        base_url: row.get("base_url")?,
        // What was recorded is shown as text if it is not JSON, rather than lost.
        request: serde_json::from_str(&request).unwrap_or(serde_json::Value::String(request)),
        output: row.get::<_, Option<String>>("output")?.map(Into::into),
        status: EntryStatus::from_code(status)
            .ok_or_else(|| StoreError::Value(format!("entry status {status}")))?,
        task_id: row.get("task_id")?,
        task_status: row.get("task_status")?,
        expires_at: row.get::<_, Option<i64>>("expires_at")?.map(from_millis),
        credits: row.get::<_, Option<i64>>("credits")?.map(i64::unsigned_abs),
        error: row.get("error")?,
        created_at: from_millis(row.get("created_at")?),
        updated_at: from_millis(row.get("updated_at")?),
        urls,
        files,
    })
}

fn read_images(
    connection: &Connection,
    entry: i64,
) -> Result<(Vec<String>, Vec<SavedFile>), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, url, path, size, sha256 FROM image WHERE entry = ?1 ORDER BY position",
    )?;
    let mut rows = statement.query([entry])?;
    let (mut urls, mut files) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        if let Some(url) = row.get("url")? {
            urls.push(url);
        }
        if let Some(path) = row.get::<_, Option<String>>("path")? {
            files.push(SavedFile {
                position: row.get("position")?,
                path: path.into(),
                size: row.get::<_, i64>("size")?.unsigned_abs(),
                sha256: row.get("sha256")?,
            });
        }
    }
    Ok((urls, files))
}
