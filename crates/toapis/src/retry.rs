//! What can be retried, and when: a table without state, and a policy.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::StatusCode;

use crate::catalog::RetryRule;
use crate::error::{ErrorKind, find_error_row};
use crate::generated::errors::ERRORS;

/// How often, for how long and after which pauses a call is retried.
///
/// It never makes a create less safe: a create is only retried if it is proven that no task was
/// created.
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
    initial: Duration,
    max: Duration,
}

impl Default for RetryPolicy {
    /// Returns the default: five attempts within two minutes; pauses up to 0.5 s, doubled up to 20
    /// s, with full jitter.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            max_elapsed: Duration::from_mins(2),
            initial: Duration::from_millis(500),
            max: Duration::from_secs(20),
        }
    }
}

impl RetryPolicy {
    /// Creates a policy without retries.
    #[must_use]
    pub fn never() -> Self {
        Self::default().max_attempts(1)
    }

    /// Limits the number of attempts, including the first. 0 counts as 1.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Limits the time from the start of the first attempt to the end of the last.
    #[must_use]
    pub fn max_elapsed(mut self, limit: Duration) -> Self {
        self.max_elapsed = limit;
        self
    }

    /// Sets the maximum of the first pause, which doubles with each attempt up to `max`. Each
    /// pause is drawn uniformly from zero to its maximum (full jitter), so that clients don't
    /// retry in step.
    #[must_use]
    pub fn backoff(mut self, initial: Duration, max: Duration) -> Self {
        self.initial = initial;
        self.max = max.max(initial);
        self
    }

    /// Returns the pause after this attempt, counted from 1. What the server asks for is a
    /// minimum.
    pub(crate) fn pause(&self, attempt: u32, floor: Option<Duration>) -> Duration {
        let doubled = self.initial.saturating_mul(
            1_u32
                .checked_shl(attempt.saturating_sub(1))
                .unwrap_or(u32::MAX),
        );
        let drawn = doubled.min(self.max).mul_f64(fastrand::f64());
        match floor {
            // Never earlier than the server asks, and not all at the same instant.
            Some(floor) => floor.saturating_add(drawn.min(floor / 10)),
            None => drawn,
        }
    }
}

/// The outcome of one attempt, as far as the decision depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptOutcome<'a> {
    /// No byte of the request was written. `transient`: the next attempt may succeed.
    NotSent { transient: bool },
    /// The service may have read the request; no complete response arrived.
    Lost,
    /// A complete response. `readable`: a success that contains the result.
    Response {
        status: StatusCode,
        code: Option<&'a str>,
        kind: ErrorKind,
        readable: bool,
    },
}

/// What to do after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// The call succeeded.
    Done,
    /// Retry: nothing was created, or the call is idempotent.
    Retry,
    /// Return the error: it is final, and nothing was created.
    Fail,
    /// Look the task up: it may have been created. Don't retry.
    Reconcile,
}

/// The retry table.
///
/// For an operation that isn't idempotent, returns `Retry` and `Fail` only if no task can have
/// been created. Everything else is `Reconcile`.
pub(crate) fn decide(is_idempotent: bool, outcome: AttemptOutcome<'_>) -> RetryDecision {
    let (status, code, kind, readable) = match outcome {
        AttemptOutcome::NotSent { transient: true } => return RetryDecision::Retry,
        AttemptOutcome::NotSent { transient: false } => return RetryDecision::Fail,
        AttemptOutcome::Lost if is_idempotent => return RetryDecision::Retry,
        AttemptOutcome::Lost => return RetryDecision::Reconcile,
        AttemptOutcome::Response {
            status,
            code,
            kind,
            readable,
        } => (status, code, kind, readable),
    };
    if status.is_success() {
        return match (readable, is_idempotent) {
            (true, _) => RetryDecision::Done,
            (false, true) => RetryDecision::Retry,
            (false, false) => RetryDecision::Reconcile,
        };
    }
    // The contract's row for the code comes first.
    if let Some(known) = code.and_then(|code| find_error_row(status, code)) {
        return match known.retry_rule {
            RetryRule::AfterWait => RetryDecision::Retry,
            RetryRule::Reads if is_idempotent => RetryDecision::Retry,
            RetryRule::Never if is_idempotent || known.task_made == Some(false) => {
                RetryDecision::Fail
            }
            RetryRule::Reads | RetryRule::Never => RetryDecision::Reconcile,
        };
    }
    match status.as_u16() {
        429 if kind == ErrorKind::RateLimited => RetryDecision::Retry,
        408 | 425 | 499 if is_idempotent => RetryDecision::Retry,
        500.. if is_idempotent && kind != ErrorKind::ModelUnavailable => RetryDecision::Retry,
        _ if is_idempotent || proves_not_processed(status) => RetryDecision::Fail,
        _ => RetryDecision::Reconcile,
    }
}

/// Returns true if a status by itself proves that a create was not processed.
///
/// Most 4xx statuses don't: gateways use some for timeouts and closed connections (408, 460, 499),
/// define their own (418, 498), and others may refer to the state after the create (406, 409, 410,
/// 412, 423, 424, 451).
fn proves_not_processed(status: StatusCode) -> bool {
    match status.as_u16() {
        // Defined by RFC 9110, section 15.5, and RFC 6585 as not processed: because of the method,
        // the length, the format, the route or missing headers.
        405 | 407 | 411 | 413 | 414 | 415 | 417 | 421 | 426 | 428 | 431 => true,
        // If all listed errors of a 4xx status prove it, an unlisted code does as well. Not in
        // 5xx, which gateways send, too.
        status @ 400..500 => {
            let mut listed = ERRORS.iter().filter(|row| row.status == status).peekable();
            listed.peek().is_some() && listed.all(|row| row.task_made == Some(false))
        }
        _ => false,
    }
}

/// The retries that a client and its clones have in reserve, so that many clients can't overload a
/// failing service.
///
/// A retry withdraws one; a success deposits a tenth.
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
    fn retry_table() {
        use ErrorKind as K;
        // The outcome, the decision for a create, the decision for any other operation.
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
        for (outcome, create, other) in table {
            assert_eq!(decide(false, outcome), create, "create: {outcome:?}");
            assert_eq!(decide(true, outcome), other, "other: {outcome:?}");
        }
        // The decision for a create after any other 4xx status.
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
    fn pause_grows_to_its_maximum_and_retry_after_is_a_floor() {
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
    fn retry_after_is_jittered() {
        let policy = RetryPolicy::default();
        let asked = Some(Duration::from_secs(30));
        let pauses: Vec<_> = (0..50).map(|_| policy.pause(5, asked)).collect();
        let (least, most) = (pauses.iter().min(), pauses.iter().max());
        // Without jitter, all fifty draws would be within a tenth of half a second.
        assert!(
            most.zip(least).is_some_and(
                |(most, least)| most.saturating_sub(*least) > Duration::from_millis(50)
            )
        );
    }

    #[test]
    fn inconsistent_policy_is_clamped() {
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
    fn budget_is_exhausted_and_recovers_by_success() {
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
        // Deposits beyond the capacity are dropped.
        for _ in 0..9 {
            budget.deposit();
        }
        assert!(!budget.try_withdraw());
    }
}
