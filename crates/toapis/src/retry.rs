//! What may be sent again, and when: one pure table, and a policy as a value.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::StatusCode;

use crate::catalog::Resend;
use crate::error::{ErrorKind, find_error_row};
use crate::generated::errors::ERRORS;

/// How often, how long and how fast a call is tried again.
///
/// It never makes a create less safe: whatever it says, a create goes out again only when it is proven that no task was made.
///
/// ```
/// use std::time::Duration;
/// use toapis::RetryPolicy;
/// let patient = RetryPolicy::default().max_attempts(10).max_elapsed(Duration::from_secs(600));
/// let never = RetryPolicy::never();
/// # let _ = (patient, never);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    pub(crate) max_attempts: u32,
    pub(crate) max_elapsed: Duration,
    first: Duration,
    longest: Duration,
}

impl Default for RetryPolicy {
    /// Five attempts within two minutes; 0.5 s, doubled up to 20 s, with full jitter.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            max_elapsed: Duration::from_mins(2),
            first: Duration::from_millis(500),
            longest: Duration::from_secs(20),
        }
    }
}

impl RetryPolicy {
    /// Every call is tried once.
    #[must_use]
    pub fn never() -> Self {
        Self::default().max_attempts(1)
    }

    /// At most so many attempts, the first among them; 0 counts as 1.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// At most so long from the first attempt to the end of the last.
    #[must_use]
    pub fn max_elapsed(mut self, total: Duration) -> Self {
        self.max_elapsed = total;
        self
    }

    /// The bound of the first pause, doubled with each attempt up to `longest`. A pause is drawn evenly from zero to its bound
    /// (full jitter), so that many clients do not come back at once.
    #[must_use]
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest.max(first);
        self
    }

    /// The pause after attempt number `attempt` (from 1). What the server asked for is a floor.
    pub(crate) fn pause(&self, attempt: u32, floor: Option<Duration>) -> Duration {
        let doubled = self.first.saturating_mul(
            1_u32
                .checked_shl(attempt.saturating_sub(1))
                .unwrap_or(u32::MAX),
        );
        let drawn = doubled.min(self.longest).mul_f64(fastrand::f64());
        match floor {
            // Never earlier than asked, and not all at the same instant after it.
            Some(floor) => floor.saturating_add(drawn.min(floor / 10)),
            None => drawn,
        }
    }
}

/// What one attempt came to, as far as deciding needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptOutcome<'a> {
    /// No byte of the request was written. `transient` where the next attempt may fare better.
    NotSent { transient: bool },
    /// It may have been read by the service; no whole answer came.
    Lost,
    /// A whole answer. `readable`: a success that holds what it should.
    Response {
        status: StatusCode,
        code: Option<&'a str>,
        kind: ErrorKind,
        readable: bool,
    },
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// It worked.
    Done,
    /// Send it again: nothing was made, or nothing can be made twice.
    Retry,
    /// It is final, and nothing was made.
    Fail,
    /// A task may have been made: ask, never send.
    Reconcile,
}

/// The table of what may be sent again.
///
/// For an operation that is not safe to repeat, `Retry` and `Fail` are answered only where it is certain that no task was
/// made; all doubt is `Reconcile`.
pub(crate) fn decide(safe_to_repeat: bool, happened: AttemptOutcome<'_>) -> RetryDecision {
    let (status, code, kind, readable) = match happened {
        AttemptOutcome::NotSent { transient: true } => return RetryDecision::Retry,
        AttemptOutcome::NotSent { transient: false } => return RetryDecision::Fail,
        AttemptOutcome::Lost if safe_to_repeat => return RetryDecision::Retry,
        AttemptOutcome::Lost => return RetryDecision::Reconcile,
        AttemptOutcome::Response {
            status,
            code,
            kind,
            readable,
        } => (status, code, kind, readable),
    };
    if status.is_success() {
        return match (readable, safe_to_repeat) {
            (true, _) => RetryDecision::Done,
            (false, true) => RetryDecision::Retry,
            (false, false) => RetryDecision::Reconcile,
        };
    }
    // What the contract knows of the code goes first.
    if let Some(known) = code.and_then(|code| find_error_row(status, code)) {
        return match known.resend {
            Resend::AfterWait => RetryDecision::Retry,
            Resend::Reads if safe_to_repeat => RetryDecision::Retry,
            Resend::Never if safe_to_repeat || known.task_made == Some(false) => {
                RetryDecision::Fail
            }
            Resend::Reads | Resend::Never => RetryDecision::Reconcile,
        };
    }
    match status.as_u16() {
        429 if kind == ErrorKind::RateLimited => RetryDecision::Retry,
        408 | 425 | 499 if safe_to_repeat => RetryDecision::Retry,
        500.. if safe_to_repeat && kind != ErrorKind::ModelUnavailable => RetryDecision::Retry,
        _ if safe_to_repeat || proves_not_processed(status) => RetryDecision::Fail,
        _ => RetryDecision::Reconcile,
    }
}

