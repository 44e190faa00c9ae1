//! The loop: rows in memory, each driven from where it is to where it can go.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::sync::{Notify, Semaphore, watch};

use super::concurrency::CreateLimit;
use super::feed::FedRow;
use super::finish::PollPace;
use super::options::RunOptions;
use super::progress::{BatchEvent, RunSummary, StopReason};
use crate::error::BatchError;
use crate::machine::{RowEvent, RowStatus};
use crate::service::{ImageService, ServiceError, ServiceErrorKind};
use crate::store::{Applied, Batch, OpenRow, RowFacts};

/// Rows that wait for a token or a permit, beyond the creates on the wire.
const WAITING_CREATES: usize = 4;
/// Longest delay between retries of one row.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(30);

/// One run of a batch.
pub(super) struct Run<'r, S> {
    pub(super) batch: &'r Batch,
    pub(super) service: &'r S,
    pub(super) options: &'r RunOptions,
    pub(super) creates: CreateLimit,
    pub(super) downloads: Semaphore,
    pub(super) pace: PollPace,
    stop: watch::Sender<Option<StopReason>>,
    /// Rows between ready and their create's outcome.
    creating: AtomicUsize,
    create_place_freed: Notify,
    open_rows: AtomicU64,
}

/// What to do with a row after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Continue,
    /// Nothing more in this run.
    Leave,
}

impl Batch {
    /// Runs the batch until every row is finished or unknown, or something stops it, and returns
    /// how it ended.
    ///
    /// Dropping the future, or killing the process, is safe at any point: the next run continues.
    /// Rows whose create was on the wire are then looked up by their business id; they are never
    /// sent again by themselves.
    ///
    /// When `shutdown` resolves, the creates on the wire are finished and everything else is left
    /// for the next run.
    ///
    /// # Errors
    ///
    /// [`BatchError::Store`] if the state cannot be recorded; then nothing further is sent.
    /// [`BatchError::Io`] if the output directory cannot be created. [`BatchError::AlreadyRunning`]
    /// if this batch is being run.
    pub async fn run<S: ImageService>(
        &self,
        service: &S,
        options: RunOptions,
        shutdown: impl Future<Output = ()>,
    ) -> Result<RunSummary, BatchError> {
        let _running = Running::start(self.running())?;
        let output = &self.settings().output;
        std::fs::create_dir_all(output).map_err(BatchError::io("create directory", output))?;
        self.set_paused(None).await?;
        let run = Run {
            batch: self,
            service,
            options: &options,
            creates: CreateLimit::new(options.max_creates),
            downloads: Semaphore::new(options.max_downloads),
            pace: PollPace::new(options.poll_interval),
            stop: watch::Sender::new(None),
            creating: AtomicUsize::new(0),
            create_place_freed: Notify::new(),
            open_rows: AtomicU64::new(0),
        };
        let (rows, fed) = channel(1);
        tokio::try_join!(run.feed(rows), run.work(fed, shutdown))?;
        let stopped = *run.stop.borrow();
        if let Some(reason) = stopped {
            self.set_paused(Some(reason.to_string())).await?;
        }
        Ok(RunSummary {
            status: self.status()?,
            stopped,
        })
    }
}

