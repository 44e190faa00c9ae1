//! Status of a task, and the task object itself as create answers it too.

use http::StatusCode;
use serde::Serialize;

use super::{Answer, desk::Orders, refusal::Refusal};
use crate::{
    clock::Moment,
    dice::file_hex,
    fault::Wait,
    settings::FirstState,
    world::{KeyRef, Outcome, Stage, Task, World},
};

/// A task as the API tells it; the fields in the order of the documentation's samples.
#[derive(Serialize)]
struct View<'t> {
    id: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_business_id: Option<&'t str>,
    object: &'static str,
    model: &'t str,
    status: &'static str,
    progress: u64,
    created_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<TaskResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<TaskError<'t>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
}

/// The request's is not echoed; what the service does is unknown.
#[derive(Serialize)]
struct Metadata {}

/// Why a task failed.
#[derive(Serialize)]
struct TaskError<'t> {
    code: &'t str,
    message: &'t str,
}

/// The pictures of a completed task.
#[derive(Serialize)]
pub(crate) struct TaskResult {
    r#type: &'static str,
    data: Vec<Picture>,
}

#[derive(Serialize)]
struct Picture {
    url: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    layer: Option<Layer>,
}

/// A layer tells where it stands. The form of its boxes is unknown; corners are the simulator's choice.
#[derive(Serialize)]
struct Layer {
    size: String,
    output_format: &'static str,
    z_index: u32,
    bounding_box: BoundingBox,
    name: String,
    description: &'static str,
}

#[derive(Serialize)]
struct BoundingBox {
    absolute: [u32; 4],
    normalized: [u32; 4],
}

/// Looks a task up by its id, then by the id that its caller gave it; tells whether it was the latter.
pub(super) fn find(world: &World, key: KeyRef, asked: &str) -> Option<(u32, bool)> {
    let state = world.state();
    let by_id = state.find(key.account, asked).map(|place| (place, false));
    by_id.or_else(|| Some((state.find_by_business_id(key.account, asked)?, true)))
}

/// The state of the task at this place, and how often it was asked for.
pub(super) fn status(
    world: &World,
    place: u32,
    now: Moment,
    orders: &Orders,
) -> Result<(Answer, u32), Refusal> {
    let mut state = world.state();
    let task = state.task_mut(place).ok_or(Refusal::TaskNotFound)?;
    task.polls += 1;
    let hidden = orders.missing.is_some_and(|wait| match wait {
        Wait::For(time) => now < task.timeline.accepted + time,
        Wait::Polls(polls) => task.polls <= polls,
    });
    if hidden {
        return Err(Refusal::TaskNotFound);
    }
    let answer = Answer::json(StatusCode::OK, &view(world, task, now, false));
    Ok((answer, task.polls))
}

/// The task as its create answers it.
pub(super) fn created(world: &World, task: &Task, now: Moment) -> Answer {
    Answer::json(StatusCode::OK, &view(world, task, now, true))
}

fn view<'t>(world: &World, task: &'t Task, now: Moment, create: bool) -> View<'t> {
    let clock = &world.clock;
    let page = world.settings.first_state == FirstState::Queued;
    let mut view = View {
        id: &task.id,
        client_business_id: task.business_id.as_deref(),
        object: "generation.task",
        model: &task.model,
        status: match task.stage(now) {
            Stage::Pending if page => "queued",
            Stage::Pending => "pending",
            Stage::Queued => "queued",
            Stage::InProgress => "in_progress",
            Stage::Ended => "completed",
        },
        progress: if world.settings.progress_moves {
            task.progress(now)
        } else {
            0
        },
        created_at: clock.unix(task.timeline.accepted),
        completed_at: None,
        expires_at: None,
        result: None,
        error: None,
        metadata: create.then_some(Metadata {}),
    };
    if task.stage(now) == Stage::Ended {
        match task.outcome() {
            Outcome::Completed => {
                let completed_at = clock.unix(task.timeline.finished);
                view.progress = 100;
                view.completed_at = Some(completed_at);
                view.expires_at = Some(completed_at + world.result_lifetime().as_secs());
                view.result = Some(task_result(world, task));
            }
            Outcome::Failed(failure) => {
                view.status = "failed";
                view.progress = 0;
                view.error = Some(TaskError {
                    code: &failure.code,
                    message: &failure.message,
                });
            }
        }
    }
    view
}

/// The pictures of a task that is completed.
pub(crate) fn task_result(world: &World, task: &Task) -> TaskResult {
    let picture = |image| Picture {
        url: picture_url(world, task, image),
        layer: task.layers.then(|| layer(task, image)),
    };
    TaskResult {
        r#type: "image",
        data: (0..task.images).map(picture).collect(),
    }
}

fn layer(task: &Task, image: u32) -> Layer {
    Layer {
        size: format!("{}x{}", task.width, task.height),
        output_format: task.format.extension(),
        z_index: image,
        bounding_box: BoundingBox {
            absolute: [0, 0, task.width, task.height],
            normalized: [0, 0, 1, 1],
        },
        name: format!("layer {}", image + 1),
        description: "A layer of the picture",
    }
}

/// Where a picture of a task is served.
pub(crate) fn picture_url(world: &World, task: &Task, image: u32) -> String {
    let number = task.first_file + image;
    let host = &world.files_urls[number as usize % world.files_urls.len()];
    let hex = file_hex(world.settings.seed, number);
    format!(
        "{host}/generated/{}_{hex}.{}",
        world.clock.unix(task.timeline.finished),
        task.format.extension()
    )
}
