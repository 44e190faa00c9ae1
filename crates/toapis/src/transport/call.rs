//! A call: one attempt after another, as far as the table, the policy and the deadline allow.

use std::time::Duration;

use http::HeaderValue;
use serde::de::DeserializeOwned;
use toapis_client::Operation;
use tokio::time::Instant;

use super::attempt::Cause;
use super::headers::request_id;
use super::{Attempt, Counters, Reply, retry_after};
use crate::api_key::ApiKey;
use crate::error::{Context, Envelope, Error, ErrorKind, classify};
use crate::rate_limit::Limits;
use crate::retry::{Budget, Happened, RetryPolicy, Verdict, decide};
use crate::time::{after, from_now};

/// What a generated function makes of its arguments.
pub(crate) type Request = Result<reqwest::Request, toapis_client::Error<()>>;

/// Everything that a client and its clones share to make calls.
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

/// One call to be made: how to build its request, and when it must be over.
pub(crate) struct Call<F> {
    pub(crate) operation: &'static Operation,
    pub(crate) until: Instant,
    /// The longest that one attempt may take.
    pub(crate) each: Duration,
    /// Builds the request through the generated client; called once for each attempt.
    pub(crate) make: F,
}

impl Transport {
    /// Waits for the bucket, then makes one attempt.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RateLimited`], nothing sent, if the bucket has no place before the deadline.
    pub(crate) async fn once<T, F, M>(&self, call: &Call<F>) -> Result<Attempt<T>, Error>
    where
        T: DeserializeOwned,
        F: Fn() -> M,
        M: Future<Output = Request>,
    {
        let operation = call.operation;
        if let Some(bucket) = self.limits.bucket(operation.rate_limit) {
            let slot = bucket.reserve(call.until).map_err(|wait| {
                let message = "this client's own rate limit has no place before the deadline; nothing was sent";
                Error::from(Context::new(ErrorKind::RateLimited, message)).with(|context| {
                    context.operation = Some(operation.id);
                    context.retry_after = Some(wait);
                })
            })?;
            if slot.wait().await {
                self.counters.rate_limit_waits.add();
            }
        }
        self.counters.attempts.add();
        let until = call.until.min(from_now(call.each));
        let started = Instant::now();
        let attempt = match (call.make)().await {
            Ok(request) => self.attempt(request, until).await,
            Err(toapis_client::Error::InvalidRequest(why)) => Attempt::Unsendable(why),
            Err(error) => Attempt::Unsendable(error.to_string()),
        };
        tracing::debug!(
            operation = operation.id,
            outcome = attempt.name(),
            status = attempt.status(),
            elapsed_ms = started.elapsed().as_millis(),
            "attempt"
        );
        if let Attempt::Answered { reply, .. } = &attempt {
            let limited = reply.status == http::StatusCode::TOO_MANY_REQUESTS;
            self.limits.learn(
                operation.rate_limit,
                limited,
                &reply.headers,
                retry_after(&reply.headers),
            );
        }
        Ok(attempt)
    }

    /// Makes a call that is safe to repeat, again and again as the policy allows.
    ///
    /// `read` takes what is wanted out of the parsed answer; `None` where it is not there.
    pub(crate) async fn call<T, F, M, R>(
        &self,
        call: Call<F>,
        read: impl Fn(T, &Reply) -> Option<R>,
    ) -> Result<R, Error>
    where
        T: DeserializeOwned,
        F: Fn() -> M,
        M: Future<Output = Request>,
    {
        self.counters.calls.add();
        let mut tries = Tries::new(self, call.until);
        loop {
            tries.begin();
            let attempt = match self.once(&call).await {
                Ok(Attempt::Answered { reply, typed }) => {
                    let wanted = typed
                        .filter(|_| reply.status.is_success())
                        .and_then(|typed| read(*typed, &reply));
                    if let Some(wanted) = wanted {
                        self.budget.give_back();
                        return Ok(wanted);
                    }
                    Attempt::Answered { reply, typed: None }
                }
                Ok(attempt) => attempt,
                Err(error) => return Err(tries.finish(error)),
            };
            let verdict = Self::judge(call.operation, &attempt);
            let error = self.error(call.operation, attempt);
            // A refusal that wears a 200 is final too.
            if verdict != Verdict::Again
                || (error.status() == Some(http::StatusCode::OK)
                    && error.kind() != ErrorKind::Decode)
            {
                return Err(tries.finish(error));
            }
            tries.pause(error).await?;
        }
    }

