//! The account's two token buckets, for submits and for queries, shared by all clones of a client.
//!
//! Not `governor`: its waits run on its own clock, which a paused `tokio::time` doesn't drive, it
//! can't be corrected by response headers, and it would add a tenth to the cold build.

use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use http::{HeaderMap, HeaderName};
use tokio::time::Instant;

use crate::catalog;
use crate::generated::limits::{RATE_GROUPS, RATE_HEADERS};

/// The refill rate and the capacity of a token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// Sustained requests per minute.
    pub per_minute: NonZeroU32,
    /// Requests that can be sent at once when the bucket is full.
    pub burst: NonZeroU32,
}

impl Rate {
    /// Creates a rate.
    #[must_use]
    pub const fn new(per_minute: NonZeroU32, burst: NonZeroU32) -> Self {
        Self { per_minute, burst }
    }
}

/// The rate limits of a client. Limits are per account: programs that share an account should
/// divide them.
///
/// ```
/// use toapis::{Rate, RateLimits};
/// assert_eq!(RateLimits::default(), RateLimits::for_group("default").unwrap());
/// assert!(RateLimits::for_group("vip").unwrap().submit.unwrap().per_minute.get() > 300);
/// let half = Rate::new(150.try_into()?, 25.try_into()?);
/// let limits = RateLimits::default().with_submit(Some(half));
/// # let _ = limits;
/// # Ok::<(), std::num::TryFromIntError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimits {
    /// Limit of creates and edits; `None` for no limit.
    pub submit: Option<Rate>,
    /// Limit of task lookups; `None` for no limit.
    pub query: Option<Rate>,
}

impl Default for RateLimits {
    /// Returns the limits of the contract's group `default`.
    fn default() -> Self {
        Self::for_group("default").unwrap_or(Self::unlimited())
    }
}

impl RateLimits {
    /// Returns the limits of a group of the contract: `default`, `vip` or `svip`. `None` for an
    /// unknown group.
    #[must_use]
    pub fn for_group(name: &str) -> Option<Self> {
        let group = RATE_GROUPS.iter().find(|group| group.name == name)?;
        Some(Self {
            submit: Some(group.submit.into()),
            query: Some(group.query.into()),
        })
    }

    /// Replaces the limit of creates and edits; `None` removes it.
    #[must_use]
    pub const fn with_submit(mut self, rate: Option<Rate>) -> Self {
        self.submit = rate;
        self
    }

    /// Replaces the limit of task lookups; `None` removes it.
    #[must_use]
    pub const fn with_query(mut self, rate: Option<Rate>) -> Self {
        self.query = rate;
        self
    }

    /// Returns limits that allow any rate. The service still enforces its own.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self {
            submit: None,
            query: None,
        }
    }
}

impl From<catalog::Bucket> for Rate {
    fn from(bucket: catalog::Bucket) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            per_minute: at_least_one(bucket.per_minute),
            burst: at_least_one(bucket.burst),
        }
    }
}

/// The maximum pause after a 429. A server can ask for weeks; the error of that call says so, and
/// the next call tries again.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The names of the buckets in the contract, and in the header that names the bucket of a
/// response.
const SUBMIT: &str = "async_submit";
const QUERY: &str = "async_query";

/// The buckets of a client and its clones.
#[derive(Debug)]
pub(crate) struct Limits {
    submit: Option<Bucket>,
    query: Option<Bucket>,
}

impl Limits {
    pub(crate) fn new(limits: RateLimits) -> Self {
        Self {
            submit: limits.submit.map(Bucket::new),
            query: limits.query.map(Bucket::new),
        }
    }

    /// Returns the bucket of this name, as an operation has it in the contract.
    pub(crate) fn bucket(&self, name: Option<&str>) -> Option<&Bucket> {
        match name? {
            SUBMIT => self.submit.as_ref(),
            QUERY => self.query.as_ref(),
            _ => None,
        }
    }

    /// Corrects a bucket by a response: the server's count of remaining requests has precedence.
    pub(crate) fn update_from_response(
        &self,
        name: Option<&str>,
        limited: bool,
        headers: &HeaderMap,
        retry_after: Option<Duration>,
    ) {
        let named = headers
            .get(&RATE_HEADERS.category)
            .and_then(|value| value.to_str().ok());
        let name = named.or(name);
        let Some(bucket) = self.bucket(name) else {
            return;
        };
        let number = |header: &HeaderName| {
            headers
                .get(header)?
                .to_str()
                .ok()?
                .trim()
                .parse::<u32>()
                .ok()
        };
        // The limit in the header shows the account's group.
        if let Some(limit) = number(&RATE_HEADERS.limit) {
            let mut known = RATE_GROUPS.iter().map(|group| {
                if name == Some(SUBMIT) {
                    group.submit
                } else {
                    group.query
                }
            });
            if let Some(known) = known.find(|known| known.per_minute == limit) {
                bucket.set_rate(known.into());
            }
        }
        if limited {
            bucket.block_for(retry_after.unwrap_or_default());
        } else if let Some(left) = number(&RATE_HEADERS.remaining) {
            bucket.lower_to(left);
        }
    }
}

/// A token bucket, as the instant at which it will be full.
#[derive(Debug)]
pub(crate) struct Bucket(Mutex<State>);

#[derive(Debug)]
struct State {
    interval: Duration,
    burst: u32,
    full_at: Instant,
}

