//! Copies what can be read of a damaged table.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::error::StoreError;

/// Copies every row of `table` that can be read into the table of the same name, and returns how
/// many were copied.
///
/// The table is read from its first row until the damage and from its last row back until the
/// damage; rows in between are tried one by one. Rows that violate a constraint of the new table
/// are skipped, because damaged pages can repeat rows.
pub(crate) fn copy_readable_rows(
    damaged: &Connection,
    new: &Connection,
    table: &str,
) -> Result<usize, StoreError> {
    let columns = column_names(new, table)?;
    let list = columns.join(", ");
    let marks = vec!["?"; columns.len()].join(", ");
    let insert = format!("INSERT OR IGNORE INTO {table}({list}) VALUES ({marks})");
    let mut copied = 0;
    let mut copy = |values: Vec<Value>| -> Result<(), StoreError> {
        copied += new
            .prepare_cached(&insert)?
            .execute(params_from_iter(values))
            .unwrap_or_default();
        Ok(())
    };
    let ascending = format!("SELECT rowid, {list} FROM {table} ORDER BY rowid");
    let (last_ascending, complete) = read_until_error(damaged, &ascending, &mut copy)?;
    if complete {
        return Ok(copied);
    }
    let descending = format!("{ascending} DESC");
    let (first_descending, _) = read_until_error(damaged, &descending, &mut copy)?;
    if let (Some(first), Some(last)) = (last_ascending, first_descending) {
        let single = format!("SELECT rowid, {list} FROM {table} WHERE rowid = ");
        for rowid in first.saturating_add(1)..last.min(first.saturating_add(MAX_SINGLE_READS)) {
            read_until_error(damaged, &format!("{single}{rowid}"), &mut copy)?;
        }
    }
    Ok(copied)
}

/// Maximum number of rows that are tried one by one.
const MAX_SINGLE_READS: i64 = 1_000_000;

/// Passes the rows of a query to `copy` until one cannot be read. Returns the row id of the last,
/// and whether there was no error.
fn read_until_error(
    damaged: &Connection,
    query: &str,
    copy: &mut impl FnMut(Vec<Value>) -> Result<(), StoreError>,
) -> Result<(Option<i64>, bool), StoreError> {
    let mut last = None;
    let Ok(mut statement) = damaged.prepare_cached(query) else {
        return Ok((None, false));
    };
    let count = statement.column_count();
    let Ok(mut rows) = statement.query([]) else {
        return Ok((None, false));
    };
    loop {
        match rows.next() {
            Ok(None) => return Ok((last, true)),
            Err(_) => return Ok((last, false)),
            Ok(Some(row)) => {
                let values: Result<Vec<Value>, _> =
                    (1..count).map(|index| row.get(index)).collect();
                if let (Ok(rowid), Ok(values)) = (row.get(0), values) {
                    last = Some(rowid);
                    copy(values)?;
                }
            }
        }
    }
}

fn column_names(connection: &Connection, table: &str) -> Result<Vec<String>, StoreError> {
    let statement = connection.prepare(&format!("SELECT * FROM {table}"))?;
    Ok(statement.column_names().map(str::to_owned).collect())
}