/// Whether a status by itself proves that a create was not acted on.
///
/// Most of 4xx do not: time-outs and closed connections come in the clothes of a client's mistake (408, 460, 499), gateways have
/// numbers of their own (418, 498), and what is said of a state of things may be said of the one after the create (406 of its
/// answer, 409, 410, 412, 423 and 424 of what was just made, 451 of the picture).
fn proves_not_processed(status: StatusCode) -> bool {
    match status.as_u16() {
        // What HTTP defines as a request that was not taken up (RFC 9110, section 15.5, and RFC 6585): for its method, its length or
        // its form, for the way it came, or for what should have come with it.
        405 | 407 | 411 | 413 | 414 | 415 | 417 | 421 | 426 | 428 | 431 => true,
        // Where the contract lists refusals, a code that it does not know is one more. Not so in 5xx, which gateways give as well.
        status @ 400..500 => {
            let mut listed = ERRORS.iter().filter(|row| row.status == status).peekable();
            listed.peek().is_some() && listed.all(|row| row.task_made == Some(false))
        }
        _ => false,
    }
}

/// Retries that a client and all its clones may spend together, so that a fleet cannot storm a service in trouble.
///
/// A retry takes one; a call that works gives a tenth back.
#[derive(Debug)]
pub(crate) struct Budget {
    tokens: AtomicU32,
    full: u32,
}

impl Budget {
    pub(crate) fn new(retries: u32) -> Self {
        let full = retries.saturating_mul(10);
        Self {
            tokens: AtomicU32::new(full),
            full,
        }
    }

    pub(crate) fn try_withdraw(&self) -> bool {
        self.tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(10)
            })
            .is_ok()
    }

    pub(crate) fn deposit(&self) {
        let _ = self
            .tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                (left < self.full).then(|| left + 1)
            });
    }
}

#[cfg(test)]
mod tests {
    use super::RetryDecision::{Done, Fail, Reconcile, Retry};
    use super::*;

