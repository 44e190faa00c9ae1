//! Waiting for a task: telling what happens on the way, saving what comes out, and saying where it is.

use std::time::{Duration, SystemTime};

use toapis::{CompletedTask, PollingPolicy, Task, TaskSnapshot, TaskUpdate};
use tokio::time::Instant;

use crate::args::Waiting;
use crate::console::Console;
use crate::documents::{FailureDocument, ImageDocument, TaskDocument};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;

/// Until when, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// The end of all waiting, if one was asked for.
    pub(crate) until: Option<Instant>,
    /// The pause between two looks, if one was asked for.
    pub(crate) pause: Option<Duration>,
}

impl Patience {
    pub(crate) fn of(waiting: &Waiting) -> Self {
        Self {
            until: waiting
                .deadline
                .map(|seconds| Instant::now() + Duration::from_secs(seconds)),
            pause: waiting.poll.map(Duration::from_secs),
        }
    }

    /// What is left of the deadline.
    pub(crate) fn left(self) -> Option<Duration> {
        self.until
            .map(|until| until.saturating_duration_since(Instant::now()))
    }
}

/// Waits, saves where that was asked for, and prints what there is: the files, or else the URLs.
pub(crate) async fn wait(
    console: Console,
    task: &Task,
    patience: Patience,
    output: Option<&Output>,
    simulated: bool,
) -> Result<()> {
    let completed = watch(console, task, patience).await?;
    let mut document = TaskDocument {
        simulated,
        ..document(completed.snapshot())
    };
    if let Some(output) = output {
        document.images = output.save(console, &completed).await?;
    }
    console.answer(&document, |document| {
        document.images.iter().map(ImageDocument::line).collect()
    })
}

/// Tells on stderr what happens, until the task is done.
async fn watch(console: Console, task: &Task, patience: Patience) -> Result<CompletedTask> {
    let mut wait = task.wait();
    if let Some(left) = patience.left() {
        wait = wait.timeout(left);
    }
    if let Some(pause) = patience.pause {
        wait = wait.polling_policy(PollingPolicy::fixed(pause).jitter(0.0));
    }
    let mut updates = wait.updates();
    while let Some(update) = updates.next().await {
        match update? {
            TaskUpdate::Accepted(id) => console.say(format!("task {id}")),
            TaskUpdate::Status(state) => console.say(format!("  {state}")),
            TaskUpdate::Progress(percent) => console.say(format!("  {percent} %")),
            TaskUpdate::PollError(error) => console.say(format!("  still waiting: {error}")),
            TaskUpdate::Completed(completed) => return Ok(completed),
            _ => {}
        }
    }
    Err(Failure::new(
        Exit::Error,
        format!("the waiting for {} ended without a word", task.id()),
    ))
}

/// What the service says of a task, as a document.
pub(crate) fn document(snapshot: &TaskSnapshot) -> TaskDocument {
    TaskDocument {
        id: snapshot.id().to_string(),
        business_id: snapshot.business_id().map(ToString::to_string),
        model: snapshot.model().map(str::to_owned),
        status: snapshot.status().to_string(),
        progress: snapshot.progress(),
        created_at: snapshot.created_at().and_then(unix_seconds),
        completed_at: snapshot.completed_at().and_then(unix_seconds),
        expires_at: snapshot.expires_at().and_then(unix_seconds),
        images: snapshot.urls().map(ImageDocument::at).collect(),
        failure: snapshot.failure().map(|failure| FailureDocument {
            code: failure.code,
            message: failure.message,
        }),
        simulated: false,
    }
}

/// Converts a time to Unix seconds; `None` before 1970.
fn unix_seconds(time: SystemTime) -> Option<i64> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}
