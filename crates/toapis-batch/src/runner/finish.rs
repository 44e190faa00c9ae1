//! What follows a create: look-ups, polls, downloads. None of it costs credits.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::progress::{BatchEvent, StopReason};
use super::run::{Next, Run};
use crate::error::BatchError;
use crate::machine::RowEvent;
use crate::service::{ImageService, ServiceErrorKind, TaskProgress, TaskReport};
use crate::store::{OpenRow, RowFacts};

/// Look-ups that must have been answered before a row is unknown.
const MIN_ANSWERED_LOOK_UPS: u32 = 2;
/// A search without a response ends after this multiple of the grace time.
const MAX_GRACE_FACTOR: u32 = 10;
/// Consecutive polls that do not find a task, after which it is left for the next run.
const MAX_NOT_FOUND: u32 = 10;
/// Failures of a download, after which it is left for the next run.
const MAX_DOWNLOAD_FAILURES: u32 = 8;
/// Length of the part of a file name that comes from the custom id.
const MAX_SLUG: usize = 80;

impl<S: ImageService> Run<'_, S> {
    /// Looks for the task of a create whose outcome is not known. The create is not sent again,
    /// with any result.
    pub(super) async fn look_up(&self, row: &mut OpenRow) -> Result<Next, BatchError> {
        let started = Instant::now();
        let (mut answered, mut looks) = (0, 0);
        loop {
            looks += 1;
            match self.find(row).await {
                Ok(Some(report)) => return self.accept(row, report).await,
                Ok(None) => answered += 1,
                Err(kind) if self.stops(kind) => return Ok(Next::Leave),
                Err(_) => {}
            }
            let grace = self.options.look_up_grace;
            let elapsed = started.elapsed();
            if (answered >= MIN_ANSWERED_LOOK_UPS && elapsed >= grace)
                || elapsed >= grace * MAX_GRACE_FACTOR
            {
                return self.park(row).await;
            }
            let delay = self
                .retry_delay(looks, None)
                .min(grace.max(Duration::from_millis(10)));
            if self.sleep(delay).await == Next::Leave {
                return Ok(Next::Leave);
            }
        }
    }

    /// Looks once for the task of an unknown row.
    pub(super) async fn look_up_once(&self, row: &mut OpenRow) -> Result<Next, BatchError> {
        match self.find(row).await {
            Ok(Some(report)) => self.accept(row, report).await,
            Ok(None) => Ok(Next::Leave),
            Err(kind) => {
                self.stops(kind);
                Ok(Next::Leave)
            }
        }
    }

    async fn find(&self, row: &OpenRow) -> Result<Option<TaskReport>, ServiceErrorKind> {
        self.emit(&BatchEvent::LookingUp { row: row.n });
        let id = self.batch.id().business_id(row.n, row.state.attempt);
        let id = id.map_err(|_| ServiceErrorKind::InvalidRequest)?;
        let found = self.service.find_by_business_id(&id).await;
        found.map_err(|error| {
            tracing::debug!(row = row.n, %error, "look-up failed");
            error.kind
        })
    }

    async fn accept(&self, row: &mut OpenRow, report: TaskReport) -> Result<Next, BatchError> {
        let event = RowEvent::Accepted {
            attempt: row.state.attempt,
            task: report.id,
        };
        self.record(row, event, RowFacts::default()).await
    }

    /// Stops if the API key is not accepted.
    fn stops(&self, kind: ServiceErrorKind) -> bool {
        let stops = kind == ServiceErrorKind::Unauthorized;
        if stops {
            self.stop(StopReason::Unauthorized);
        }
        stops
    }

    /// Polls a task until it is finished.
    pub(super) async fn poll(&self, row: &mut OpenRow) -> Result<Next, BatchError> {
        let Some(task) = row.state.task.clone() else {
            return Ok(Next::Leave);
        };
        let mut delay = match row.accepted_at {
            Some(_) => self.pace.first(),
            // It runs since a former run, so that it may be finished.
            None => Duration::ZERO,
        };
        let (mut failures, mut not_found) = (0, 0);
        loop {
            if self.sleep(delay).await == Next::Leave {
                return Ok(Next::Leave);
            }
            self.emit(&BatchEvent::Polling { row: row.n });
            let error = match self.service.fetch(&task).await {
                Ok(report) => match report.progress {
                    TaskProgress::Pending => {
                        (failures, not_found) = (0, 0);
                        delay = self.pace.interval();
                        continue;
                    }
                    TaskProgress::Completed { urls, expires_at } => {
                        if let Some(accepted_at) = row.accepted_at {
                            self.pace.observe(accepted_at.elapsed());
                        }
                        let facts = RowFacts {
                            urls: Some(urls),
                            expires_at,
                            credits: report.credits,
                            ..RowFacts::default()
                        };
                        return self.record(row, RowEvent::TaskCompleted, facts).await;
                    }
                    TaskProgress::Failed { error } => {
                        let facts = RowFacts::error(error);
                        self.record(row, RowEvent::TaskFailed, facts).await?;
                        return Ok(Next::Leave);
                    }
                },
                Err(error) => error,
            };
            if self.stops(error.kind) {
                return Ok(Next::Leave);
            }
            if error.kind == ServiceErrorKind::NotFound {
                if is_past(row.keep_until) {
                    return self.expire(row, &error.message).await;
                }
                not_found += 1;
                if not_found >= MAX_NOT_FOUND {
                    tracing::warn!(row = row.n, %error, "left for the next run");
                    return Ok(Next::Leave);
                }
            }
            failures += 1;
            delay = self.retry_delay(failures, error.retry_after);
        }
    }

    /// Saves the images of a completed task: the files first, then the row.
    pub(super) async fn download(&self, row: &mut OpenRow) -> Result<Next, BatchError> {
        let Some(task) = row.state.task.clone() else {
            return Ok(Next::Leave);
        };
        let output = &self.batch.settings().output;
        let stem = file_stem(row.n, &row.custom_id);
        let mut failures = 0;
        loop {
            let permit = tokio::select! {
                permit = self.downloads.acquire() => permit,
                () = self.must_leave_paid_rows() => return Ok(Next::Leave),
            };
            let result = self.service.download(&task, output, &stem).await;
            drop(permit);
            let error = match result {
                Ok(files) => {
                    self.emit(&BatchEvent::Saved { row: row.n });
                    let facts = RowFacts {
                        files: Some(files),
                        ..RowFacts::default()
                    };
                    return self.record(row, RowEvent::Saved, facts).await;
                }
                Err(error) => error,
            };
            match error.kind {
                ServiceErrorKind::LocalIo => {
                    tracing::error!(row = row.n, %error, "an image cannot be written");
                    self.stop(StopReason::OutputFailed);
                    return Ok(Next::Leave);
                }
                ServiceErrorKind::Expired | ServiceErrorKind::NotFound
                    if is_past(row.keep_until) =>
                {
                    return self.expire(row, &error.message).await;
                }
                kind if self.stops(kind) => return Ok(Next::Leave),
                _ => failures += 1,
            }
            if failures >= MAX_DOWNLOAD_FAILURES {
                tracing::warn!(row = row.n, %error, "left for the next run");
                return Ok(Next::Leave);
            }
            let delay = self.retry_delay(failures, error.retry_after);
            if self.sleep(delay).await == Next::Leave {
                return Ok(Next::Leave);
            }
        }
    }

    async fn expire(&self, row: &mut OpenRow, message: &str) -> Result<Next, BatchError> {
        self.record(row, RowEvent::Expired, RowFacts::error(message))
            .await?;
        Ok(Next::Leave)
    }
}

