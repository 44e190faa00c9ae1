//! The simulator's clock: `tokio::time` plus the time that a test skipped.

use std::{
    ops::Add,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

/// An instant on the simulator's clock, in milliseconds since the simulator started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SimInstant(u64);

impl SimInstant {
    pub(crate) fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the time from `earlier` to this instant, or zero if `earlier` is later.
    pub(crate) fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for SimInstant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

/// A clock that runs with `tokio::time`, so a paused runtime pauses it, and that can be advanced.
pub(crate) struct Clock {
    started: Instant,
    start_unix: u64,
    /// Whether the start was configured, so that the clock differs from the system's.
    is_simulated: bool,
    skipped_millis: AtomicU64,
    advanced: Notify,
}

impl Clock {
    /// Creates a clock that shows `start_time` (Unix seconds) now; default: the system time.
    pub(crate) fn new(start_time: Option<u64>) -> Self {
        Self {
            started: Instant::now(),
            start_unix: start_time.unwrap_or_else(system_unix),
            is_simulated: start_time.is_some(),
            skipped_millis: AtomicU64::new(0),
            advanced: Notify::new(),
        }
    }

    pub(crate) fn now(&self) -> SimInstant {
        SimInstant(self.skipped_millis.load(Ordering::Relaxed)) + self.started.elapsed()
    }

    /// Converts an instant to Unix seconds, the unit of the API.
    pub(crate) fn to_unix(&self, instant: SimInstant) -> u64 {
        self.start_unix.saturating_add(instant.0 / 1000)
    }

    /// Returns the current Unix time of clients, which does not include advanced time: the system
    /// time, or the configured start plus the time since then.
    pub(crate) fn client_unix(&self) -> u64 {
        if self.is_simulated {
            self.start_unix + self.started.elapsed().as_secs()
        } else {
            system_unix()
        }
    }

    /// Moves the clock forward and wakes every sleeper whose instant has passed.
    pub(crate) fn advance(&self, duration: Duration) {
        // The clock saturates instead of wrapping.
        let _ = self
            .skipped_millis
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |skipped| {
                Some(skipped.saturating_add(millis(duration)))
            });
        self.advanced.notify_waiters();
    }

    /// Waits until `instant`, reached by the passing of time or by [`Clock::advance`].
    pub(crate) async fn sleep_until(&self, instant: SimInstant) {
        loop {
            let advanced = self.advanced.notified();
            tokio::pin!(advanced);
            advanced.as_mut().enable();
            let remaining = instant.saturating_since(self.now());
            if remaining.is_zero() {
                return;
            }
            tokio::select! {
                () = sleep(remaining) => {}
                () = advanced => {}
            }
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn system_unix() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::{Clock, SimInstant};

    #[tokio::test(start_paused = true)]
    async fn sleepers_wake_when_time_passes_or_the_clock_advances() {
        let clock = Arc::new(Clock::new(Some(1_000)));
        clock
            .sleep_until(SimInstant::default() + Duration::from_secs(90))
            .await;
        assert_eq!(clock.to_unix(clock.now()), 1_090);
        let sleeper = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move {
                clock
                    .sleep_until(SimInstant::default() + Duration::from_secs(86_490))
                    .await;
            }
        });
        tokio::task::yield_now().await;
        clock.advance(Duration::from_hours(24));
        sleeper.await.unwrap();
        assert_eq!(clock.to_unix(clock.now()), 87_490);
    }
}