    /// The verdict of the table on an attempt.
    pub(crate) fn judge<T>(operation: &Operation, attempt: &Attempt<T>) -> Verdict {
        let envelope;
        let happened = match attempt {
            Attempt::Answered { reply, typed } => {
                envelope = if reply.status.is_success() {
                    Envelope::default()
                } else {
                    Envelope::read(&reply.body)
                };
                Happened::Answer {
                    status: reply.status,
                    code: envelope.code.as_deref(),
                    kind: classify(reply.status, &envelope),
                    readable: typed.is_some(),
                }
            }
            Attempt::NotSent(error) => Happened::NotSent {
                passing: !is_certificate(error),
            },
            Attempt::Lost { .. } => Happened::Lost,
            Attempt::Unsendable(_) => Happened::NotSent { passing: false },
        };
        decide(operation.is_idempotent, happened)
    }

    /// An attempt that did not work, as an error that keeps all of it.
    pub(crate) fn error<T>(&self, operation: &Operation, attempt: Attempt<T>) -> Error {
        let context = match attempt {
            Attempt::Answered { reply, .. } => Self::refusal(&reply),
            Attempt::NotSent(error) => {
                Context::new(ErrorKind::Connect, innermost(&error)).caused_by(error)
            }
            Attempt::Unsendable(why) => Context::new(ErrorKind::Config, why),
            Attempt::Lost { reply, cause } => {
                let mut context = match cause {
                    Cause::TimeOut => Context::new(ErrorKind::Timeout, "the request was sent"),
                    Cause::Broken(error) if error.is_timeout() => {
                        Context::new(ErrorKind::Timeout, "the request was sent").caused_by(error)
                    }
                    Cause::Broken(error) => {
                        Context::new(ErrorKind::ConnectionLost, innermost(&error)).caused_by(error)
                    }
                    Cause::TooLarge => Context::new(
                        ErrorKind::Decode,
                        format!("it is larger than {} bytes", self.body_cap),
                    ),
                };
                if let Some(reply) = reply {
                    Self::keep(&mut context, &reply);
                }
                context
            }
        };
        Error::from(context).with(|context| context.operation = Some(operation.id))
    }

    /// A refusal as an error, by its status and whatever its body says.
    pub(crate) fn refusal(reply: &Reply) -> Context {
        let envelope = Envelope::read(&reply.body);
        let kind = if !reply.status.is_success() {
            classify(reply.status, &envelope)
        } else if envelope.says_failed {
            // A refusal that wears a 200: what it says decides, and if that tells nothing, it is a bad request.
            classify(http::StatusCode::BAD_REQUEST, &envelope)
        } else {
            ErrorKind::Decode
        };
        let mut context = Context::new(kind, envelope.message.unwrap_or_default());
        context.code = envelope.code;
        context.param = envelope.param;
        context.class = envelope.class;
        Self::keep(&mut context, reply);
        context
    }

    /// What every error keeps of an answer.
    pub(crate) fn keep(context: &mut Context, reply: &Reply) {
        context.status = Some(reply.status);
        context.request_id = request_id(&reply.headers);
        context.retry_after = retry_after(&reply.headers);
        context.body = Some(reply.body.clone());
    }
}

/// The count and the clock of one call's attempts.
pub(crate) struct Tries<'a> {
    transport: &'a Transport,
    started: Instant,
    until: Instant,
    made: u32,
}

impl<'a> Tries<'a> {
    pub(crate) fn new(transport: &'a Transport, until: Instant) -> Self {
        Self {
            transport,
            started: Instant::now(),
            until,
            made: 0,
        }
    }

    pub(crate) fn begin(&mut self) {
        self.made += 1;
        if self.made > 1 {
            self.transport.counters.retries.add();
        }
    }

    /// Waits before the next attempt, or gives the error back if there is to be none.
    pub(crate) async fn pause(&self, error: Error) -> Result<(), Error> {
        let policy = &self.transport.retry;
        if self.made >= policy.max_attempts {
            return Err(self.finish(error));
        }
        let pause = policy.pause(self.made, error.retry_after());
        let end = self.until.min(after(self.started, policy.max_elapsed));
        let due = Instant::now().checked_add(pause);
        if due.is_none_or(|due| due >= end) {
            return Err(self.finish(error.with(|context| {
                if context.retry_after.is_some() {
                    context
                        .message
                        .push_str(" [the wait it asks for lies beyond the deadline]");
                }
            })));
        }
        if !self.transport.budget.take() {
            return Err(self.finish(error));
        }
        tracing::debug!(attempt = self.made, pause_ms = pause.as_millis(), error = %error.kind(), "trying again");
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Adds what only the count knows.
    pub(crate) fn finish(&self, error: Error) -> Error {
        let elapsed = self.started.elapsed();
        error.with(|context| {
            context.attempts = self.made;
            context.elapsed = elapsed;
        })
    }
}

/// The cause that says something, below the layers that say "error sending request".
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Whether a handshake failed over the certificate: the next one will fail the same way.
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
