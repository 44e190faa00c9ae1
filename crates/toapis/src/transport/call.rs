//! Makes calls: one attempt after another, as the retry table, the policy and the deadline allow.

use std::time::Duration;

use http::{HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use toapis_client::Operation;
use tokio::time::Instant;

use super::attempt::LossCause;
use super::headers::request_id;
use super::{Attempt, Counters, RawResponse, retry_after};
use crate::api_key::ApiKey;
use crate::error::{Envelope, Error, ErrorInner, ErrorKind, classify};
use crate::rate_limit::Limits;
use crate::retry::{AttemptOutcome, Budget, RetryDecision, RetryPolicy, decide};
use crate::time::{deadline_after, saturating_add};

/// What a generated function returns.
pub(crate) type Request = Result<reqwest::Request, toapis_client::Error<()>>;

/// What a client and its clones share to make calls.
pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) api: toapis_client::Client,
    pub(crate) key: ApiKey,
    pub(crate) authorization: HeaderValue,
    pub(crate) user_agent: HeaderValue,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) counters: Counters,
    pub(crate) attempt_timeout: Duration,
    pub(crate) body_cap: usize,
}

/// A call: how to build its request, and when it must be over.
pub(crate) struct Call<F> {
    pub(crate) operation: &'static Operation,
    pub(crate) deadline: Instant,
    /// Limits one attempt.
    pub(crate) attempt_timeout: Duration,
    /// Builds the request through the generated client, once for each attempt.
    pub(crate) build_request: F,
}

impl Transport {
    /// Waits for a token of the operation's rate limit.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RateLimited`] if no token is available before the deadline.
    pub(crate) async fn acquire_token(
        &self,
        operation: &'static Operation,
        deadline: Instant,
    ) -> Result<(), Error> {
        let Some(bucket) = self.limits.bucket(operation.rate_limit) else {
            return Ok(());
        };
        let slot = bucket.reserve(deadline).map_err(|wait| {
            let message =
                "this client's own rate limit has no place before the deadline; nothing was sent";
            Error::from(ErrorInner::new(ErrorKind::RateLimited, message)).map_inner(|inner| {
                inner.operation = Some(operation.id);
                inner.retry_after = Some(wait);
            })
        })?;
        if slot.wait().await {
            self.counters.rate_limit_waits.add();
        }
        Ok(())
    }

    /// Sends the request once. Takes no token of the rate limit.
    pub(crate) async fn send_attempt<T, F, M>(&self, call: &Call<F>) -> Attempt<T>
    where
        T: DeserializeOwned,
        F: Fn() -> M,
        M: Future<Output = Request>,
    {
        let operation = call.operation;
        self.counters.attempts.add();
        let deadline = call.deadline.min(deadline_after(call.attempt_timeout));
        let started = Instant::now();
        let attempt = match (call.build_request)().await {
            Ok(request) => self.execute(request, deadline).await,
            Err(toapis_client::Error::InvalidRequest(why)) => Attempt::BuildFailed(why),
            Err(error) => Attempt::BuildFailed(error.to_string()),
        };
        tracing::debug!(
            operation = operation.id,
            outcome = attempt.name(),
            http.response.status_code = attempt.status(),
            elapsed_ms = started.elapsed().as_millis(),
            "attempt"
        );
        if let Attempt::Response { response, .. } = &attempt {
            self.limits.update_from_response(
                operation.rate_limit,
                response.status == StatusCode::TOO_MANY_REQUESTS,
                &response.headers,
                retry_after(&response.headers),
            );
        }
        attempt
    }

    /// Makes an idempotent call, with retries as the policy allows.
    ///
    /// `read` extracts the result from the parsed response; `None` if it is missing.
    pub(crate) async fn call<T, F, M, R>(
        &self,
        call: Call<F>,
        read: impl Fn(T, &RawResponse) -> Option<R>,
    ) -> Result<R, Error>
    where
        T: DeserializeOwned,
        F: Fn() -> M,
        M: Future<Output = Request>,
    {
        self.counters.calls.add();
        let mut retries = RetryLoop::new(self, call.deadline);
        loop {
            retries.begin();
            let acquired = self.acquire_token(call.operation, call.deadline).await;
            acquired.map_err(|error| retries.finish(error))?;
            let attempt = match self.send_attempt(&call).await {
                Attempt::Response { response, typed } => {
                    let result = typed
                        .filter(|_| response.status.is_success())
                        .and_then(|typed| read(*typed, &response));
                    if let Some(result) = result {
                        self.budget.deposit();
                        return Ok(result);
                    }
                    Attempt::Response {
                        response,
                        typed: None,
                    }
                }
                attempt => attempt,
            };
            let decision = Self::retry_decision(call.operation, &attempt);
            let error = self.error(call.operation, attempt);
            // An error that was sent with status 200 is final, too.
            let is_error_in_success =
                error.status() == Some(StatusCode::OK) && error.kind() != ErrorKind::Decode;
            if decision != RetryDecision::Retry || is_error_in_success {
                return Err(retries.finish(error));
            }
            retries.pause(error).await?;
        }
    }

