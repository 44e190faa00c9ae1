//! How many creates are on the wire at once: more after each success, half after a 429.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Longest pause after one 429.
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// A limit by additive increase and multiplicative decrease, as TCP does it.
#[derive(Debug)]
pub(super) struct CreateLimit {
    max: f64,
    state: Mutex<LimitState>,
    changed: Notify,
}

#[derive(Debug)]
struct LimitState {
    limit: f64,
    on_the_wire: u32,
    paused_until: Instant,
}

/// Permission to have one create on the wire; given back when it is dropped.
#[derive(Debug)]
pub(super) struct CreatePermit<'l>(&'l CreateLimit);

impl CreateLimit {
    pub(super) fn new(max: u32) -> Self {
        Self {
            max: f64::from(max),
            state: Mutex::new(LimitState {
                limit: f64::from(max),
                on_the_wire: 0,
                paused_until: Instant::now(),
            }),
            changed: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, LimitState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a permit.
    pub(super) async fn acquire(&self) -> CreatePermit<'_> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let paused_until = {
                let mut state = self.state();
                let paused = state.paused_until > Instant::now();
                if !paused && f64::from(state.on_the_wire) < state.limit.floor() {
                    state.on_the_wire += 1;
                    return CreatePermit(self);
                }
                paused.then_some(state.paused_until)
            };
            match paused_until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => changed.await,
            }
        }
    }

    /// Halves the limit and pauses, after a create was refused because of the rate.
    pub(super) fn limited(&self, retry_after: Option<Duration>) {
        let mut state = self.state();
        state.limit = (state.limit / 2.0).max(1.0);
        let pause = retry_after.unwrap_or(Duration::from_secs(1)).min(MAX_PAUSE);
        state.paused_until = state.paused_until.max(Instant::now() + pause);
    }

    /// Raises the limit by one per round of successes.
    pub(super) fn succeeded(&self) {
        let mut state = self.state();
        state.limit = (state.limit + 1.0 / state.limit).min(self.max);
        drop(state);
        self.changed.notify_waiters();
    }
}

impl Drop for CreatePermit<'_> {
    fn drop(&mut self) {
        self.0.state().on_the_wire -= 1;
        self.0.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn free(limit: &CreateLimit) -> usize {
        let mut held = Vec::new();
        while let Some(permit) = limit.acquire().now_or_never() {
            held.push(permit);
        }
        held.len()
    }

    #[tokio::test(start_paused = true)]
    async fn limit_is_halved_by_429_and_grows_back_by_one_a_round() {
        let limit = CreateLimit::new(4);
        assert_eq!(free(&limit), 4);
        limit.limited(Some(Duration::from_secs(5)));
        assert_eq!(
            free(&limit),
            0,
            "nothing is sent before the time that the server names"
        );
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(free(&limit), 2);
        limit.succeeded();
        limit.succeeded();
        limit.succeeded();
        assert_eq!(free(&limit), 3);
        for _ in 0..100 {
            limit.succeeded();
        }
        assert_eq!(free(&limit), 4, "never more than the maximum");
        for _ in 0..10 {
            limit.limited(None);
        }
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(free(&limit), 1, "never less than one");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_create_gets_the_permit_that_is_given_back() {
        let limit = CreateLimit::new(1);
        let held = limit.acquire().await;
        let waiting = limit.acquire();
        tokio::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(held);
        assert!(waiting.now_or_never().is_some());
    }
}
