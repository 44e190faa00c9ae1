//! Sends a create, again only where that is proven to be free, and settles whatever stays in doubt.

use std::future::ready;
use std::sync::PoisonError;
use std::time::Duration;

use http::StatusCode;
use toapis_client::operations::CREATE_IMAGE;
use toapis_client::types;
use tokio::time::Instant;

use super::PreparedRequest;
use super::builder::SubmitRequest;
use super::guard::Past;
use super::reconcile::{Settled, settle};
use crate::error::{Context, Error, ErrorKind, SubmissionOutcome};
use crate::generated::models::Model;
use crate::ids::BusinessId;
use crate::request::ReferenceStyle;
use crate::request::body;
use crate::request::{forget, uploaded};
use crate::retry::Verdict;
use crate::task::{Task, TaskSnapshot, find_id, read};
use crate::time::from_now;
use crate::transport::{Attempt, Call, Reply, Transport, Tries, salvage};

/// The whole of a submit.
pub(super) async fn send(submit: SubmitRequest) -> Result<Task, Error> {
    let (client, id) = (&submit.prepared.client, &submit.prepared.id);
    let transport = client.transport();
    transport.counters.calls.add();
    let longest = transport
        .retry
        .max_elapsed
        .saturating_add(client.0.settle_for);
    let until = from_now(submit.timeout.unwrap_or(longest));
    let Some(mut past) = submit.prepared.once.enter(until).await else {
        let message = "another submit of the same request is still under way";
        return Err(unknown(
            Context::new(ErrorKind::Timeout, message).into(),
            id,
        ));
    };
    if submit.again && matches!(*past, Past::Nothing) {
        // Sent before by the caller's word, in another process perhaps.
        *past = Past::Doubt;
    }
    let doubted = match &*past {
        Past::Made(task) => return Ok(Task::clone(task)),
        Past::Doubt => true,
        Past::Nothing => false,
    };
    let sent = if doubted && !submit.again {
        let message =
            "the answer to an earlier submit of the same request was lost, or not waited for";
        let error = Context::new(ErrorKind::ConnectionLost, message).into();
        in_doubt(&submit.prepared, error, until).await
    } else {
        send_once(&submit, until, &mut past).await
    };
    match sent {
        Ok(task) => {
            *past = Past::Made(Box::new(task.clone()));
            Ok(task)
        }
        // This one was refused for certain; what became of one before it stays as it was.
        Err(error) if error.outcome() == Some(&SubmissionOutcome::Rejected) && doubted => {
            Err(unknown(error, id))
        }
        Err(error) => {
            if error.outcome() == Some(&SubmissionOutcome::Rejected) {
                *past = Past::Nothing;
            }
            Err(error)
        }
    }
}

async fn send_once(submit: &SubmitRequest, until: Instant, past: &mut Past) -> Result<Task, Error> {
    let prepared = &submit.prepared;
    let (client, transport) = (&prepared.client, prepared.client.transport());
    prepared.id.check().map_err(rejected)?;
    let mut body = body::draft(&prepared.request, Some(&prepared.id));
    if submit.checked {
        prepared.check_draft(&body).map_err(rejected)?;
    }
    if submit.again
        && let Settled::Found(snapshot) = settle(client, &prepared.id, until, Duration::ZERO).await
    {
        return Ok(accept(prepared, *snapshot, true));
    }
    let (urls, mask) = uploaded(client, &prepared.request, until)
        .await
        .map_err(rejected)?;
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();

    let mut form = Form::of(prepared, urls.len());
    let written = |style| {
        let (request, mask) = (&prepared.request, mask.as_deref());
        body::body(request, &urls, mask, style, Some(&prepared.id))
    };
    if !urls.is_empty() || mask.is_some() {
        body = written(form.style);
    }
    let mut tries = Tries::new(transport, until);
    loop {
        tries.begin();
        // Whoever drops this from here on leaves a doubt behind.
        let before = std::mem::replace(past, Past::Doubt);
        let attempt = match attempt(prepared, &body, until).await {
            Ok(attempt) => attempt,
            Err(error) => return Err(tries.finish(rejected(error))),
        };
        let attempt = match accepted(attempt) {
            Ok(snapshot) => {
                transport.budget.give_back();
                form.remember(prepared);
                return Ok(accept(prepared, *snapshot, false));
            }
            Err(attempt) => attempt,
        };
        let verdict = Transport::judge(prepared.operation, &attempt);
        let error = transport.error(prepared.operation, *attempt);
        let error = error.with(|context| context.business = Some(prepared.id.clone()));
        match verdict {
            Verdict::Again => {
                *past = before;
                tries.pause(rejected(error)).await?;
            }
            // A 400 made no task, so the other form is free to try.
            Verdict::Refused if form.switch(&error, &prepared.request.model) => {
                *past = before;
                body = written(form.style);
            }
            Verdict::Refused => {
                if error.kind() == ErrorKind::InvalidReference {
                    // Uploads do not live for ever: the next submit uploads anew.
                    let used: Vec<&str> = urls.iter().copied().chain(mask.as_deref()).collect();
                    forget(client, &used);
                }
                return Err(tries.finish(rejected(error)));
            }
            Verdict::Settle | Verdict::Done => {
                return in_doubt(prepared, error, until)
                    .await
                    .map_err(|error| tries.finish(error));
            }
        }
    }
}

/// An error after which a task may exist.
fn unknown(error: Error, id: &BusinessId) -> Error {
    error.with(|context| {
        context.business = Some(id.clone());
        context.outcome = Some(SubmissionOutcome::Unknown(id.clone()));
    })
}

