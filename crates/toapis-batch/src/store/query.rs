//! Reading a batch: pages of rows, never the table.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use toapis_store::StoreError;
use toapis_store::rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::open::Batch;
use super::row::SavedImage;
use super::transition::read_state;
use crate::error::BatchError;
use crate::machine::{RowState, RowStatus};

/// Number of rows in a page.
const PAGE: u64 = 256;

/// The state of a batch in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BatchStatus {
    /// The batch's id.
    pub id: String,
    /// Number of rows.
    pub rows: u64,
    /// Number of rows by status; those without rows are left out.
    pub by_status: BTreeMap<RowStatus, u64>,
    /// Maximum number of credits to reserve and spend.
    pub budget: Option<u64>,
    /// Credits that creates with an open outcome may have cost.
    pub reserved: u64,
    /// Credits that were spent, without those that were refunded.
    pub spent: u64,
    /// Paid tasks that belong to no row, because their row was sent again before they were found.
    pub extra_tasks: u64,
    /// Why it is paused.
    pub paused: Option<String>,
}

impl BatchStatus {
    /// Returns the number of rows with a status.
    #[must_use]
    pub fn count(&self, status: RowStatus) -> u64 {
        self.by_status.get(&status).copied().unwrap_or_default()
    }

    /// Returns true if no row has anything left to do, not even an unknown one.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.by_status.keys().all(|status| status.is_final())
    }
}

/// A row with its result, as it is exported.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RowResult {
    /// Number of the row, from 1, in the order of the manifest.
    #[serde(skip)]
    pub number: u64,
    /// The user's id.
    pub custom_id: String,
    /// How far it has come.
    pub status: RowStatus,
    /// The business id of its last attempt.
    pub business_id: String,
    /// The task's id.
    pub task: Option<String>,
    /// Saved images.
    pub files: Vec<SavedImage>,
    /// Result URLs; they expire.
    pub urls: Vec<String>,
    /// Cost in credits, expected or reported.
    pub credits: u64,
    /// The reason for a missing image.
    pub error: Option<String>,
}

/// A row that a runner works on.
#[derive(Debug, Clone)]
pub(crate) struct OpenRow {
    pub(crate) n: u64,
    pub(crate) custom_id: String,
    pub(crate) body: Map<String, Value>,
    pub(crate) state: RowState,
    /// When its images expire at the latest, in Unix milliseconds.
    pub(crate) keep_until: i64,
    /// When this run saw its create accepted.
    pub(crate) accepted_at: Option<tokio::time::Instant>,
    /// Why the response to its create is missing.
    pub(crate) lost_because: Option<String>,
}

impl OpenRow {
    /// Takes over what was recorded.
    pub(crate) fn update(&mut self, state: RowState, keep_until: Option<i64>) {
        self.state = state;
        self.keep_until = keep_until.unwrap_or(self.keep_until);
    }
}

impl Batch {
    /// Returns the state of the batch in numbers. Takes the same time for a million rows as for
    /// one.
    ///
    /// # Errors
    ///
    /// [`BatchError::Store`].
    pub fn status(&self) -> Result<BatchStatus, BatchError> {
        let connection = self.reader();
        Ok(read_status(&connection)?)
    }

    /// Returns up to 256 results after row number `after`, in the order of the manifest; an empty
    /// page is the end.
    ///
    /// # Errors
    ///
    /// [`BatchError::Store`].
    pub fn results_after(&self, after: u64) -> Result<Vec<RowResult>, BatchError> {
        self.results_where("n > ?1", after)
    }

    /// Returns up to 256 unknown rows after row number `after`.
    ///
    /// # Errors
    ///
    /// [`BatchError::Store`].
    pub fn unknown_after(&self, after: u64) -> Result<Vec<RowResult>, BatchError> {
        self.results_where("status = 7 AND n > ?1", after)
    }

    fn results_where(&self, condition: &str, after: u64) -> Result<Vec<RowResult>, BatchError> {
        let connection = self.reader();
        let query = format!(
            "SELECT n, custom_id, status, attempt, intent, task, files, urls, credits, error FROM row
             WHERE {condition} ORDER BY n LIMIT {PAGE}"
        );
        Ok(collect(&connection, &query, [after], |row| {
            let state = read_state(row)?;
            let number: u64 = row.get("n")?;
            Ok(RowResult {
                number,
                custom_id: row.get("custom_id")?,
                status: state.status,
                business_id: format!("{}-{number}-{}", self.id(), state.attempt),
                task: state.task,
                files: from_json(row, "files")?,
                urls: from_json(row, "urls")?,
                credits: row.get::<_, i64>("credits")?.unsigned_abs(),
                error: row.get("error")?,
            })
        })?)
    }

