//! The status of a task.

use http::StatusCode;

use super::error::ApiError;
use crate::{
    clock::SimInstant,
    faults::{FaultEffects, MissingUntil},
    server::BufferedResponse,
    state::AppState,
    task_object::TaskObject,
};

/// Counts a poll of the task at this index. Returns the response and the number of polls so far.
pub(super) fn poll(
    app: &AppState,
    task: u32,
    now: SimInstant,
    effects: &FaultEffects,
) -> Result<(BufferedResponse, u32), ApiError> {
    let mut store = app.store();
    let task = store.task_mut(task).ok_or(ApiError::TaskNotFound)?;
    task.polls += 1;
    let is_missing = effects.missing_until.is_some_and(|until| match until {
        MissingUntil::Elapsed(time) => now < task.timeline.accepted + time,
        MissingUntil::Polls(polls) => task.polls <= polls,
    });
    if is_missing {
        return Err(ApiError::TaskNotFound);
    }
    let object = TaskObject::new(app, task, now);
    Ok((BufferedResponse::json(StatusCode::OK, &object), task.polls))
}
