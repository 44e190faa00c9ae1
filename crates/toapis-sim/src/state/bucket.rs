//! A token bucket on the simulator's clock. Crates for rate limiting run on the system's clock and
//! cannot follow one that a test advances.

use toapis_openapi::extensions::Bucket;

use crate::clock::SimInstant;

/// A bucket of up to `burst` tokens that gains `per_minute` tokens a minute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenBucket {
    rate: Bucket,
    tokens: f64,
    updated: SimInstant,
}

/// The result of taking a token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Acquired {
    Yes,
    No {
        /// Seconds until a token is available, rounded up.
        retry_after: u64,
        /// Seconds until the bucket is full, rounded up.
        full_in: u64,
        /// The documented rate.
        per_minute: u64,
    },
}

impl TokenBucket {
    pub(crate) fn full(rate: Bucket, now: SimInstant) -> Self {
        Self {
            rate,
            tokens: f64::from(rate.burst),
            updated: now,
        }
    }

    /// Takes a token if one is available.
    pub(crate) fn acquire(&mut self, now: SimInstant) -> Acquired {
        self.tokens = self.tokens_at(now);
        self.updated = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Acquired::Yes;
        }
        let per_second = f64::from(self.rate.per_minute) / 60.0;
        Acquired::No {
            retry_after: ceil((1.0 - self.tokens) / per_second).max(1),
            full_in: ceil((f64::from(self.rate.burst) - self.tokens) / per_second),
            per_minute: u64::from(self.rate.per_minute),
        }
    }

    /// Returns the number of whole tokens without taking one.
    pub(crate) fn available(&self, now: SimInstant) -> u64 {
        ceil(self.tokens_at(now).floor())
    }

    fn tokens_at(&self, now: SimInstant) -> f64 {
        let minutes = now.saturating_since(self.updated).as_secs_f64() / 60.0;
        (self.tokens + minutes * f64::from(self.rate.per_minute)).min(f64::from(self.rate.burst))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates"
)]
fn ceil(value: f64) -> u64 {
    value.ceil() as u64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use toapis_openapi::extensions::Bucket;

    use super::{Acquired, TokenBucket};
    use crate::clock::SimInstant;

    #[test]
    fn bucket_gives_its_burst_at_once_and_then_its_rate() {
        let now = SimInstant::default();
        let mut bucket = TokenBucket::full(
            Bucket {
                per_minute: 300,
                burst: 50,
                burst_seconds: 10,
            },
            now,
        );
        for _ in 0..50 {
            assert_eq!(bucket.acquire(now), Acquired::Yes);
        }
        assert_eq!(
            bucket.acquire(now),
            Acquired::No {
                retry_after: 1,
                full_in: 10,
                per_minute: 300
            }
        );
        let later = now + Duration::from_millis(200);
        assert_eq!(bucket.available(later), 1);
        assert_eq!(bucket.acquire(later), Acquired::Yes);
        assert!(matches!(bucket.acquire(later), Acquired::No { .. }));
    }
}
