//! Polls a task: one state machine, as a future and as a stream.

mod duration;
mod state_machine;

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};

use tracing::Instrument as _;

use crate::error::Error;
use crate::generated::statuses::TaskStatus;
use crate::ids::TaskId;
use crate::polling::PollingPolicy;
use crate::task::{CompletedTask, Task};

use state_machine::PollLoop;

/// The default timeout: twenty times the typical duration of a task.
const DEADLINE: Duration = Duration::from_mins(10);
/// The default maximum of consecutive errors. With back-off, they take longer than the default
/// timeout: a failing service does not end the polling of a paid task.
const FAILURES: u32 = 30;

/// Polls a task until it ends. Await it for the result, or use [`updates`](Self::updates).
///
/// Dropping it stops polling. The task continues, is paid, and can be polled again.
///
/// ```no_run
/// # async fn f(client: toapis::Client) -> Result<(), toapis::Error> {
/// use std::time::Duration;
/// let done = client.task("tsk_img_01JQZ").wait().timeout(Duration::from_secs(300)).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// The error of a failed task; [`ErrorKind::PollTimeout`](crate::ErrorKind::PollTimeout) after the
/// timeout, with the task id, the last status, the number of polls and the elapsed time (the task
/// continues); a rejected API key; a task that stays unknown; too many consecutive errors.
#[derive(Clone)]
#[must_use = "a poller does nothing until it is awaited"]
pub struct TaskPoller {
    task: Task,
    timeout: Duration,
    policy: Option<PollingPolicy>,
    max_consecutive_errors: u32,
}

impl Task {
    /// Waits until the task has ended: await the returned poller, or take its
    /// [`updates`](TaskPoller::updates). Times out after 10 minutes unless
    /// [`timeout`](TaskPoller::timeout) is set.
    #[must_use = "a poller does nothing until it is awaited"]
    pub fn wait(&self) -> TaskPoller {
        TaskPoller {
            task: self.clone(),
            timeout: DEADLINE,
            policy: None,
            max_consecutive_errors: FAILURES,
        }
    }
}

impl TaskPoller {
    /// Sets the timeout, which starts with the first poll. Default: 10 minutes.
    pub fn timeout(mut self, deadline: Duration) -> Self {
        self.timeout = deadline;
        self
    }

    /// Sets the polling policy. Default: that of the client.
    pub fn polling_policy(mut self, policy: PollingPolicy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Sets the number of consecutive failed polls that ends polling. Default: 30.
    pub fn max_consecutive_errors(mut self, failures: u32) -> Self {
        self.max_consecutive_errors = failures.max(1);
        self
    }

    /// Returns the updates as a stream. It ends after [`TaskUpdate::Completed`] or the first error.
    pub fn updates(self) -> TaskUpdates {
        let machine = PollLoop::new(self);
        let updates = stream::unfold(machine, |mut machine| async move {
            let update = machine.next().await?;
            Some((update, machine))
        });
        TaskUpdates(Box::pin(updates.fuse()))
    }
}

impl IntoFuture for TaskPoller {
    type Output = Result<CompletedTask, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let span = tracing::info_span!("toapis.wait", task = %self.task.id());
        let mut machine = PollLoop::new(self);
        let waiting = async move {
            loop {
                match machine.next().await {
                    Some(Ok(TaskUpdate::Completed(done))) => return Ok(done),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error),
                    None => return Err(machine.timed_out()),
                }
            }
        };
        Box::pin(waiting.instrument(span))
    }
}

impl fmt::Debug for TaskPoller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskPoller")
            .field("task", &self.task)
            .field("deadline", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// An event while a task is polled.
#[derive(Debug)]
#[non_exhaustive]
pub enum TaskUpdate {
    /// Polling started. Always the first update. Store this id.
    Accepted(TaskId),
    /// The status changed. The first status is a change too.
    Status(TaskStatus),
    /// The progress changed, in percent. Many tasks stay at 0 until they are completed.
    Progress(u8),
    /// A poll failed. Polling continues.
    PollError(Error),
    /// The task is completed. Always the last update. A failed task ends the stream with an error
    /// instead.
    Completed(CompletedTask),
}

/// A stream of [`TaskUpdate`]s.
///
/// ```no_run
/// # async fn f(task: toapis::Task) -> Result<(), toapis::Error> {
/// use futures_util::StreamExt;
/// use toapis::TaskUpdate;
/// let mut updates = task.wait().updates();
/// while let Some(update) = updates.next().await {
///     match update? {
///         TaskUpdate::Progress(percent) => println!("{percent} %"),
///         TaskUpdate::Completed(done) => println!("{}", done.images()[0].url()),
///         _ => {}
///     }
/// }
/// # Ok(()) }
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct TaskUpdates(BoxStream<'static, Result<TaskUpdate, Error>>);

impl TaskUpdates {
    /// Returns the next update, or `None` after the last one. It needs no extension trait.
    pub async fn next(&mut self) -> Option<Result<TaskUpdate, Error>> {
        std::future::poll_fn(|context| self.0.as_mut().poll_next(context)).await
    }
}

impl Stream for TaskUpdates {
    type Item = Result<TaskUpdate, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for TaskUpdates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskUpdates").finish_non_exhaustive()
    }
}