/// An error after which it is certain that no task was made.
fn rejected(error: Error) -> Error {
    error.with(|context| context.outcome = Some(SubmissionOutcome::Rejected))
}

/// The answer was lost: asks what became of the create. It is not sent again, whatever comes of that.
async fn in_doubt(prepared: &PreparedRequest, error: Error, until: Instant) -> Result<Task, Error> {
    let (client, id) = (&prepared.client, &prepared.id);
    let counters = &client.transport().counters;
    tracing::warn!(business_id = %id, kind = %error.kind(), "the answer to a create was lost; asking what became of it");
    counters.reconciliations.add();
    match settle(client, id, until, client.0.settle_for).await {
        Settled::Found(snapshot) => {
            counters.recovered_tasks.add();
            Ok(accept(prepared, *snapshot, true))
        }
        Settled::Open { asked, last } => Err(unknown(error, id).with(|context| {
            let last = last.map_or_else(String::new, |last| {
                format!(", the last time: {}", last.kind())
            });
            let before = if context.message.is_empty() { "" } else { "; " };
            context.message = format!(
                "{}{before}asked {asked} times what became of it{last}",
                context.message
            );
        })),
    }
}

/// The form that references are sent in, and whether the other one was tried.
struct Form {
    style: ReferenceStyle,
    /// Whether there is a choice: there are references, and the caller did not choose.
    open: bool,
    switched: bool,
}

impl Form {
    fn of(prepared: &PreparedRequest, references: usize) -> Self {
        let styles = prepared
            .client
            .0
            .styles
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let learned = styles.get(&prepared.request.model).copied();
        Self {
            style: body::style(&prepared.request, learned),
            open: references > 0 && prepared.request.style.is_none(),
            switched: false,
        }
    }

    /// Turns to the other form, once, if the service refused the field that holds the references.
    fn switch(&mut self, error: &Error, model: &Model) -> bool {
        if !self.open || self.switched || !names_references(error, model) {
            return false;
        }
        self.switched = true;
        self.style = match self.style {
            ReferenceStyle::Objects => ReferenceStyle::Strings,
            ReferenceStyle::Strings => ReferenceStyle::Objects,
        };
        tracing::debug!(style = ?self.style, "the service refused the form of the references");
        true
    }

    /// The next request to that model begins with the form that was taken.
    fn remember(&self, prepared: &PreparedRequest) {
        if self.switched {
            let mut styles = prepared
                .client
                .0
                .styles
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            styles.insert(prepared.request.model.clone(), self.style);
        }
    }
}

/// One attempt at the create, leaving time to ask what became of it.
async fn attempt(
    prepared: &PreparedRequest,
    body: &types::ImageRequest,
    until: Instant,
) -> Result<Attempt<types::Task>, Error> {
    let transport = prepared.client.transport();
    let left = until.saturating_duration_since(Instant::now());
    let reserve = (left / 3).min(prepared.client.0.settle_for);
    let each = transport.attempt_timeout.min(left.saturating_sub(reserve));
    let make = || {
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
        until,
        each,
        make,
    };
    transport.once(&call).await
}

/// The task of an attempt that a service accepted, however well its answer arrived; else the attempt, with what was parsed
/// of it taken away.
fn accepted(attempt: Attempt<types::Task>) -> Result<Box<TaskSnapshot>, Box<Attempt<types::Task>>> {
    match attempt {
        Attempt::Answered { reply, typed } if reply.status.is_success() => {
            match typed
                .and_then(|task| read(*task, &reply.body, None))
                .or_else(|| salvaged(&reply))
            {
                Some(snapshot) => Ok(Box::new(snapshot)),
                None => Err(Box::new(Attempt::Answered { reply, typed: None })),
            }
        }
        // The answer broke off; if the id had come by then, nothing is lost.
        Attempt::Lost {
            reply: Some(reply),
            cause,
        } if reply.status.is_success() => match salvaged(&reply) {
            Some(snapshot) => Ok(Box::new(snapshot)),
            None => Err(Box::new(Attempt::Lost {
                reply: Some(reply),
                cause,
            })),
        },
        other => Err(Box::new(other)),
    }
}

/// The task of a success that is cut short, if its id came whole.
pub(crate) fn salvaged(reply: &Reply) -> Option<TaskSnapshot> {
    let whole = salvage(&reply.body);
    if whole.contains_key("error") {
        return None;
    }
    let fields = serde_json::Value::Object(whole);
    let id = find_id(&fields, 0)?;
    let body = bytes::Bytes::from(serde_json::to_vec(&fields).unwrap_or_default());
    let typed = crate::transport::lenient(&body).unwrap_or_default();
    let mut snapshot = read(typed, &body, Some(&crate::ids::TaskId::from_service(id)))?;
    snapshot.raw = reply.body.clone();
    Some(snapshot)
}

fn accept(prepared: &PreparedRequest, snapshot: TaskSnapshot, recovered: bool) -> Task {
    tracing::debug!(task = %snapshot.id, business_id = %prepared.id, recovered, "accepted");
    Task::accepted(
        prepared.client.clone(),
        snapshot,
        prepared.id.clone(),
        prepared.request.model.as_str(),
        recovered,
    )
}

/// Whether a refusal is about the field that holds the references.
fn names_references(error: &Error, model: &Model) -> bool {
    let field = body::reference_field(model.row());
    let singular = field.trim_end_matches('s');
    let named = |text: &str| text.contains(singular);
    error.status() == Some(StatusCode::BAD_REQUEST)
        && matches!(
            error.kind(),
            ErrorKind::BadRequest | ErrorKind::InvalidReference
        )
        && (error.param().is_some_and(named) || named(error.message()))
}
