//! Writing to the journal.

use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension as _, named_params, params};

use super::entry::{EntryStatus, NewEntry, Recorded, SavedFile, to_millis};
use super::handle::Journal;
use super::query::find;
use crate::error::StoreError;

/// How long finished entries are kept by [`Journal::prune`] callers by default.
pub const ENTRY_TTL: Duration = Duration::from_hours(90 * 24);

impl Journal {
    /// Records that a create is about to be sent. Send it only after this returned
    /// [`Recorded::New`].
    ///
    /// # Errors
    ///
    /// [`StoreError::DuplicateBusinessId`] if an entry has the business id already;
    /// [`StoreError::IdempotencyKeyReused`] if one has the idempotency key, with another request or
    /// host. After any error nothing may be sent.
    pub fn record_intent(&self, new: &NewEntry<'_>) -> Result<Recorded, StoreError> {
        self.write(|connection| {
            if let Some(key) = new.idempotency_key
                && let Some(entry) = find(connection, "idempotency_key = ?1", key)?
            {
                if entry.request == *new.request && entry.base_url == new.base_url {
                    return Ok(Recorded::Existing(Box::new(entry)));
                }
                return Err(StoreError::IdempotencyKeyReused(key.to_owned()));
            }
            let inserted = connection
                .prepare_cached(
                    "INSERT INTO entry(business_id, idempotency_key, base_url, request, output, status, credits,
                        created_at, updated_at)
                     VALUES (:business_id, :key, :base_url, :request, :output, :status, :credits, :now, :now)
                     ON CONFLICT (business_id) DO NOTHING",
                )?
                .execute(named_params! {
                    ":business_id": new.business_id,
                    ":key": new.idempotency_key,
                    ":base_url": new.base_url,
                    ":request": new.request.to_string(),
                    ":output": new.output.map(|path| path.to_string_lossy()),
                    ":status": EntryStatus::Sending.code(),
                    ":credits": new.credits.map(to_integer),
                    ":now": now(),
                })?;
            if inserted == 0 {
                return Err(StoreError::DuplicateBusinessId(new.business_id.to_owned()));
            }
            Ok(Recorded::New)
        })
    }

    /// Records the task id of a create. An acceptance is a fact: it also replaces an unknown
    /// outcome. A second id for the same entry is ignored.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if no entry has this business id.
    pub fn record_task(&self, business_id: &str, task_id: &str) -> Result<(), StoreError> {
        self.write(|connection| {
            connection
                .prepare_cached(
                    "UPDATE entry SET task_id = ?2, status = ?3, error = NULL, updated_at = ?4
                     WHERE business_id = ?1 AND task_id IS NULL",
                )?
                .execute(params![
                    business_id,
                    task_id,
                    EntryStatus::Running.code(),
                    now()
                ])?;
            entry_id(connection, business_id).map(drop)
        })
    }

    /// Records that the service refused the create, so that no task exists.
    ///
    /// Ignored if the entry has a task.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if no entry has this business id.
    pub fn record_rejected(&self, business_id: &str, error: &str) -> Result<(), StoreError> {
        self.record_without_task(business_id, EntryStatus::Rejected, error)
    }

    /// Records that the outcome of the create could not be found out.
    ///
    /// Ignored if the entry has a task.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if no entry has this business id.
    pub fn record_unknown(&self, business_id: &str, error: &str) -> Result<(), StoreError> {
        self.record_without_task(business_id, EntryStatus::Unknown, error)
    }

    fn record_without_task(
        &self,
        business_id: &str,
        status: EntryStatus,
        error: &str,
    ) -> Result<(), StoreError> {
        self.write(|connection| {
            connection
                .prepare_cached(
                    "UPDATE entry SET status = ?2, error = ?3, updated_at = ?4
                     WHERE business_id = ?1 AND task_id IS NULL",
                )?
                .execute(params![business_id, status.code(), error, now()])?;
            entry_id(connection, business_id).map(drop)
        })
    }

    /// Records the last status that the service reported, in the words of the wire, while the task
    /// runs.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if no entry has this business id.
    pub fn record_task_status(
        &self,
        business_id: &str,
        task_status: &str,
    ) -> Result<(), StoreError> {
        self.write(|connection| {
            connection
                .prepare_cached(
                    "UPDATE entry SET task_status = ?2, updated_at = ?3 WHERE business_id = ?1",
                )?
                .execute(params![business_id, task_status, now()])?;
            entry_id(connection, business_id).map(drop)
        })
    }

    /// Records that the task is completed, with its URLs and when they expire.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if no entry has this business id.
    pub fn record_completed(
        &self,
        business_id: &str,
        urls: &[&str],
        expires_at: Option<SystemTime>,
    ) -> Result<(), StoreError> {
        self.write(|connection| {
            let id = entry_id(connection, business_id)?;
            connection
                .prepare_cached(
                    "UPDATE entry SET status = ?2, task_status = 'completed', expires_at = ?3, updated_at = ?4
                     WHERE id = ?1 AND status <> ?5",
                )?
                .execute(params![
                    id,
                    EntryStatus::Completed.code(),
                    expires_at.map(to_millis),
                    now(),
                    EntryStatus::Done.code()
                ])?;
            for (position, url) in urls.iter().enumerate() {
                connection
                    .prepare_cached(
                        "INSERT INTO image(entry, position, url) VALUES (?1, ?2, ?3)
                         ON CONFLICT (entry, position) DO UPDATE SET url = excluded.url",
                    )?
                    .execute(params![id, i64::try_from(position).unwrap_or(i64::MAX), url])?;
            }
            Ok(())
        })
    }

    /// Records that the task failed.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if no entry has this business id.
    pub fn record_failed(&self, business_id: &str, error: &str) -> Result<(), StoreError> {
        self.write(|connection| {
            connection
                .prepare_cached(
                    "UPDATE entry SET status = ?2, task_status = 'failed', error = ?3, updated_at = ?4
                     WHERE business_id = ?1 AND status <> ?5",
                )?
                .execute(params![
                    business_id,
                    EntryStatus::Failed.code(),
                    error,
                    now(),
                    EntryStatus::Done.code()
                ])?;
            entry_id(connection, business_id).map(drop)
        })
    }

    /// Records a saved image. The entry is done once every URL has its file.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if no entry has this business id.
    pub fn record_file(&self, business_id: &str, file: &SavedFile) -> Result<(), StoreError> {
        self.write(|connection| {
            let id = entry_id(connection, business_id)?;
            connection
                .prepare_cached(
                    "INSERT INTO image(entry, position, path, size, sha256) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (entry, position) DO UPDATE
                     SET path = excluded.path, size = excluded.size, sha256 = excluded.sha256",
                )?
                .execute(params![
                    id,
                    file.position,
                    file.path.to_string_lossy(),
                    to_integer(file.size),
                    file.sha256
                ])?;
            connection
                .prepare_cached(
                    "UPDATE entry SET updated_at = ?2, status = CASE
                        WHEN EXISTS (SELECT 1 FROM image WHERE entry = ?1 AND path IS NULL) THEN status
                        ELSE ?3 END
                     WHERE id = ?1",
                )?
                .execute(params![id, now(), EntryStatus::Done.code()])?;
            Ok(())
        })
    }

    /// Records the cost in credits, as the service reports it.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if no entry has this business id.
    pub fn record_credits(&self, business_id: &str, credits: u64) -> Result<(), StoreError> {
        self.write(|connection| {
            connection
                .prepare_cached("UPDATE entry SET credits = ?2 WHERE business_id = ?1")?
                .execute(params![business_id, to_integer(credits)])?;
            entry_id(connection, business_id).map(drop)
        })
    }

    /// Removes an entry of any status. Files on disk and the task at the service are not
    /// touched.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if no entry has this business id.
    pub fn forget(&self, business_id: &str) -> Result<(), StoreError> {
        self.write(|connection| {
            let id = entry_id(connection, business_id)?;
            connection
                .prepare_cached("DELETE FROM entry WHERE id = ?1")?
                .execute([id])?;
            Ok(())
        })
    }

    /// Removes entries that are done, failed or rejected and did not change for `age`, and returns
    /// how many. What is open or unknown is never removed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub fn prune(&self, age: Duration) -> Result<usize, StoreError> {
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        self.write(|connection| {
            Ok(connection
                .prepare_cached(
                    "DELETE FROM entry WHERE status IN (?1, ?2, ?3) AND updated_at <= ?4",
                )?
                .execute(params![
                    EntryStatus::Done.code(),
                    EntryStatus::Failed.code(),
                    EntryStatus::Rejected.code(),
                    now().saturating_sub(age)
                ])?)
        })
    }
}

fn entry_id(connection: &Connection, business_id: &str) -> Result<i64, StoreError> {
    connection
        .prepare_cached("SELECT id FROM entry WHERE business_id = ?1")?
        .query_row([business_id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::NotFound(business_id.to_owned()))
}

pub(super) fn now() -> i64 {
    to_millis(SystemTime::now())
}

pub(super) fn to_integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
