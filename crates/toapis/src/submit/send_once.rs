//! Sends a create exactly once, for callers with a retry and reconciliation policy of their own.

use super::builder::PreparedRequest;
use super::execute::{
    accept, earlier_response_lost, parse_acceptance, rejected, send_create, unknown,
};
use super::guard::PriorAttempt;
use crate::error::{Error, ErrorInner, ErrorKind};
use crate::retry::RetryDecision;
use crate::task::Task;
use crate::time::deadline_after;
use crate::transport::{Attempt, Transport};

/// The result of [`PreparedRequest::send_once`].
#[derive(Debug)]
#[non_exhaustive]
pub enum SendOutcome {
    /// The service accepted the create: the task exists and is paid.
    Accepted(Task),
    /// The response proves that no task exists. The create can be sent again.
    Rejected(Error),
    /// No byte of the create was sent. It can be sent again.
    NotSent(Error),
    /// A task may exist. Don't send the create again; look the task up with
    /// [`Images::find_by_business_id`](crate::Images::find_by_business_id).
    Unknown(Error),
}

impl PreparedRequest {
    /// Sends the create exactly once: without validation, rate-limit wait, retry or lookup
    /// afterwards.
    ///
    /// This is the primitive for callers that store each step, such as a batch. They validate with
    /// [`Images::prepare`](crate::Images::prepare), upload local images with
    /// [`upload_references`](Self::upload_references), and take a token from
    /// [`Client::rate_limiter`](crate::Client::rate_limiter) first. All others use
    /// [`submit`](Self::submit).
    ///
    /// If an earlier attempt of this prepared request or a clone created a task, that task is
    /// returned. If the outcome of an earlier attempt is unknown, or one is in progress, nothing is
    /// sent and the outcome is [`Unknown`](SendOutcome::Unknown). The other reference style isn't
    /// tried if the service rejects the first one.
    ///
    /// Dropping the future leaves the outcome unknown. The client's attempt timeout applies.
    pub async fn send_once(&self) -> SendOutcome {
        let transport = self.client.transport();
        let Ok(mut prior) = self.shared.guard.try_lock() else {
            let message = "another submit of the same request is in progress";
            let error = ErrorInner::new(ErrorKind::Timeout, message).into();
            return SendOutcome::Unknown(unknown(error, &self.id));
        };
        match &*prior {
            PriorAttempt::Created(task) => return SendOutcome::Accepted(Task::clone(task)),
            PriorAttempt::Unknown => {
                return SendOutcome::Unknown(unknown(earlier_response_lost(), &self.id));
            }
            PriorAttempt::None => {}
        }
        if let Err(invalid) = self.id.check() {
            return SendOutcome::NotSent(rejected(invalid.into()));
        }
        let Some(urls) = self.known_reference_urls() else {
            let message = "the reference images are not uploaded; call `upload_references` first";
            let error = ErrorInner::new(ErrorKind::InvalidReference, message).into();
            return SendOutcome::NotSent(rejected(error));
        };
        transport.counters.calls.add();
        let body = self.body_with(&urls);
        let reconcile_timeout = self.client.0.reconcile_timeout;
        let deadline = deadline_after(transport.attempt_timeout.saturating_add(reconcile_timeout));
        *prior = PriorAttempt::Unknown;
        let attempt = match parse_acceptance(Box::pin(send_create(self, &body, deadline)).await) {
            Ok(snapshot) => {
                let task = accept(self, *snapshot, false);
                *prior = PriorAttempt::Created(Box::new(task.clone()));
                return SendOutcome::Accepted(task);
            }
            Err(attempt) => attempt,
        };
        let was_sent = !matches!(*attempt, Attempt::NotSent(_) | Attempt::BuildFailed(_));
        let decision = Transport::retry_decision(self.operation, &attempt);
        let error = transport.error(self.operation, *attempt);
        let error = error.map_inner(|inner| {
            inner.business = Some(self.id.clone());
            inner.attempts = 1;
        });
        match decision {
            RetryDecision::Retry | RetryDecision::Fail => {
                *prior = PriorAttempt::None;
                let error = rejected(error);
                if was_sent {
                    SendOutcome::Rejected(error)
                } else {
                    SendOutcome::NotSent(error)
                }
            }
            RetryDecision::Reconcile | RetryDecision::Done => {
                SendOutcome::Unknown(unknown(error, &self.id))
            }
        }
    }
}
