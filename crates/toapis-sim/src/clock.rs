//! The simulator's clock: `tokio::time` plus whatever was skipped, so that a paused clock drives it and a test may jump.

use std::{
    ops::Add,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

/// A moment in the simulator's life: milliseconds since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(u64);

impl Moment {
    pub(crate) fn millis(self) -> u64 {
        self.0
    }

    /// The time from an earlier moment to this one; none if that is not earlier.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
        )
    }
}

/// Tells the time, and sleeps until one.
pub(crate) struct Clock {
    begun: Instant,
    starts_at: u64,
    skipped: AtomicU64,
    jumped: Notify,
}

impl Clock {
    /// A clock that shows `starts_at` (Unix seconds) now; the machine's time if none is given.
    pub(crate) fn new(starts_at: Option<u64>) -> Self {
        let starts_at = starts_at.unwrap_or_else(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs())
        });
        Self {
            begun: Instant::now(),
            starts_at,
            skipped: AtomicU64::new(0),
            jumped: Notify::new(),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.skipped.load(Ordering::Relaxed)) + self.begun.elapsed()
    }

    /// A moment as the API tells it: Unix seconds.
    pub(crate) fn unix(&self, moment: Moment) -> u64 {
        self.starts_at.saturating_add(moment.0 / 1000)
    }

    /// Moves the clock forward at once.
    pub(crate) fn skip(&self, span: Duration) {
        let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        // A clock that was skipped to the end of time stays there.
        let _ = self
            .skipped
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| {
                Some(now.saturating_add(span))
            });
        self.jumped.notify_waiters();
    }

    /// Waits for a moment, whether time passes or is skipped.
    pub(crate) async fn until(&self, moment: Moment) {
        loop {
            let jumped = self.jumped.notified();
            tokio::pin!(jumped);
            jumped.as_mut().enable();
            let wait = moment.since(self.now());
            if wait.is_zero() {
                return;
            }
            tokio::select! {
                () = sleep(wait) => {}
                () = jumped => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::{Clock, Moment};

    #[tokio::test(start_paused = true)]
    async fn a_sleeper_wakes_when_its_time_passes_and_when_it_is_skipped() {
        let clock = Arc::new(Clock::new(Some(1_000)));
        clock
            .until(Moment::default() + Duration::from_secs(90))
            .await;
        assert_eq!(clock.unix(clock.now()), 1_090);
        let sleeper = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move {
                clock
                    .until(Moment::default() + Duration::from_secs(86_490))
                    .await;
            }
        });
        tokio::task::yield_now().await;
        clock.skip(Duration::from_hours(24));
        sleeper.await.unwrap();
        assert_eq!(clock.unix(clock.now()), 87_490);
    }
}
