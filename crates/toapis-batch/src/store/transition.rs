//! Applying an event to a row, in one transaction with everything that depends on it.

use std::time::Duration;

use toapis_store::StoreError;
use toapis_store::rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::open::Batch;
use super::row::{RowFacts, now, to_millis};
use crate::error::BatchError;
use crate::machine::{CreditChange, Effect, InvalidEvent, RowEvent, RowState, RowStatus, step};

/// How long images can be fetched after the create, at least, if the service does not say when they
/// expire.
const RESULT_TTL: Duration = Duration::from_hours(24);

/// What came of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Applied {
    /// The new state is durable.
    Changed {
        state: RowState,
        /// When the images expire at the latest, in Unix milliseconds, if the event says so.
        keep_until: Option<i64>,
    },
    /// The budget does not allow another create; nothing changed.
    BudgetExhausted,
    /// The event does not fit the row's state; nothing changed.
    Invalid(InvalidEvent),
}

impl Batch {
    /// Applies an event to row `n` and waits until that is durable.
    pub(crate) async fn apply(
        &self,
        n: u64,
        event: RowEvent,
        facts: RowFacts,
    ) -> Result<Applied, BatchError> {
        Ok(self
            .writer
            .call(move |connection| apply(connection, n, event, &facts))
            .await?)
    }

    /// Applies a decision of a person to a row.
    ///
    /// # Errors
    ///
    /// [`BatchError::RowNotFound`]; [`BatchError::InvalidEvent`] if the row is not in a state for
    /// it.
    async fn decide(&self, custom_id: &str, event: RowEvent) -> Result<(), BatchError> {
        let (n, _) = self.find_row(custom_id)?;
        match self.apply(n, event, RowFacts::default()).await? {
            Applied::Invalid(error) => Err(error.into()),
            Applied::Changed { .. } | Applied::BudgetExhausted => Ok(()),
        }
    }

    /// Lets an unknown row be sent again, under a new business id. It may be paid already, so this
    /// may pay it twice: wait for at least ten minutes after the batch stopped, and look the task
    /// up first.
    ///
    /// # Errors
    ///
    /// [`BatchError::RowNotFound`]; [`BatchError::InvalidEvent`] if the row is not unknown.
    pub async fn resend(&self, custom_id: &str) -> Result<(), BatchError> {
        self.decide(custom_id, RowEvent::Resend).await
    }

    /// Gives up an unknown row. What it may have cost stays reserved.
    ///
    /// # Errors
    ///
    /// [`BatchError::RowNotFound`]; [`BatchError::InvalidEvent`] if the row is not unknown.
    pub async fn drop_row(&self, custom_id: &str) -> Result<(), BatchError> {
        self.decide(custom_id, RowEvent::Drop).await
    }

    /// Records that a task, found by other means, is that of an unknown row.
    ///
    /// # Errors
    ///
    /// [`BatchError::RowNotFound`].
    pub async fn adopt(&self, custom_id: &str, task_id: &str) -> Result<(), BatchError> {
        let (_, state) = self.find_row(custom_id)?;
        let event = RowEvent::Accepted {
            attempt: state.attempt,
            task: task_id.to_owned(),
        };
        self.decide(custom_id, event).await
    }

    /// Makes rows ready again that failed or were refused, if they had fewer than `max_attempts`
    /// attempts. Returns how many.
    ///
    /// # Errors
    ///
    /// [`BatchError::Store`].
    pub async fn retry_failed(&self, max_attempts: u32) -> Result<u64, BatchError> {
        let mut retried = 0;
        loop {
            let page = self
                .writer
                .call(move |connection| {
                    let numbers: Vec<u64> = connection
                        .prepare_cached(
                            "SELECT n FROM row WHERE status IN (?1, ?2) AND attempt < ?3 ORDER BY n LIMIT 1000",
                        )?
                        .query_map(
                            params![RowStatus::Failed.code(), RowStatus::Rejected.code(), max_attempts],
                            |row| row.get(0),
                        )?
                        .collect::<Result<_, _>>()?;
                    for n in &numbers {
                        apply(connection, *n, RowEvent::Retry, &RowFacts::default())?;
                    }
                    Ok(numbers.len() as u64)
                })
                .await?;
            retried += page;
            if page == 0 {
                return Ok(retried);
            }
        }
    }
}

pub(super) fn read_state(row: &Row<'_>) -> Result<RowState, StoreError> {
    let code: i64 = row.get("status")?;
    Ok(RowState {
        status: RowStatus::from_code(code)
            .ok_or_else(|| StoreError::Value(format!("row status {code}")))?,
        attempt: row.get("attempt")?,
        intent: row.get("intent")?,
        task: row.get("task")?,
    })
}

