//! The order of work: what expires first, then running tasks, then look-ups, then creates.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::run::Run;
use crate::error::BatchError;
use crate::machine::RowStatus;
use crate::service::ImageService;
use crate::store::OpenRow;

/// How often unknown rows are looked up again during a long run.
const UNKNOWN_INTERVAL: Duration = Duration::from_hours(1);

/// A row with its place in the window.
pub(super) struct FedRow {
    pub(super) row: OpenRow,
    pub(super) _place: OwnedSemaphorePermit,
}

/// What is fed at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Rows that a former run left open: first by the time when their images expire.
    Open(RowStatus),
    Unknown,
    Ready,
}

/// Where the feed is in the table. Only one page of rows is in memory.
struct Position {
    phase: Phase,
    page: VecDeque<OpenRow>,
    last_open: (i64, u64),
    last_unknown: u64,
    last_ready: u64,
    next_unknown: Instant,
}

impl<S: ImageService> Run<'_, S> {
    /// Sends rows until none is left, or the run stops. A row is read only when there is a place
    /// for it.
    pub(super) async fn feed(&self, rows: Sender<FedRow>) -> Result<(), BatchError> {
        let window = std::sync::Arc::new(Semaphore::new(self.options.window));
        let mut position = Position {
            phase: Phase::Open(RowStatus::Completed),
            page: VecDeque::new(),
            last_open: (i64::MIN, 0),
            last_unknown: 0,
            last_ready: 0,
            next_unknown: Instant::now() + UNKNOWN_INTERVAL,
        };
        loop {
            let place = tokio::select! {
                place = std::sync::Arc::clone(&window).acquire_owned() => place,
                () = self.must_leave_paid_rows() => return Ok(()),
            };
            let Ok(place) = place else { return Ok(()) };
            let Some(row) = self.next(&mut position).await? else {
                return Ok(());
            };
            if rows.send(FedRow { row, _place: place }).await.is_err() {
                return Ok(());
            }
        }
    }

    /// Returns the next row, in the order of the phases.
    async fn next(&self, position: &mut Position) -> Result<Option<OpenRow>, BatchError> {
        loop {
            if position.phase == Phase::Ready {
                let stopped = tokio::select! {
                    () = self.wait_for_create_place() => false,
                    () = self.stopped() => true,
                };
                if stopped {
                    return Ok(None);
                }
            }
            if let Some(row) = position.page.pop_front() {
                return Ok(Some(row));
            }
            let due = position.next_unknown <= Instant::now();
            if position.phase == Phase::Ready && due {
                position.phase = Phase::Unknown;
                position.last_unknown = 0;
            }
            let page = match position.phase {
                Phase::Open(status) => self.batch.open_page(status, position.last_open).await?,
                Phase::Unknown => self.batch.unknown_page(position.last_unknown).await?,
                Phase::Ready => self.batch.ready_page(position.last_ready).await?,
            };
            match (page.last(), position.phase) {
                (Some(last), Phase::Open(_)) => position.last_open = (last.keep_until, last.n),
                (Some(last), Phase::Unknown) => position.last_unknown = last.n,
                (Some(last), Phase::Ready) => position.last_ready = last.n,
                (None, Phase::Ready) => return Ok(None),
                (None, phase) => {
                    position.phase = following(phase);
                    position.last_open = (i64::MIN, 0);
                    position.next_unknown = Instant::now() + UNKNOWN_INTERVAL;
                }
            }
            position.page = page.into();
        }
    }
}

fn following(phase: Phase) -> Phase {
    match phase {
        Phase::Open(RowStatus::Completed) => Phase::Open(RowStatus::Running),
        Phase::Open(RowStatus::Running) => Phase::Open(RowStatus::Sending),
        Phase::Open(_) => Phase::Unknown,
        Phase::Unknown | Phase::Ready => Phase::Ready,
    }
}
