//! Submits a create: retries it only if no task can exist, and reconciles a lost response.

use std::future::ready;
use std::sync::PoisonError;
use std::time::Duration;

use http::StatusCode;
use toapis_client::operations::CREATE_IMAGE;
use toapis_client::types;
use tokio::time::Instant;

use super::builder::{PreparedRequest, SubmitRequest};
use super::guard::PriorAttempt;
use super::reconcile::{Reconciliation, reconcile};
use crate::catalog::ReferenceStyle;
use crate::error::{Error, ErrorInner, ErrorKind, SubmissionOutcome};
use crate::ids::BusinessId;
use crate::request::{body, invalidate_cached};
use crate::retry::RetryDecision;
use crate::task::{Task, TaskSnapshot, parse_task, parse_truncated_task};
use crate::time::deadline_after;
use crate::transport::{Attempt, Call, RetryLoop, Transport};

/// Runs a submit to its end.
pub(super) async fn submit(submit: SubmitRequest) -> Result<Task, Error> {
    let (client, id) = (&submit.prepared.client, &submit.prepared.id);
    let transport = client.transport();
    transport.counters.calls.add();
    let default = transport.retry.max_elapsed;
    let default = default.saturating_add(client.0.reconcile_timeout);
    let deadline = deadline_after(submit.timeout.unwrap_or(default));
    let Some(mut prior) = submit.prepared.shared.guard.lock(deadline).await else {
        let message = "another submit of the same request is still in progress";
        return Err(unknown(
            ErrorInner::new(ErrorKind::Timeout, message).into(),
            id,
        ));
    };
    if submit.resubmit && matches!(*prior, PriorAttempt::None) {
        // The caller knows of an earlier attempt, perhaps in another process.
        *prior = PriorAttempt::Unknown;
    }
    let was_unknown = match &*prior {
        PriorAttempt::Created(task) => return Ok(Task::clone(task)),
        PriorAttempt::Unknown => true,
        PriorAttempt::None => false,
    };
    let result = if was_unknown && !submit.resubmit {
        reconcile_lost_response(&submit.prepared, earlier_response_lost(), deadline).await
    } else {
        send_with_retries(&submit, deadline, &mut prior).await
    };
    match result {
        Ok(task) => {
            *prior = PriorAttempt::Created(Box::new(task.clone()));
            Ok(task)
        }
        Err(error) if error.outcome() == Some(&SubmissionOutcome::Rejected) => {
            if was_unknown {
                // Only this attempt was rejected; that of the earlier one is still unknown.
                return Err(unknown(error, id));
            }
            *prior = PriorAttempt::None;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

/// The error of a submit whose predecessor may have created a task.
pub(super) fn earlier_response_lost() -> Error {
    let message = "the response to an earlier submit of the same request was lost or not awaited";
    ErrorInner::new(ErrorKind::ConnectionLost, message).into()
}

async fn send_with_retries(
    submit: &SubmitRequest,
    deadline: Instant,
    prior: &mut PriorAttempt,
) -> Result<Task, Error> {
    let prepared = &submit.prepared;
    let (client, transport) = (&prepared.client, prepared.client.transport());
    let check = prepared.id.check();
    check.map_err(|invalid| rejected(invalid.into()))?;
    if submit.validate {
        prepared.validate().map_err(rejected)?;
    }
    if submit.resubmit
        && let Reconciliation::Found(snapshot) =
            reconcile(client, &prepared.id, deadline, Duration::ZERO).await
    {
        return Ok(accept(prepared, *snapshot, true));
    }
    let urls = prepared.reference_urls(deadline).await.map_err(rejected)?;
    let mut style = ReferenceStyleFallback::new(prepared);
    let mut body = prepared.body_with(&urls);
    let mut retries = RetryLoop::new(transport, deadline);
    loop {
        retries.begin();
        // If the future is dropped from here on, the outcome is unknown.
        let before = std::mem::replace(prior, PriorAttempt::Unknown);
        let acquired = transport.acquire_token(prepared.operation, deadline).await;
        acquired.map_err(|error| retries.finish(rejected(error)))?;
        let attempt = send_create(prepared, &body, deadline).await;
        let attempt = match parse_acceptance(attempt) {
            Ok(snapshot) => {
                transport.budget.deposit();
                style.remember(prepared);
                return Ok(accept(prepared, *snapshot, false));
            }
            Err(attempt) => attempt,
        };
        let decision = Transport::retry_decision(prepared.operation, &attempt);
        let error = transport.error(prepared.operation, *attempt);
        let error = error.map_inner(|inner| inner.business = Some(prepared.id.clone()));
        match decision {
            RetryDecision::Retry => {
                *prior = before;
                retries.pause(rejected(error)).await?;
            }
            // A 400 creates no task, so the other form can be tried.
            RetryDecision::Fail if style.switch(&error, prepared) => {
                *prior = before;
                let request = prepared.request();
                body::set_references(body.to_mut(), request, &urls, Some(style.style));
            }
            RetryDecision::Fail => {
                if error.kind() == ErrorKind::InvalidReference {
                    // Uploads expire; the next submit uploads the images again.
                    prepared.forget_reference_urls();
                    invalidate_cached(client, &urls);
                }
                return Err(retries.finish(rejected(error)));
            }
            RetryDecision::Reconcile | RetryDecision::Done => {
                let found = reconcile_lost_response(prepared, error, deadline).await;
                return found.map_err(|error| retries.finish(error));
            }
        }
    }
}

/// Sends a create once, and leaves time before the deadline to look its task up.
pub(super) async fn send_create(
    prepared: &PreparedRequest,
    body: &types::ImageRequest,
    deadline: Instant,
) -> Attempt<types::Task> {
    let transport = prepared.client.transport();
    let remaining = deadline.saturating_duration_since(Instant::now());
    let reserve = (remaining / 3).min(prepared.client.0.reconcile_timeout);
    let build_request = || {
        let api = &transport.api;
        ready(if prepared.operation.id == CREATE_IMAGE.id {
            api.create_image_request(body)
        } else if let Some(body) = body::edit(body) {
            api.edit_image_request(&body)
        } else {
            let why = "the request cannot be written as an edit".to_owned();
            Err(toapis_client::Error::InvalidRequest(why))
        })
    };
    let call = Call {
        operation: prepared.operation,
        deadline,
        attempt_timeout: transport
            .attempt_timeout
            .min(remaining.saturating_sub(reserve)),
        build_request,
    };
    transport.send_attempt(&call).await
}

/// Returns the task that a response proves, even if the response is truncated. Otherwise returns
/// the attempt, without what was parsed of it.
pub(super) fn parse_acceptance(
    attempt: Attempt<types::Task>,
) -> Result<Box<TaskSnapshot>, Box<Attempt<types::Task>>> {
    match attempt {
        Attempt::Response { response, typed } if response.status.is_success() => typed
            .and_then(|task| parse_task(*task, &response.body, None))
            .or_else(|| parse_truncated_task(&response.body))
            .map(Box::new)
            .ok_or_else(|| {
                Box::new(Attempt::Response {
                    response,
                    typed: None,
                })
            }),
        // The connection broke. If the id had arrived by then, nothing is lost.
        Attempt::Lost {
            response: Some(response),
            cause,
        } if response.status.is_success() => parse_truncated_task(&response.body)
            .map(Box::new)
            .ok_or_else(|| {
                Box::new(Attempt::Lost {
                    response: Some(response),
                    cause,
                })
            }),
        other => Err(Box::new(other)),
    }
}

/// Creates the handle of an accepted task.
pub(super) fn accept(prepared: &PreparedRequest, snapshot: TaskSnapshot, recovered: bool) -> Task {
    tracing::debug!(task = %snapshot.id, business_id = %prepared.id, recovered, "accepted");
    Task::accepted(
        prepared.client.clone(),
        snapshot,
        prepared.id.clone(),
        prepared.request().model.as_str(),
        recovered,
    )
}

/// Marks an error after which a task may exist.
pub(super) fn unknown(error: Error, id: &BusinessId) -> Error {
    error.map_inner(|inner| {
        inner.business = Some(id.clone());
        inner.outcome = Some(SubmissionOutcome::Unknown(id.clone()));
    })
}

/// Marks an error that proves that no task was created.
pub(super) fn rejected(error: Error) -> Error {
    error.map_inner(|inner| inner.outcome = Some(SubmissionOutcome::Rejected))
}

/// Looks the task of a lost response up. The create isn't sent again, whether or not a task is
/// found.
async fn reconcile_lost_response(
    prepared: &PreparedRequest,
    error: Error,
    deadline: Instant,
) -> Result<Task, Error> {
    let (client, id) = (&prepared.client, &prepared.id);
    let counters = &client.transport().counters;
    tracing::warn!(business_id = %id, kind = %error.kind(), "the response to a create was lost; looking the task up");
    counters.reconciliations.add();
    match reconcile(client, id, deadline, client.0.reconcile_timeout).await {
        Reconciliation::Found(snapshot) => {
            counters.recovered_tasks.add();
            Ok(accept(prepared, *snapshot, true))
        }
        Reconciliation::Unresolved { lookups, last } => {
            Err(unknown(error, id).map_inner(|inner| {
                let last =
                    last.map_or_else(String::new, |last| format!("; last error: {}", last.kind()));
                let plural = if lookups == 1 { "" } else { "s" };
                let separator = if inner.message.is_empty() { "" } else { "; " };
                inner.message = format!(
                    "{}{separator}no task found in {lookups} lookup{plural}{last}",
                    inner.message
                );
            }))
        }
    }
}

/// The form in which references are sent, and whether the other one was tried.
struct ReferenceStyleFallback {
    style: ReferenceStyle,
    /// There are references, and the caller didn't choose a form.
    has_choice: bool,
    switched: bool,
}

impl ReferenceStyleFallback {
    fn new(prepared: &PreparedRequest) -> Self {
        let request = prepared.request();
        Self {
            style: body::reference_style(request, prepared.learned_style()),
            has_choice: !request.references.is_empty() && request.style.is_none(),
            switched: false,
        }
    }

    /// Switches to the other form, once, if the service rejected the field that holds the
    /// references.
    fn switch(&mut self, error: &Error, prepared: &PreparedRequest) -> bool {
        if !self.has_choice || self.switched || !is_reference_error(error, prepared) {
            return false;
        }
        self.switched = true;
        self.style = match self.style {
            ReferenceStyle::Objects => ReferenceStyle::Strings,
            ReferenceStyle::Strings => ReferenceStyle::Objects,
        };
        tracing::debug!(style = ?self.style, "the service rejected the form of the references");
        true
    }

    /// Makes the next request to this model start with the accepted form.
    fn remember(&self, prepared: &PreparedRequest) {
        if self.switched {
            let styles = prepared.client.0.reference_styles.lock();
            styles
                .unwrap_or_else(PoisonError::into_inner)
                .insert(prepared.request().model.clone(), self.style);
        }
    }
}

/// Returns true if the service rejected the field that holds the references.
fn is_reference_error(error: &Error, prepared: &PreparedRequest) -> bool {
    let field = body::reference_field(prepared.request().model.row());
    let singular = field.trim_end_matches('s');
    let named = |text: &str| text.contains(singular);
    error.status() == Some(StatusCode::BAD_REQUEST)
        && matches!(
            error.kind(),
            ErrorKind::BadRequest | ErrorKind::InvalidReference
        )
        && (error.param().is_some_and(named) || named(error.message()))
}
