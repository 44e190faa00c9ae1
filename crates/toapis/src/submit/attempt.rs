//! One attempt at a create, and whether its response proves that a task was created.

use std::future::ready;

use toapis_client::operations::CREATE_IMAGE;
use toapis_client::types;
use tokio::time::Instant;

use super::builder::PreparedRequest;
use crate::error::{Error, SubmissionOutcome};
use crate::ids::BusinessId;
use crate::request::body;
use crate::task::{Task, TaskSnapshot, parse_task, parse_truncated_task};
use crate::transport::{Attempt, Call};

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

/// Returns the task that a response proves, even if the response is truncated. Otherwise returns the
/// attempt, without what was parsed of it.
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