/// A reserved token. It is returned if it is dropped before its time.
pub(crate) struct Slot<'a> {
    bucket: &'a Bucket,
    at: Instant,
}

impl Bucket {
    fn new(rate: Rate) -> Self {
        let (interval, burst) = interval_and_burst(rate);
        Self(Mutex::new(State {
            interval,
            burst,
            full_at: Instant::now(),
        }))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Reserves the next token, first come, first served, unless it is later than the deadline.
    ///
    /// # Errors
    ///
    /// The time until the token is available.
    pub(crate) fn reserve(&self, deadline: Instant) -> Result<Slot<'_>, Duration> {
        let now = Instant::now();
        let mut state = self.state();
        let slack = state.interval * (state.burst - 1);
        let at = state
            .full_at
            .checked_sub(slack)
            .map_or(now, |at| at.max(now));
        if at > deadline {
            return Err(at - now);
        }
        state.full_at = state.full_at.max(now) + state.interval;
        Ok(Slot { bucket: self, at })
    }

    fn set_rate(&self, rate: Rate) {
        let mut state = self.state();
        (state.interval, state.burst) = interval_and_burst(rate);
    }

    /// Blocks the bucket for `pause`; after that, tokens become available one by one.
    fn block_for(&self, pause: Duration) {
        let mut state = self.state();
        let slack = state.interval * (state.burst - 1);
        let floor = Instant::now() + pause.max(state.interval).min(LONGEST_PAUSE) + slack;
        state.full_at = state.full_at.max(floor);
    }

    /// Lowers the number of tokens: other programs use the account as well.
    fn lower_to(&self, left: u32) {
        let mut state = self.state();
        let missing = state.burst.saturating_sub(left);
        let floor = Instant::now() + state.interval * missing;
        state.full_at = state.full_at.max(floor);
    }
}

impl Slot<'_> {
    /// Waits until the slot's time. Returns true if a wait was necessary.
    pub(crate) async fn wait(self) -> bool {
        let waited = self.at > Instant::now();
        if waited {
            tokio::time::sleep_until(self.at).await;
        }
        self.consume();
        waited
    }

    /// Uses the slot, so that it isn't returned.
    pub(crate) fn consume(self) {
        std::mem::forget(self);
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.bucket.state();
        if let Some(earlier) = state.full_at.checked_sub(state.interval) {
            state.full_at = earlier;
        }
    }
}

fn interval_and_burst(rate: Rate) -> (Duration, u32) {
    (
        Duration::from_mins(1) / rate.per_minute.get(),
        rate.burst.get(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_minute: u32, burst: u32) -> Rate {
        Rate::new(per_minute.try_into().unwrap(), burst.try_into().unwrap())
    }

    fn bucket() -> Bucket {
        Bucket::new(rate(60, 3))
    }

    fn never() -> Instant {
        Instant::now() + Duration::from_hours(24)
    }

    async fn take(bucket: &Bucket) -> u64 {
        let start = Instant::now();
        bucket
            .reserve(never())
            .unwrap_or_else(|_| unreachable!("the deadline is a day off"))
            .wait()
            .await;
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn burst_is_immediate_and_then_the_rate_holds() {
        let bucket = bucket();
        let mut waits = Vec::new();
        for _ in 0..6 {
            waits.push(take(&bucket).await);
        }
        assert_eq!(waits, [0, 0, 0, 1, 1, 1]);
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(
            (
                take(&bucket).await,
                take(&bucket).await,
                take(&bucket).await,
                take(&bucket).await
            ),
            (0, 0, 0, 1)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn token_after_the_deadline_is_not_taken() {
        let bucket = bucket();
        for _ in 0..3 {
            take(&bucket).await;
        }
        let refused = bucket
            .reserve(Instant::now() + Duration::from_millis(500))
            .err();
        assert_eq!(refused, Some(Duration::from_secs(1)));
        assert_eq!(take(&bucket).await, 1, "the refused one left no trace");
    }

    #[tokio::test(start_paused = true)]
    async fn dropped_reservation_is_returned() {
        let bucket = bucket();
        for _ in 0..3 {
            take(&bucket).await;
        }
        drop(bucket.reserve(never()));
        assert_eq!(take(&bucket).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn rate_limit_error_blocks_the_bucket() {
        let limits = Limits::new(RateLimits {
            submit: Some(rate(60, 3)),
            query: None,
        });
        limits.update_from_response(
            Some(SUBMIT),
            true,
            &HeaderMap::new(),
            Some(Duration::from_secs(7)),
        );
        let bucket = limits.bucket(Some(SUBMIT)).unwrap();
        assert_eq!((take(bucket).await, take(bucket).await), (7, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn headers_correct_the_count_and_the_group() {
        let limits = Limits::new(RateLimits::default());
        let mut headers = HeaderMap::new();
        headers.insert(&RATE_HEADERS.limit, "1000".parse().unwrap());
        headers.insert(&RATE_HEADERS.remaining, "1".parse().unwrap());
        headers.insert(&RATE_HEADERS.category, SUBMIT.parse().unwrap());
        limits.update_from_response(None, false, &headers, None);
        let state = limits.submit.as_ref().unwrap().state();
        assert_eq!(
            (state.interval, state.burst),
            interval_and_burst(RateLimits::for_group("vip").unwrap().submit.unwrap())
        );
        assert_eq!(
            state.full_at - Instant::now(),
            state.interval * (state.burst - 1)
        );
    }
}
