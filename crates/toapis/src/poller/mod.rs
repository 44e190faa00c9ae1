//! Waits for a task: one state machine, as a future and as a stream.

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
use crate::generated::states::TaskStatus;
use crate::ids::TaskId;
use crate::polling::PollingPolicy;
use crate::task::{CompletedTask, Task};

use state_machine::PollLoop;

/// How long to wait where nothing is said. Twenty times what a task takes as a rule.
const DEADLINE: Duration = Duration::from_mins(10);
/// How many looks may fail one after another where nothing is said. With the growing pauses between them, that is longer than
/// the default deadline: a service in trouble is no reason to give up a task that is paid.
const FAILURES: u32 = 30;

/// A waiting for a task: await it, or take its [`updates`](Self::updates).
///
/// Dropping it stops the waiting and nothing else: the task goes on, is paid, and can be waited for again.
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
/// A task that failed; a waiting that came to its deadline (the error keeps the id, the last state, the looks and the time, and
/// the task goes on); a key that is not accepted; a task that is not known, and stays so; a long run of failed looks.
#[derive(Clone)]
#[must_use = "a waiting does nothing until it is awaited"]
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
    /// How long to wait at most, from when the waiting begins. Never overslept. Default: 10 minutes.
    pub fn timeout(mut self, deadline: Duration) -> Self {
        self.timeout = deadline;
        self
    }

    /// When to look, other than the client says.
    pub fn polling_policy(mut self, policy: PollingPolicy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// How many looks may fail one after another before the waiting ends. Default: 30.
    pub fn max_consecutive_errors(mut self, failures: u32) -> Self {
        self.max_consecutive_errors = failures.max(1);
        self
    }

    /// What happens on the way, as it happens. Ends after [`TaskUpdate::Completed`], or after the first error.
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
        f.debug_struct("Wait")
            .field("task", &self.task)
            .field("deadline", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Something that happened while waiting for a task.
#[derive(Debug)]
#[non_exhaustive]
pub enum TaskUpdate {
    /// The waiting began; always the first. This is the id to write down.
    Accepted(TaskId),
    /// The task is in another state than before; the first state counts as one.
    Status(TaskStatus),
    /// The progress changed, in percent. Many tasks stay at 0 until they are done.
    Progress(u8),
    /// A look at the task failed. The waiting goes on, and so does the task.
    PollError(Error),
    /// It is done; always the last. A task that fails ends the stream with an error instead.
    Completed(CompletedTask),
}

/// The [`TaskUpdate`]s of a waiting, as a stream.
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
    /// The next update, without the need for an extension trait.
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
        f.debug_struct("Updates").finish_non_exhaustive()
    }
}