    fn answer(status: u16, code: Option<&str>, kind: ErrorKind) -> AttemptOutcome<'_> {
        AttemptOutcome::Response {
            status: StatusCode::from_u16(status).unwrap(),
            code,
            kind,
            readable: false,
        }
    }

    #[test]
    fn the_table_of_what_may_be_sent_again() {
        use ErrorKind as K;
        // What happened, what that means for a create, what for everything else.
        let table = [
            (AttemptOutcome::NotSent { transient: true }, Retry, Retry),
            (AttemptOutcome::NotSent { transient: false }, Fail, Fail),
            (AttemptOutcome::Lost, Reconcile, Retry),
            (answer(200, None, K::Decode), Reconcile, Retry),
            (answer(202, None, K::Decode), Reconcile, Retry),
            (answer(302, None, K::Decode), Reconcile, Fail),
            (
                answer(400, Some("invalid_request"), K::BadRequest),
                Fail,
                Fail,
            ),
            (answer(400, None, K::BadRequest), Fail, Fail),
            (answer(401, Some("401"), K::Unauthorized), Fail, Fail),
            (
                answer(402, Some("insufficient_quota"), K::InsufficientQuota),
                Fail,
                Fail,
            ),
            (
                answer(403, Some("insufficient_user_quota"), K::InsufficientQuota),
                Fail,
                Fail,
            ),
            (answer(403, None, K::Forbidden), Fail, Fail),
            (answer(404, Some("404"), K::NotFound), Fail, Fail),
            (answer(408, None, K::Timeout), Reconcile, Retry),
            (
                answer(422, Some("content_policy_violation"), K::Moderation),
                Fail,
                Fail,
            ),
            (answer(425, None, K::BadRequest), Reconcile, Retry),
            (
                answer(429, Some("rate_limit_exceeded"), K::RateLimited),
                Retry,
                Retry,
            ),
            (answer(429, Some("429"), K::RateLimited), Retry, Retry),
            (
                answer(429, Some("insufficient_quota"), K::InsufficientQuota),
                Fail,
                Fail,
            ),
            (answer(499, None, K::ConnectionLost), Reconcile, Retry),
            (
                answer(500, Some("internal_error"), K::Server),
                Reconcile,
                Retry,
            ),
            (answer(500, None, K::Server), Reconcile, Retry),
            (answer(502, None, K::Server), Reconcile, Retry),
            (answer(503, None, K::Server), Reconcile, Retry),
            (
                answer(503, Some("rate_limit_unavailable"), K::Server),
                Retry,
                Retry,
            ),
            (
                answer(503, Some("model_not_found"), K::ModelUnavailable),
                Fail,
                Fail,
            ),
            (answer(503, None, K::ModelUnavailable), Reconcile, Fail),
            (answer(504, None, K::Timeout), Reconcile, Retry),
            (answer(599, None, K::Server), Reconcile, Retry),
        ];
        for (happened, create, other) in table {
            assert_eq!(decide(false, happened), create, "create: {happened:?}");
            assert_eq!(decide(true, happened), other, "other: {happened:?}");
        }
        // What every other status in 4xx means for a create, whatever is said with it.
        for status in (400..500).filter(|status| ![408, 425, 429, 499].contains(status)) {
            let create = match status {
                400..=405 | 407 | 411 | 413..=415 | 417 | 421 | 422 | 426 | 428 | 431 => Fail,
                _ => Reconcile,
            };
            for code in [None, Some("new_code"), Some("insufficient_quota")] {
                let answered = answer(status, code, K::BadRequest);
                assert_eq!(decide(false, answered), create, "create: {answered:?}");
                assert_eq!(decide(true, answered), Fail, "other: {answered:?}");
            }
        }
        let good = AttemptOutcome::Response {
            status: StatusCode::OK,
            code: None,
            kind: K::Server,
            readable: true,
        };
        assert_eq!((decide(false, good), decide(true, good)), (Done, Done));
    }

    #[test]
    fn a_pause_grows_stays_bounded_and_never_undercuts_what_the_server_asked() {
        let policy = RetryPolicy::default().backoff(Duration::from_secs(1), Duration::from_secs(8));
        for attempt in 1..80 {
            let bound = Duration::from_secs(1 << (attempt - 1).min(3));
            for _ in 0..20 {
                assert!(policy.pause(attempt, None) <= bound);
                let floored = policy.pause(attempt, Some(Duration::from_secs(30)));
                assert!(floored >= Duration::from_secs(30) && floored <= Duration::from_secs(33));
            }
        }
    }

    #[test]
    fn many_clients_that_are_asked_to_wait_do_not_all_come_back_at_once() {
        let policy = RetryPolicy::default();
        let asked = Some(Duration::from_secs(30));
        let pauses: Vec<_> = (0..50).map(|_| policy.pause(5, asked)).collect();
        let (least, most) = (pauses.iter().min(), pauses.iter().max());
        // Fifty draws from half a second and more: that all lie within a tenth of it happens never.
        assert!(
            most.zip(least).is_some_and(
                |(most, least)| most.saturating_sub(*least) > Duration::from_millis(50)
            )
        );
    }

    #[test]
    fn a_policy_that_makes_no_sense_is_read_as_the_nearest_that_does() {
        let (short, long) = (Duration::from_secs(1), Duration::from_secs(10));
        let policy = RetryPolicy::default();
        assert_eq!(policy.clone().max_attempts(0), RetryPolicy::never());
        let three = policy.clone().max_attempts(3).max_elapsed(long);
        assert_eq!((three.max_attempts, three.max_elapsed), (3, long));
        assert_eq!(
            policy.clone().backoff(long, short),
            policy.backoff(long, long)
        );
    }

    #[test]
    fn a_budget_runs_out_and_recovers_by_success() {
        let budget = Budget::new(2);
        assert!(budget.try_withdraw() && budget.try_withdraw() && !budget.try_withdraw());
        for _ in 0..10 {
            budget.deposit();
        }
        assert!(budget.try_withdraw() && !budget.try_withdraw());
        for _ in 0..100 {
            budget.deposit();
        }
        assert!(budget.try_withdraw() && budget.try_withdraw() && !budget.try_withdraw());
        // No tenth more than a full one was kept.
        for _ in 0..9 {
            budget.deposit();
        }
        assert!(!budget.try_withdraw());
    }
}