    /// Returns what the retry table says of an attempt.
    pub(crate) fn retry_decision<T>(operation: &Operation, attempt: &Attempt<T>) -> RetryDecision {
        let envelope;
        let outcome = match attempt {
            Attempt::Response { response, typed } => {
                envelope = if response.status.is_success() {
                    Envelope::default()
                } else {
                    Envelope::read(&response.body)
                };
                AttemptOutcome::Response {
                    status: response.status,
                    code: envelope.code.as_deref(),
                    kind: classify(response.status, &envelope),
                    readable: typed.is_some(),
                }
            }
            Attempt::NotSent(error) => AttemptOutcome::NotSent {
                transient: !is_certificate(error),
            },
            Attempt::Lost { .. } => AttemptOutcome::Lost,
            Attempt::BuildFailed(_) => AttemptOutcome::NotSent { transient: false },
        };
        decide(operation.is_idempotent, outcome)
    }

    /// Converts a failed attempt to an error, with all that is known of it.
    pub(crate) fn error<T>(&self, operation: &Operation, attempt: Attempt<T>) -> Error {
        let inner = match attempt {
            Attempt::Response { response, .. } => Self::error_from_response(&response),
            Attempt::NotSent(error) => {
                ErrorInner::new(ErrorKind::Connect, innermost(&error)).with_source(error)
            }
            Attempt::BuildFailed(why) => ErrorInner::new(ErrorKind::Config, why),
            Attempt::Lost { response, cause } => {
                let mut inner = match cause {
                    LossCause::Timeout => {
                        ErrorInner::new(ErrorKind::Timeout, "the request was sent")
                    }
                    LossCause::Broken(error) if error.is_timeout() => {
                        ErrorInner::new(ErrorKind::Timeout, "the request was sent")
                            .with_source(error)
                    }
                    LossCause::Broken(error) => {
                        ErrorInner::new(ErrorKind::ConnectionLost, innermost(&error))
                            .with_source(error)
                    }
                    LossCause::TooLarge => ErrorInner::new(
                        ErrorKind::Decode,
                        format!("it is larger than {} bytes", self.body_cap),
                    ),
                };
                if let Some(response) = response {
                    Self::add_response(&mut inner, &response);
                }
                inner
            }
        };
        Error::from(inner).map_inner(|inner| inner.operation = Some(operation.id))
    }

    /// Converts a response that is not a usable success to an error.
    pub(crate) fn error_from_response(response: &RawResponse) -> ErrorInner {
        let envelope = Envelope::read(&response.body);
        let kind = if !response.status.is_success() {
            classify(response.status, &envelope)
        } else if envelope.is_failure {
            // An error with status 200. Its body decides; without a code, it is a bad request.
            classify(http::StatusCode::BAD_REQUEST, &envelope)
        } else {
            ErrorKind::Decode
        };
        let mut inner = ErrorInner::new(kind, envelope.message.unwrap_or_default());
        inner.code = envelope.code;
        inner.param = envelope.param;
        inner.error_type = envelope.error_type;
        Self::add_response(&mut inner, response);
        inner
    }

    /// Adds what every error keeps of a response.
    fn add_response(inner: &mut ErrorInner, response: &RawResponse) {
        inner.status = Some(response.status);
        inner.request_id = request_id(&response.headers);
        inner.retry_after = retry_after(&response.headers);
        inner.body = Some(response.body.clone());
    }
}

/// Counts and times the attempts of one call.
pub(crate) struct RetryLoop<'a> {
    transport: &'a Transport,
    started: Instant,
    deadline: Instant,
    attempts: u32,
}

impl<'a> RetryLoop<'a> {
    pub(crate) fn new(transport: &'a Transport, deadline: Instant) -> Self {
        Self {
            transport,
            started: Instant::now(),
            deadline,
            attempts: 0,
        }
    }

    pub(crate) fn begin(&mut self) {
        self.attempts += 1;
        if self.attempts > 1 {
            self.transport.counters.retries.add();
        }
    }

    /// Waits before the next attempt. Returns the error if no further attempt is allowed.
    pub(crate) async fn pause(&self, error: Error) -> Result<(), Error> {
        let policy = &self.transport.retry;
        if self.attempts >= policy.max_attempts {
            return Err(self.finish(error));
        }
        let pause = policy.pause(self.attempts, error.retry_after());
        let end = self
            .deadline
            .min(saturating_add(self.started, policy.max_elapsed));
        let due = Instant::now().checked_add(pause);
        if due.is_none_or(|due| due >= end) {
            return Err(self.finish(error.map_inner(|inner| {
                if inner.retry_after.is_some() {
                    inner
                        .message
                        .push_str(" [the wait it asks for lies beyond the deadline]");
                }
            })));
        }
        if !self.transport.budget.try_withdraw() {
            return Err(self.finish(error));
        }
        tracing::debug!(attempt = self.attempts, pause_ms = pause.as_millis(), error = %error.kind(), "retrying");
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Adds the number of attempts and the elapsed time.
    pub(crate) fn finish(&self, error: Error) -> Error {
        let elapsed = self.started.elapsed();
        error.map_inner(|inner| {
            inner.attempts = self.attempts;
            inner.elapsed = elapsed;
        })
    }
}

/// Returns the innermost cause, below layers such as "error sending request".
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Returns true if a handshake failed because of a certificate, so that a retry is pointless.
fn is_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return true;
    }
    // `io::Error` hides what it wraps from `source`.
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    let wrapped = wrapped.map(|wrapped| wrapped as &(dyn std::error::Error + 'static));
    wrapped
        .or_else(|| error.source())
        .is_some_and(is_certificate)
}
