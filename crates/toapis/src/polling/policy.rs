//! Polling policies: fixed, exponential, or adapted to how long tasks take.

use std::time::Duration;

use super::History;
use crate::generated::limits::RESULT_LIFETIME;

/// Decides when a task is polled. `Retry-After` is a lower bound and the timeout an upper bound for
/// every policy.
///
/// ```
/// use std::time::Duration;
/// use toapis::PollingPolicy;
/// let steady = PollingPolicy::fixed(Duration::from_secs(5));
/// let growing = PollingPolicy::exponential(Duration::from_secs(1), 2.0, Duration::from_secs(60));
/// let keen = PollingPolicy::adaptive().poll_cost(Duration::from_millis(300));
/// # let _ = (steady, growing, keen);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PollingPolicy {
    kind: PolicyKind,
    /// The random part of a pause, in both directions.
    jitter: f64,
}

#[derive(Debug, Clone, PartialEq)]
enum PolicyKind {
    Fixed(Duration),
    Exponential {
        initial: Duration,
        factor: f64,
        max: Duration,
    },
    Adaptive {
        poll_cost: Duration,
    },
}

/// The state of polling that determines the next pause.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PollContext<'a> {
    /// The age of the task.
    pub(crate) age: Duration,
    /// The number of polls so far.
    pub(crate) polls: u32,
    /// The model of the task.
    pub(crate) model: &'a str,
    /// Remaining time as extrapolated from the progress.
    pub(crate) left: Option<Duration>,
    /// Number of polls that failed since the last success.
    pub(crate) consecutive_errors: u32,
}

/// The minimum pause of every policy.
const MIN_PAUSE: Duration = Duration::from_millis(250);

/// The maximum pause: results expire after a day.
const MAX_PAUSE: Duration = RESULT_LIFETIME;

/// The longest back-off after failed polls, except for what the server asks.
const MAX_ERROR_BACKOFF: Duration = Duration::from_secs(30);

impl PollingPolicy {
    /// Creates a policy with a fixed pause. The minimum is 250 ms.
    #[must_use]
    pub fn fixed(pause: Duration) -> Self {
        Self {
            kind: PolicyKind::Fixed(pause.max(MIN_PAUSE)),
            jitter: 0.1,
        }
    }

    /// Creates a policy whose pause starts at `initial` and is multiplied by `factor` after each
    /// poll, up to `max`.
    #[must_use]
    pub fn exponential(initial: Duration, factor: f64, max: Duration) -> Self {
        let initial = initial.max(MIN_PAUSE);
        let factor = if factor.is_finite() {
            factor.max(1.0)
        } else {
            1.0
        };
        Self {
            kind: PolicyKind::Exponential {
                initial,
                factor,
                max: max.max(initial),
            },
            jitter: 0.1,
        }
    }

    /// Creates the default policy. It polls when tasks of the model usually end: at first by the
    /// service's documentation, then by the durations that this client and its clones have
    /// observed. Moving progress is taken into account.
    ///
    /// The times are the inspection schedule of Barlow, Hunter and Proschan (1963).
    #[must_use]
    pub fn adaptive() -> Self {
        Self {
            kind: PolicyKind::Adaptive {
                poll_cost: Duration::from_secs(1),
            },
            jitter: 0.02,
        }
    }

    /// Sets the cost of one poll, in seconds of delay (adaptive policy only). A lower cost means
    /// more polls. Default: 1 s.
    #[must_use]
    pub fn poll_cost(mut self, delay: Duration) -> Self {
        if let PolicyKind::Adaptive { poll_cost } = &mut self.kind {
            *poll_cost = delay.max(Duration::from_millis(1));
        }
        self
    }

    /// Sets the random part of each pause, in both directions, from 0 to 1, so that many tasks are
    /// not polled at the same time.
    #[must_use]
    pub fn jitter(mut self, part: f64) -> Self {
        self.jitter = if part.is_finite() {
            part.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self
    }

    /// Returns the pause before the next poll.
    pub(crate) fn pause(&self, history: &History, context: PollContext<'_>) -> Duration {
        let pause = match &self.kind {
            PolicyKind::Fixed(pause) => *pause,
            PolicyKind::Exponential {
                initial,
                factor,
                max,
            } => {
                let grown = initial.as_secs_f64()
                    * factor.powi(i32::try_from(context.polls).unwrap_or(i32::MAX));
                Duration::try_from_secs_f64(grown).unwrap_or(*max).min(*max)
            }
            PolicyKind::Adaptive { poll_cost } => {
                let planned = history.pause(context.model, context.age, *poll_cost);
                match context.left {
                    // Moving progress is better evidence than other tasks, but may slow down at the
                    // end, so the result is between half and twice the planned pause.
                    Some(left) => left.clamp(planned / 2, planned * 2),
                    None => planned,
                }
            }
        };
        let drawn = 1.0 + self.jitter * (fastrand::f64() * 2.0 - 1.0);
        let pause = pause.min(MAX_PAUSE).mul_f64(drawn).max(MIN_PAUSE);
        pause.max(error_backoff(context.consecutive_errors))
    }
}

/// Returns the shortest pause after failed polls: 2 s, doubled with each up to 30 s.
fn error_backoff(consecutive_errors: u32) -> Duration {
    if consecutive_errors == 0 {
        return Duration::ZERO;
    }
    let doubled = Duration::from_secs(1).saturating_mul(1 << consecutive_errors.min(10));
    doubled.min(MAX_ERROR_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(polls: u32) -> PollContext<'static> {
        PollContext {
            age: Duration::ZERO,
            polls,
            model: "m",
            left: None,
            consecutive_errors: 0,
        }
    }

    #[test]
    fn fixed_pause_is_constant_and_exponential_pause_is_capped() {
        let history = History::default();
        let fixed = PollingPolicy::fixed(Duration::from_secs(5)).jitter(0.0);
        assert_eq!(fixed.pause(&history, at(0)), fixed.pause(&history, at(99)));
        let growing =
            PollingPolicy::exponential(Duration::from_secs(1), 2.0, Duration::from_mins(1))
                .jitter(0.0);
        let pauses: Vec<_> = (0..8)
            .map(|polls| growing.pause(&history, at(polls)).as_secs())
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(growing.pause(&history, at(u32::MAX)).as_secs(), 60);
    }

    #[test]
    fn jitter_is_bounded_and_respects_the_minimum_pause() {
        let history = History::default();
        let policy = PollingPolicy::fixed(Duration::from_secs(10)).jitter(0.5);
        for _ in 0..100 {
            let pause = policy.pause(&history, at(0)).as_secs_f64();
            assert!((5.0..=15.0).contains(&pause));
        }
        for endless in [
            PollingPolicy::fixed(Duration::MAX),
            PollingPolicy::exponential(MIN_PAUSE, 1e300, Duration::MAX),
        ] {
            assert!(endless.jitter(1.0).pause(&history, at(9)) <= MAX_PAUSE * 2);
        }
        let shortest = PollingPolicy::fixed(Duration::ZERO).jitter(1.0);
        assert!((0..100).all(|_| shortest.pause(&history, at(0)) >= MIN_PAUSE));
    }
}
