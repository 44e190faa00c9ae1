//! Loading a manifest, all or nothing.

use toapis_store::StoreError;
use toapis_store::rusqlite::{
    Connection, ErrorCode, OptionalExtension as _, TransactionBehavior, params,
};

use super::open::BatchSettings;
use super::row::now;
use crate::error::BatchError;
use crate::ids::BatchId;
use crate::manifest::{ManifestErrors, ManifestRow, RowError};
use crate::request::{image_count, image_request};

/// Loads all rows in one transaction, or none.
pub(super) fn load(
    connection: &mut Connection,
    id: &BatchId,
    settings: &BatchSettings,
    rows: impl Iterator<Item = Result<ManifestRow, RowError>>,
) -> Result<(), BatchError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(StoreError::from)?;
    let mut errors = ManifestErrors::default();
    let mut count: u64 = 0;
    for row in rows {
        count += 1;
        let number = count;
        let loaded = row.and_then(|row| {
            check(&row, settings)?;
            Ok(insert(&transaction, number, &row, settings))
        });
        match loaded {
            Ok(inserted) => {
                if let Some(error) = inserted? {
                    errors.push(error);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    errors.into_result()?;
    let settings_text = serde_json::to_string(settings)
        .map_err(|error| StoreError::Value(format!("settings: {error}")))?;
    let finish = || {
        transaction.execute(
            "INSERT INTO batch(one, id, settings, rows, budget, created_at) VALUES (1, ?1, ?2, ?3, ?4, ?5)",
            params![id.as_str(), settings_text, count, settings.budget, now()],
        )?;
        transaction.execute("UPDATE counter SET rows = ?1 WHERE status = 0", [count])
    };
    finish().map_err(StoreError::from)?;
    transaction.commit().map_err(StoreError::from)?;
    Ok(())
}

/// Checks a row by the rules of its model.
fn check(row: &ManifestRow, settings: &BatchSettings) -> Result<(), RowError> {
    let request = image_request(&row.body, &settings.references)
        .map_err(|message| RowError::new(row.line, message))?;
    request.validate().map_err(|error| {
        let violations: Vec<String> = error.violations().iter().map(ToString::to_string).collect();
        let message = if violations.is_empty() {
            error.to_string()
        } else {
            violations.join("; ")
        };
        RowError::new(row.line, message)
    })
}

/// Inserts a row. Returns an error of the manifest if its id is there already.
fn insert(
    connection: &Connection,
    number: u64,
    row: &ManifestRow,
    settings: &BatchSettings,
) -> Result<Option<RowError>, StoreError> {
    let custom_id = row.id_or_number(number);
    let body = serde_json::to_string(&row.body)
        .map_err(|error| StoreError::Value(format!("row {number}: {error}")))?;
    let credits = settings
        .credits_per_image
        .map_or(0, |credits| credits.saturating_mul(image_count(&row.body)));
    let inserted = connection
        .prepare_cached("INSERT INTO row(n, custom_id, body, credits) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![number, custom_id, body, credits]);
    match inserted {
        Ok(_) => Ok(None),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            let first: Option<u64> = connection
                .prepare_cached("SELECT n FROM row WHERE custom_id = ?1")?
                .query_row([&custom_id], |row| row.get(0))
                .optional()?;
            let first = first.unwrap_or_default();
            let message = format!("id `{custom_id}` is used already by row {first}");
            Ok(Some(RowError::new(row.line, message)))
        }
        Err(error) => Err(error.into()),
    }
}