fn apply(
    connection: &Connection,
    n: u64,
    event: RowEvent,
    facts: &RowFacts,
) -> Result<Applied, StoreError> {
    let (state, credits) = connection
        .prepare_cached("SELECT status, attempt, intent, task, credits FROM row WHERE n = ?1")?
        .query_row([n], |row| {
            Ok((read_state(row), row.get::<_, i64>("credits")?))
        })
        .optional()?
        .ok_or_else(|| StoreError::NotFound(n.to_string()))?;
    let state = state?;
    let logged = log_name(&event);
    let transition = match step(&state, event) {
        Ok(transition) => transition,
        Err(error) => return Ok(Applied::Invalid(error)),
    };
    if !change_budget(connection, transition.credits, credits)? {
        return Ok(Applied::BudgetExhausted);
    }
    if let Some(what) = logged {
        log(connection, n, state.attempt, what, facts.error.as_deref())?;
    }
    if let Some(Effect::RecordExtraTask { attempt, task }) = &transition.effect {
        log_extra_task(connection, n, *attempt, task)?;
    }
    if let Some(reported) = facts.credits {
        correct_cost(connection, n, credits, reported)?;
    }
    let keep_until = write_row(connection, n, &state, &transition.state, facts)?;
    Ok(Applied::Changed {
        state: transition.state,
        keep_until,
    })
}

/// Changes what is reserved and spent. Returns false, and changes nothing, if the budget does not
/// allow it.
fn change_budget(
    connection: &Connection,
    change: CreditChange,
    credits: i64,
) -> Result<bool, StoreError> {
    if change == CreditChange::default() || credits == 0 {
        return Ok(true);
    }
    let changed = connection
        .prepare_cached(
            "UPDATE batch SET reserved = reserved + ?1, spent = spent + ?2
             WHERE ?1 <= 0 OR budget IS NULL OR reserved + spent + ?1 <= budget",
        )?
        .execute(params![
            i64::from(change.reserved) * credits,
            i64::from(change.spent) * credits
        ])?;
    Ok(changed == 1)
}

/// Replaces the expected cost of a paid row by the reported one.
fn correct_cost(
    connection: &Connection,
    n: u64,
    expected: i64,
    reported: u64,
) -> Result<(), StoreError> {
    let reported = i64::try_from(reported).unwrap_or(i64::MAX);
    if reported == expected {
        return Ok(());
    }
    connection
        .prepare_cached("UPDATE batch SET spent = spent + ?1")?
        .execute([reported.saturating_sub(expected)])?;
    connection
        .prepare_cached("UPDATE row SET credits = ?2 WHERE n = ?1")?
        .execute(params![n, reported])?;
    Ok(())
}

/// Writes the new state and the facts. Returns when the images expire, if that is among them.
fn write_row(
    connection: &Connection,
    n: u64,
    before: &RowState,
    after: &RowState,
    facts: &RowFacts,
) -> Result<Option<i64>, StoreError> {
    if after.attempt != before.attempt {
        connection
            .prepare_cached(
                "UPDATE row SET sent_at = NULL, keep_until = NULL, urls = NULL, files = NULL, error = NULL WHERE n = ?1",
            )?
            .execute([n])?;
    }
    if after.status == RowStatus::Ready {
        connection
            .prepare_cached("UPDATE batch SET cursor = ?1 WHERE cursor > ?1")?
            .execute([n])?;
    }
    let sent_at =
        (after.status == RowStatus::Sending && before.status == RowStatus::Ready).then(now);
    let ttl = i64::try_from(RESULT_TTL.as_millis()).unwrap_or(i64::MAX);
    let keep_until = facts
        .expires_at
        .map(to_millis)
        .or_else(|| sent_at.map(|sent_at| sent_at.saturating_add(ttl)));
    let urls = facts.urls.as_ref().map(to_json).transpose()?;
    let files = facts.files.as_ref().map(to_json).transpose()?;
    connection
        .prepare_cached(
            "UPDATE row SET status = ?2, attempt = ?3, intent = ?4, task = ?5, sent_at = coalesce(?6, sent_at),
                keep_until = coalesce(?7, keep_until), urls = coalesce(?8, urls), files = coalesce(?9, files),
                error = coalesce(?10, error)
             WHERE n = ?1",
        )?
        .execute(params![
            n,
            after.status.code(),
            after.attempt,
            after.intent,
            after.task,
            sent_at,
            keep_until,
            urls,
            files,
            facts.error
        ])?;
    Ok(keep_until)
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Value(error.to_string()))
}

/// Returns how the log calls an event; `None` for those whose facts are in the row.
fn log_name(event: &RowEvent) -> Option<&'static str> {
    let what = match event {
        RowEvent::NotCreated { .. } => "not_created",
        RowEvent::Refused { .. } => "refused",
        RowEvent::Invalid => "invalid",
        RowEvent::NotFound { .. } => "not_found",
        RowEvent::TaskFailed => "failed",
        RowEvent::Expired => "expired",
        RowEvent::Resend => "resend",
        RowEvent::Drop => "drop",
        RowEvent::Retry => "retry",
        RowEvent::Reserve { .. }
        | RowEvent::Accepted { .. }
        | RowEvent::TaskCompleted
        | RowEvent::Saved => return None,
    };
    Some(what)
}

fn log(
    connection: &Connection,
    n: u64,
    attempt: u32,
    what: &str,
    data: Option<&str>,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO event(n, at, attempt, what, data) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![n, now(), attempt, what, data])?;
    Ok(())
}

/// Records a paid task that is not the row's own, once.
fn log_extra_task(
    connection: &Connection,
    n: u64,
    attempt: u32,
    task: &str,
) -> Result<(), StoreError> {
    let known: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM event WHERE n = ?1 AND what = 'extra_task' AND data = ?2)")?
        .query_row(params![n, task], |row| row.get(0))?;
    if !known {
        log(connection, n, attempt, "extra_task", Some(task))?;
    }
    Ok(())
}