impl<S: ImageService> Run<'_, S> {
    /// Drives all rows that are fed until the feed ends and the last row is left.
    async fn work(
        &self,
        mut fed: Receiver<FedRow>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), BatchError> {
        let mut rows = FuturesUnordered::new();
        let (mut fed_ended, mut requested) = (false, false);
        tokio::pin!(shutdown);
        while !(fed_ended && rows.is_empty()) {
            tokio::select! {
                Some(result) = rows.next() => {
                    self.open_rows.fetch_sub(1, Ordering::Relaxed);
                    result?;
                }
                row = fed.recv(), if !fed_ended => match row {
                    Some(row) => {
                        self.open_rows.fetch_add(1, Ordering::Relaxed);
                        rows.push(self.drive(row));
                    }
                    None => fed_ended = true,
                },
                () = &mut shutdown, if !requested => {
                    requested = true;
                    self.stop(StopReason::Requested);
                }
            }
        }
        Ok(())
    }

    /// Drives one row as far as it can go in this run.
    async fn drive(&self, fed: FedRow) -> Result<(), BatchError> {
        let FedRow { mut row, _place } = fed;
        if row.state.status == RowStatus::Unknown
            && self.look_up_once(&mut row).await? == Next::Leave
        {
            return Ok(());
        }
        loop {
            let next = match row.state.status {
                RowStatus::Ready => self.create(&mut row).await?,
                RowStatus::Sending => self.look_up(&mut row).await?,
                RowStatus::Running => self.poll(&mut row).await?,
                RowStatus::Completed => self.download(&mut row).await?,
                _ => Next::Leave,
            };
            if next == Next::Leave {
                return Ok(());
            }
        }
    }

    /// Records an event durably. Returns [`Next::Leave`] if someone else changed the row meanwhile,
    /// so that it does not fit.
    pub(super) async fn record(
        &self,
        row: &mut OpenRow,
        event: RowEvent,
        facts: RowFacts,
    ) -> Result<Next, BatchError> {
        match self.batch.apply(row.n, event, facts).await? {
            Applied::Changed { state, keep_until } => {
                row.update(state, keep_until);
                self.emit(&BatchEvent::Status {
                    row: row.n,
                    status: row.state.status,
                });
                Ok(Next::Continue)
            }
            Applied::Invalid(error) => {
                tracing::warn!(row = row.n, %error, "the row was changed meanwhile");
                Ok(Next::Leave)
            }
            Applied::BudgetExhausted => {
                self.stop(StopReason::BudgetExhausted);
                Ok(Next::Leave)
            }
        }
    }

    pub(super) fn emit(&self, event: &BatchEvent) {
        if let Some(observer) = &self.options.observer {
            observer(event);
        }
    }

    /// Stops creates, or everything. The first reason stays, unless a later one stops more.
    pub(super) fn stop(&self, reason: StopReason) {
        let changed = self.stop.send_if_modified(|current| {
            let stops_more = current
                .is_none_or(|current| current.finishes_paid_rows() && !reason.finishes_paid_rows());
            if stops_more {
                *current = Some(reason);
            }
            stops_more
        });
        if changed {
            tracing::info!(%reason, "stopping");
            self.emit(&BatchEvent::Stopping(reason));
        }
    }

    /// Stops as an error demands, if it does.
    pub(super) fn stop_for(&self, error: &ServiceError) -> bool {
        match error.kind {
            ServiceErrorKind::Unauthorized => self.stop(StopReason::Unauthorized),
            ServiceErrorKind::InsufficientQuota => self.stop(StopReason::InsufficientQuota),
            _ => return false,
        }
        true
    }

    /// Returns true if no create may be sent any more.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.borrow().is_some()
    }

    /// Waits until no create may be sent any more.
    pub(super) async fn stopped(&self) {
        let mut stop = self.stop.subscribe();
        // The sender lives as long as `self`.
        let _ = stop.wait_for(Option::is_some).await;
    }

    /// Waits until even paid rows are left for the next run.
    pub(super) async fn must_leave_paid_rows(&self) {
        let mut stop = self.stop.subscribe();
        let _ = stop
            .wait_for(|reason| reason.is_some_and(|reason| !reason.finishes_paid_rows()))
            .await;
    }

    /// Sleeps; returns [`Next::Leave`] if paid rows have to be left meanwhile.
    pub(super) async fn sleep(&self, delay: Duration) -> Next {
        tokio::select! {
            () = tokio::time::sleep(delay) => Next::Continue,
            () = self.must_leave_paid_rows() => Next::Leave,
        }
    }

    /// Returns the delay before a retry: doubled with each failure, with jitter, and not less than
    /// the service asks.
    pub(super) fn retry_delay(&self, failures: u32, retry_after: Option<Duration>) -> Duration {
        let doubled = self
            .options
            .retry_delay
            .saturating_mul(1 << failures.saturating_sub(1).min(10))
            .min(MAX_RETRY_DELAY);
        let jittered = doubled.mul_f64(0.5 + fastrand::f64() / 2.0);
        jittered.max(retry_after.unwrap_or_default())
    }

    /// Returns how many rows are in memory.
    pub(super) fn open_rows(&self) -> u64 {
        self.open_rows.load(Ordering::Relaxed)
    }

    pub(super) fn begin_creating(&self) {
        self.creating.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end_creating(&self) {
        self.creating.fetch_sub(1, Ordering::Relaxed);
        self.create_place_freed.notify_one();
    }

    /// Waits until another ready row is of use.
    pub(super) async fn wait_for_create_place(&self) {
        let max = self.options.max_creates as usize + WAITING_CREATES;
        while self.creating.load(Ordering::Relaxed) >= max {
            self.create_place_freed.notified().await;
        }
    }
}

/// Marks a batch as running until it is dropped.
struct Running<'r>(&'r AtomicBool);

impl<'r> Running<'r> {
    fn start(running: &'r AtomicBool) -> Result<Self, BatchError> {
        if running.swap(true, Ordering::SeqCst) {
            return Err(BatchError::AlreadyRunning);
        }
        Ok(Self(running))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}
