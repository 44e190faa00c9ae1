//! The gate: token and permit first, then the durable intent, then one send.

use std::time::Duration;

use super::progress::{BatchEvent, StopReason};
use super::run::{Next, Run};
use crate::error::BatchError;
use crate::machine::{RowEvent, RowStatus};
use crate::request::image_request;
use crate::service::{CreateOutcome, ImageService, ServiceError, ServiceErrorKind};
use crate::store::{Applied, OpenRow, RowFacts};

/// Failures without proof of a fault of the row, after which it is left ready for the next run.
const MAX_FAILURES: u32 = 6;
/// Room on the disk that the images of one open row may need.
const BYTES_PER_ROW: u64 = 8 << 20;

/// What came of one send.
enum Sent {
    /// The row has left the status ready.
    Settled(Next),
    /// No task exists, and the row is ready again.
    NotCreated(ServiceError),
}

impl<S: ImageService> Run<'_, S> {
    /// Brings a ready row to its create's outcome.
    pub(super) async fn create(&self, row: &mut OpenRow) -> Result<Next, BatchError> {
        self.begin_creating();
        let result = self.create_counted(row).await;
        self.end_creating();
        result
    }

    async fn create_counted(&self, row: &mut OpenRow) -> Result<Next, BatchError> {
        let mut failures = 0;
        loop {
            if self.is_stopped() {
                return Ok(Next::Leave);
            }
            let error = match self.prepare(row).await {
                Ok(prepared) => {
                    // Both may wait, so they come before the intent.
                    let permit = tokio::select! {
                        permit = async {
                            self.service.acquire_create_token().await;
                            self.creates.acquire().await
                        } => permit,
                        () = self.stopped() => return Ok(Next::Leave),
                    };
                    if self.is_stopped() || !self.has_room() {
                        return Ok(Next::Leave);
                    }
                    let sent = self.send(row, prepared).await;
                    drop(permit);
                    match sent? {
                        Sent::Settled(next) => return Ok(next),
                        Sent::NotCreated(error) => error,
                    }
                }
                Err(error) if is_fault_of_row(&error) => {
                    let facts = RowFacts::error(error.message);
                    self.record(row, RowEvent::Invalid, facts).await?;
                    return Ok(Next::Leave);
                }
                Err(error) => error,
            };
            if self.stop_for(&error) {
                return Ok(Next::Leave);
            }
            let delay = if error.kind == ServiceErrorKind::RateLimited {
                // The limit for all creates has taken the pause into account.
                Duration::ZERO
            } else {
                failures += 1;
                if failures >= MAX_FAILURES {
                    tracing::warn!(row = row.n, %error, "left for the next run");
                    return Ok(Next::Leave);
                }
                self.retry_delay(failures, error.retry_after)
            };
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                () = self.stopped() => return Ok(Next::Leave),
            }
        }
    }

    async fn prepare(&self, row: &OpenRow) -> Result<S::Prepared, ServiceError> {
        let invalid =
            |message: String| ServiceError::new(ServiceErrorKind::InvalidRequest, message);
        let references = &self.batch.settings().references;
        let request = image_request(&row.body, references).map_err(invalid)?;
        let id = self
            .batch
            .id()
            .business_id(row.n, row.state.attempt)
            .map_err(|error| invalid(error.to_string()))?;
        self.service.prepare(request.business_id(id)).await
    }

    /// Records the intent and sends the create, once. The intent's number is in this function's
    /// memory only: a process that finds it in the store later, after a crash, cannot send.
    async fn send(&self, row: &mut OpenRow, prepared: S::Prepared) -> Result<Sent, BatchError> {
        // SQLite has signed integers.
        let intent = fastrand::u64(..) >> 1;
        match self
            .batch
            .apply(row.n, RowEvent::Reserve { intent }, RowFacts::default())
            .await?
        {
            Applied::Changed { state, keep_until } => row.update(state, keep_until),
            Applied::BudgetExhausted => {
                self.stop(StopReason::BudgetExhausted);
                return Ok(Sent::Settled(Next::Leave));
            }
            Applied::Invalid(error) => {
                tracing::warn!(row = row.n, %error, "the row was changed meanwhile");
                return Ok(Sent::Settled(Next::Leave));
            }
        }
        self.emit(&BatchEvent::IntentRecorded { row: row.n });
        self.emit(&BatchEvent::Sending { row: row.n });
        let outcome = self.service.create(prepared).await;
        self.emit(&BatchEvent::Responded { row: row.n });
        match outcome {
            CreateOutcome::Accepted(report) => {
                self.creates.succeeded();
                let event = RowEvent::Accepted {
                    attempt: row.state.attempt,
                    task: report.id.clone(),
                };
                let recorded = self.record(row, event, RowFacts::default()).await;
                if recorded.is_err() {
                    tracing::error!(
                        row = row.n,
                        task = report.id,
                        "a paid task could not be recorded"
                    );
                }
                row.accepted_at = Some(tokio::time::Instant::now());
                Ok(Sent::Settled(recorded?))
            }
            CreateOutcome::NotCreated(error) => {
                if error.kind == ServiceErrorKind::RateLimited {
                    self.creates.limited(error.retry_after);
                }
                let event = RowEvent::NotCreated { intent };
                let next = self
                    .record(row, event, RowFacts::error(&error.message))
                    .await?;
                Ok(match next {
                    Next::Continue => Sent::NotCreated(error),
                    Next::Leave => Sent::Settled(Next::Leave),
                })
            }
            CreateOutcome::Refused(error) => {
                let event = RowEvent::Refused { intent };
                let next = self
                    .record(row, event, RowFacts::error(error.message))
                    .await?;
                Ok(Sent::Settled(next))
            }
            CreateOutcome::Unknown(error) => {
                tracing::warn!(row = row.n, %error, "the response to a create was lost");
                row.lost_because = Some(error.message);
                Ok(Sent::Settled(Next::Continue))
            }
        }
    }

    /// Returns true if the disk has room for another image, and no limit forbids another create;
    /// stops otherwise.
    fn has_room(&self) -> bool {
        let output = &self.batch.settings().output;
        let needed = self
            .options
            .min_free_bytes
            .saturating_add(self.open_rows().saturating_mul(BYTES_PER_ROW));
        match fs4::available_space(output) {
            Ok(free) if free < needed => {
                self.stop(StopReason::DiskSpace);
                false
            }
            // What cannot be measured does not forbid anything.
            _ => true,
        }
    }

    /// Records that a row is unknown, and stops creates if there are too many of them.
    pub(super) async fn park(&self, row: &mut OpenRow) -> Result<Next, BatchError> {
        let event = RowEvent::NotFound {
            attempt: row.state.attempt,
        };
        let reason = row.lost_because.take();
        let reason = reason.unwrap_or_else(|| "the process ended during the create".to_owned());
        self.record(row, event, RowFacts::error(reason)).await?;
        if let Some(max) = self.options.max_unknown
            && self.batch.status()?.count(RowStatus::Unknown) >= max
        {
            self.stop(StopReason::TooManyUnknown);
        }
        Ok(Next::Leave)
    }
}

/// A local file that cannot be read is a fault of the row that names it.
fn is_fault_of_row(error: &ServiceError) -> bool {
    matches!(
        error.kind,
        ServiceErrorKind::InvalidRequest | ServiceErrorKind::LocalIo
    )
}
