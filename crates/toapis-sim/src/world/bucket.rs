//! A token bucket on the simulator's clock.

use crate::{clock::Moment, facts::Rate};

/// Holds up to `burst` tokens, and gains `per_minute` of them a minute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    tokens: f64,
    at: Moment,
}

/// What a request got.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Taken {
    /// A token.
    Yes,
    /// None.
    No {
        /// Seconds until there is one, rounded up.
        retry_after: u64,
        /// Seconds until the bucket is full, rounded up.
        full_in: u64,
        /// The documented rate.
        per_minute: u64,
    },
}

impl Bucket {
    pub(crate) fn full(rate: Rate, now: Moment) -> Self {
        Self {
            rate,
            tokens: rate.burst,
            at: now,
        }
    }

    pub(crate) fn take(&mut self, now: Moment) -> Taken {
        let per_second = self.rate.per_minute / 60.0;
        self.tokens =
            (self.tokens + now.since(self.at).as_secs_f64() * per_second).min(self.rate.burst);
        self.at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Taken::Yes;
        }
        Taken::No {
            retry_after: ceil((1.0 - self.tokens) / per_second).max(1),
            full_in: ceil((self.rate.burst - self.tokens) / per_second),
            per_minute: ceil(self.rate.per_minute),
        }
    }

    /// How many whole tokens it holds, without taking one.
    pub(crate) fn left(&self, now: Moment) -> u64 {
        let gained = now.since(self.at).as_secs_f64() * self.rate.per_minute / 60.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast of a float saturates"
        )]
        let left = (self.tokens + gained).min(self.rate.burst) as u64;
        left
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

    use super::{Bucket, Taken};
    use crate::{clock::Moment, facts::Rate};

    #[test]
    fn a_burst_is_given_at_once_and_then_one_for_each_fifth_of_a_second() {
        let now = Moment::default();
        let mut bucket = Bucket::full(
            Rate {
                per_minute: 300.0,
                burst: 50.0,
            },
            now,
        );
        for _ in 0..50 {
            assert_eq!(bucket.take(now), Taken::Yes);
        }
        assert_eq!(
            bucket.take(now),
            Taken::No {
                retry_after: 1,
                full_in: 10,
                per_minute: 300
            }
        );
        let later = now + Duration::from_millis(200);
        assert_eq!(bucket.left(later), 1);
        assert_eq!(bucket.take(later), Taken::Yes);
        assert!(matches!(bucket.take(later), Taken::No { .. }));
    }
}