    pub(crate) fn find_row(&self, custom_id: &str) -> Result<(u64, RowState), BatchError> {
        let connection = self.reader();
        let found = connection
            .prepare_cached("SELECT n, status, attempt, intent, task FROM row WHERE custom_id = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([custom_id], |row| Ok((row.get("n")?, read_state(row))))
                    .optional()
            })
            .map_err(StoreError::from)?;
        let (n, state) = found.ok_or_else(|| BatchError::RowNotFound(custom_id.to_owned()))?;
        Ok((n, state?))
    }

    /// Returns open rows of one status, the first to expire first, after the row that ended the
    /// last page.
    pub(crate) async fn open_page(
        &self,
        status: RowStatus,
        after: (i64, u64),
    ) -> Result<Vec<OpenRow>, BatchError> {
        Ok(self
            .writer
            .call(move |connection| {
                // The status is part of the text, so that the partial index can be used.
                let query = format!(
                    "{OPEN_COLUMNS} WHERE status = {} AND (keep_until, n) > (?1, ?2)
                     ORDER BY keep_until, n LIMIT {PAGE}",
                    status.code()
                );
                collect(connection, &query, params![after.0, after.1], read_open_row)
            })
            .await?)
    }

    /// Returns unknown rows after row number `after`.
    pub(crate) async fn unknown_page(&self, after: u64) -> Result<Vec<OpenRow>, BatchError> {
        Ok(self
            .writer
            .call(move |connection| {
                let query =
                    format!("{OPEN_COLUMNS} WHERE status = 7 AND n > ?1 ORDER BY n LIMIT {PAGE}");
                collect(connection, &query, [after], read_open_row)
            })
            .await?)
    }

    /// Returns ready rows after row number `after`.
    pub(crate) async fn ready_page(&self, after: u64) -> Result<Vec<OpenRow>, BatchError> {
        Ok(self
            .writer
            .call(move |connection| {
                let cursor = raise_cursor(connection)?;
                let after = after.max(cursor.saturating_sub(1));
                let query =
                    format!("{OPEN_COLUMNS} WHERE status = 0 AND n > ?1 ORDER BY n LIMIT {PAGE}");
                collect(connection, &query, [after], read_open_row)
            })
            .await?)
    }

    /// Records why the batch is paused, or that it is not.
    pub(crate) async fn set_paused(&self, reason: Option<String>) -> Result<(), BatchError> {
        Ok(self
            .writer
            .call(move |connection| {
                connection.execute("UPDATE batch SET paused = ?1", [reason])?;
                Ok(())
            })
            .await?)
    }
}

/// Records the number of the first ready row, so that the rows before it are never searched again,
/// and returns it.
fn raise_cursor(connection: &Connection) -> Result<u64, StoreError> {
    Ok(connection
        .prepare_cached(
            "UPDATE batch SET cursor = coalesce(
                (SELECT n FROM row WHERE n >= batch.cursor AND status = 0 ORDER BY n LIMIT 1), rows + 1)
             RETURNING cursor",
        )?
        .query_row([], |row| row.get(0))?)
}

const OPEN_COLUMNS: &str =
    "SELECT n, custom_id, body, status, attempt, intent, task, keep_until FROM row";

fn read_open_row(row: &Row<'_>) -> Result<OpenRow, StoreError> {
    let body: String = row.get("body")?;
    Ok(OpenRow {
        n: row.get("n")?,
        custom_id: row.get("custom_id")?,
        body: serde_json::from_str(&body)
            .map_err(|error| StoreError::Value(format!("request of a row: {error}")))?,
        state: read_state(row)?,
        keep_until: row.get::<_, Option<i64>>("keep_until")?.unwrap_or(i64::MAX),
        accepted_at: None,
        lost_because: None,
    })
}

fn read_status(connection: &Connection) -> Result<BatchStatus, StoreError> {
    let by_status = collect(
        connection,
        "SELECT status, rows FROM counter WHERE rows <> 0",
        [],
        |row| {
            let code: i64 = row.get(0)?;
            let status = RowStatus::from_code(code)
                .ok_or_else(|| StoreError::Value(format!("row status {code}")))?;
            Ok((status, row.get(1)?))
        },
    )?;
    let extra_tasks = connection
        .prepare_cached("SELECT count(*) FROM event WHERE what = 'extra_task'")?
        .query_row([], |row| row.get(0))?;
    let status = connection
        .prepare_cached("SELECT id, rows, budget, reserved, spent, paused FROM batch")?
        .query_row([], |row| {
            Ok(BatchStatus {
                id: row.get("id")?,
                rows: row.get("rows")?,
                by_status: by_status.into_iter().collect(),
                budget: row.get("budget")?,
                reserved: row
                    .get::<_, i64>("reserved")?
                    .try_into()
                    .unwrap_or_default(),
                spent: row.get::<_, i64>("spent")?.try_into().unwrap_or_default(),
                extra_tasks,
                paused: row.get("paused")?,
            })
        })?;
    Ok(status)
}

fn collect<T>(
    connection: &Connection,
    query: &str,
    parameters: impl toapis_store::rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query(parameters)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

/// Parses a column that holds a JSON list, or nothing.
fn from_json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: &str,
) -> Result<Vec<T>, StoreError> {
    match row.get::<_, Option<String>>(column)? {
        None => Ok(Vec::new()),
        Some(text) => serde_json::from_str(&text)
            .map_err(|error| StoreError::Value(format!("{column} of a row: {error}"))),
    }
}
