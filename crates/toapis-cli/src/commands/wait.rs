//! `toapis wait`, and the end of `toapis generate`: waits for a task and saves its images.

use std::time::{Duration, SystemTime};

use toapis::{CompletedTask, PollingPolicy, Task, TaskSnapshot, TaskUpdate};
use tokio::time::Instant;

use crate::args::{Wait, WaitArgs};
use crate::cli_error::{CliError, Result};
use crate::client;
use crate::console::Console;
use crate::exit_status::ExitStatus;
use crate::in_flight::InFlight;
use crate::json_output::{FailureDocument, ImageDocument, TaskDocument};
use crate::output::Output;

/// Runs `toapis wait ID`.
pub(crate) async fn wait(
    console: Console,
    in_flight: &InFlight,
    base_url: Option<&str>,
    args: &Wait,
) -> Result<()> {
    let output = Output::check(&args.wait, 1)?;
    let task = client::from_env(base_url)?.task(&args.id);
    in_flight.task(task.id());
    let options = WaitOptions::from(&args.wait);
    wait_and_save(console, &task, options, output.as_ref(), false).await
}

/// How long to wait, and how often to poll.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WaitOptions {
    /// The end of `--timeout`, counted from the start of the command.
    pub(crate) deadline: Option<Instant>,
    /// The fixed time between polls, instead of the SDK's adaptive policy.
    pub(crate) poll_interval: Option<Duration>,
}

impl From<&WaitArgs> for WaitOptions {
    fn from(args: &WaitArgs) -> Self {
        Self {
            deadline: args.timeout.map(|timeout| Instant::now() + timeout),
            poll_interval: args.poll_interval,
        }
    }
}

impl WaitOptions {
    /// Returns the time that is left until the deadline.
    pub(crate) fn remaining(self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
}

/// Waits for the task, saves its images if there is an output, and prints their paths or URLs.
pub(crate) async fn wait_and_save(
    console: Console,
    task: &Task,
    options: WaitOptions,
    output: Option<&Output>,
    simulated: bool,
) -> Result<()> {
    let completed = poll(console, task, options).await?;
    let mut document = TaskDocument {
        simulated,
        ..task_document(completed.snapshot())
    };
    if let Some(output) = output {
        document.images = output.save(console, &completed).await?;
    }
    console.print(&document, |document| {
        document
            .images
            .iter()
            .map(ImageDocument::location)
            .collect()
    })
}

/// Polls until the task is completed and prints each update on stderr.
async fn poll(console: Console, task: &Task, options: WaitOptions) -> Result<CompletedTask> {
    let mut wait = task.wait();
    if let Some(remaining) = options.remaining() {
        wait = wait.timeout(remaining);
    }
    if let Some(interval) = options.poll_interval {
        wait = wait.polling_policy(PollingPolicy::fixed(interval).jitter(0.0));
    }
    let mut updates = wait.updates();
    while let Some(update) = updates.next().await {
        match update? {
            TaskUpdate::Accepted(id) => console.status(format!("task {id}")),
            TaskUpdate::Status(status) => console.status(format!("  {status}")),
            TaskUpdate::Progress(percent) => console.status(format!("  {percent} %")),
            TaskUpdate::PollError(error) => {
                console.status(format!("  poll failed, retrying: {error}"));
            }
            TaskUpdate::Completed(completed) => return Ok(completed),
            _ => {}
        }
    }
    Err(CliError::new(
        ExitStatus::Error,
        format!("polling of task `{}` ended without a result", task.id()),
    ))
}

/// Converts a snapshot of a task to its document.
pub(crate) fn task_document(snapshot: &TaskSnapshot) -> TaskDocument {
    TaskDocument {
        id: snapshot.id().to_string(),
        business_id: snapshot.business_id().map(ToString::to_string),
        model: snapshot.model().map(str::to_owned),
        status: snapshot.status().to_string(),
        progress: snapshot.progress(),
        created_at: snapshot.created_at().and_then(unix_seconds),
        completed_at: snapshot.completed_at().and_then(unix_seconds),
        expires_at: snapshot.expires_at().and_then(unix_seconds),
        images: snapshot.urls().map(ImageDocument::from_url).collect(),
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
