//! The task object of the API, and the result object that webhooks share with it.

use serde::Serialize;

use crate::{
    clock::SimInstant,
    config::InitialStatus,
    state::{AppState, Task, TaskOutcome, TaskPhase},
};

/// The task object, with its fields in the order of the documentation's samples.
#[derive(Serialize)]
pub(crate) struct TaskObject<'t> {
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

/// The empty metadata of a create response. Whether the service echoes the request's is unknown.
#[derive(Serialize)]
struct Metadata {}

#[derive(Serialize)]
struct TaskError<'t> {
    code: &'t str,
    message: &'t str,
}

/// The images of a completed task.
#[derive(Serialize)]
pub(crate) struct TaskResult {
    r#type: &'static str,
    data: Vec<ResultItem>,
}

#[derive(Serialize)]
struct ResultItem {
    url: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    layer: Option<Layer>,
}

/// A layer of a decomposed image.
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

impl<'t> TaskObject<'t> {
    /// Creates the task object of a status response.
    pub(crate) fn new(app: &AppState, task: &'t Task, now: SimInstant) -> Self {
        let clock = &app.clock;
        let mut object = Self {
            id: &task.id,
            client_business_id: task.business_id.as_deref(),
            object: "generation.task",
            model: &task.model,
            status: status(app, task, now),
            progress: if app.config.report_progress {
                task.progress(now)
            } else {
                0
            },
            created_at: clock.to_unix(task.timeline.accepted),
            completed_at: None,
            expires_at: None,
            result: None,
            error: None,
            metadata: None,
        };
        if task.phase(now) == TaskPhase::Ended {
            match task.outcome() {
                TaskOutcome::Completed => {
                    let completed_at = clock.to_unix(task.timeline.finished);
                    object.progress = 100;
                    object.completed_at = Some(completed_at);
                    object.expires_at = Some(completed_at + app.result_lifetime().as_secs());
                    object.result = Some(TaskResult::new(app, task));
                }
                TaskOutcome::Failed(failure) => {
                    object.progress = 0;
                    object.error = Some(TaskError {
                        code: &failure.code,
                        message: &failure.message,
                    });
                }
            }
        }
        object
    }

    /// Creates the task object of a create response.
    pub(crate) fn created(app: &AppState, task: &'t Task, now: SimInstant) -> Self {
        Self {
            metadata: Some(Metadata {}),
            ..Self::new(app, task, now)
        }
    }
}

/// Returns the status of a task as the API names it.
pub(crate) fn status(app: &AppState, task: &Task, now: SimInstant) -> &'static str {
    match (task.phase(now), task.outcome()) {
        (TaskPhase::Pending, _) if app.config.initial_status == InitialStatus::Queued => "queued",
        (TaskPhase::Pending, _) => "pending",
        (TaskPhase::Queued, _) => "queued",
        (TaskPhase::InProgress, _) => "in_progress",
        (TaskPhase::Ended, TaskOutcome::Completed) => "completed",
        (TaskPhase::Ended, TaskOutcome::Failed(_)) => "failed",
    }
}

impl TaskResult {
    /// Creates the result of a completed task.
    pub(crate) fn new(app: &AppState, task: &Task) -> Self {
        let item = |image| ResultItem {
            url: app.image_url(task, image),
            layer: task.layers.then(|| Layer::new(task, image)),
        };
        Self {
            r#type: "image",
            data: (0..task.images).map(item).collect(),
        }
    }
}

impl Layer {
    /// Creates a layer that covers the whole image.
    fn new(task: &Task, image: u32) -> Self {
        Self {
            size: format!("{}x{}", task.width, task.height),
            output_format: task.format.extension(),
            z_index: image,
            bounding_box: BoundingBox {
                absolute: [0, 0, task.width, task.height],
                normalized: [0, 0, 1000, 1000],
            },
            name: format!("layer {}", image + 1),
            description: "A layer of the image",
        }
    }
}