fn is_past(millis: i64) -> bool {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i128::from(millis) < i128::try_from(now.as_millis()).unwrap_or(i128::MAX)
}

/// Returns the name of a row's files without extension. The number makes it unique for any
/// custom id.
pub(crate) fn file_stem(n: u64, custom_id: &str) -> String {
    let slug: String = custom_id
        .chars()
        .map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' => character,
            _ => '_',
        })
        .take(MAX_SLUG)
        .collect();
    if slug == n.to_string() {
        format!("{n:08}")
    } else {
        format!("{n:08}-{slug}")
    }
}

/// When to poll, by how long the tasks of this run took.
#[derive(Debug)]
pub(super) struct PollPace {
    fixed: Option<Duration>,
    /// Moving average of the time from create to completion.
    mean: Mutex<Duration>,
}

impl PollPace {
    /// Time that a task takes, before any was observed.
    const INITIAL_MEAN: Duration = Duration::from_secs(10);

    pub(super) fn new(fixed: Option<Duration>) -> Self {
        Self {
            fixed,
            mean: Mutex::new(Self::INITIAL_MEAN),
        }
    }

    fn mean(&self) -> Duration {
        *self.mean.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn observe(&self, duration: Duration) {
        let mut mean = self.mean.lock().unwrap_or_else(PoisonError::into_inner);
        *mean = (*mean * 7 + duration) / 8;
    }

    /// Returns the time from the create to the first poll.
    fn first(&self) -> Duration {
        self.fixed
            .unwrap_or_else(|| (self.mean() / 2).min(Duration::from_mins(1)))
    }

    /// Returns the time from one poll to the next.
    fn interval(&self) -> Duration {
        self.fixed.unwrap_or_else(|| {
            (self.mean() / 5).clamp(Duration::from_secs(1), Duration::from_secs(15))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_unique_and_safe() {
        assert_eq!(file_stem(7, "7"), "00000007");
        assert_eq!(file_stem(7, "cat"), "00000007-cat");
        assert_eq!(
            file_stem(8, "../../etc/passwd"),
            "00000008-.._.._etc_passwd"
        );
        assert_eq!(file_stem(9, &"ü".repeat(200)).len(), 9 + MAX_SLUG);
        assert_ne!(file_stem(1, "a/b"), file_stem(2, "a_b"));
    }

    #[test]
    fn polling_follows_the_durations_of_the_run() {
        let pace = PollPace::new(None);
        for _ in 0..50 {
            pace.observe(Duration::from_mins(1));
        }
        let first = pace.first();
        assert!(
            first > Duration::from_secs(28) && first <= Duration::from_secs(30),
            "{first:?}"
        );
        assert!(pace.interval() > Duration::from_secs(11));
    }
}
