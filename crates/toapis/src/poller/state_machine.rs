//! The state machine of polling: when to poll, and what a response means.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::duration::{age, observed_duration};
use super::{TaskPoller, TaskUpdate};
use crate::error::{Error, ErrorInner, ErrorKind, PollStats};
use crate::generated::statuses::TaskStatus;
use crate::polling::{PollContext, PollingPolicy};
use crate::task::{CompletedTask, Task, TaskSnapshot};

/// The timeout of one poll, so that a hanging one does not use up the whole time.
const POLL_TIMEOUT: Duration = Duration::from_secs(20);
/// The number of consecutive error responses after which a permanent error ends polling,
const REQUIRED_CONFIRMATIONS: u32 = 3;
/// and the time: for a new task, which may not be known everywhere yet, and for others.
const NEW_TASK_GRACE: Duration = Duration::from_secs(30);
const EXISTING_TASK_GRACE: Duration = Duration::from_secs(5);
/// The age until which a task is new.
const NEW_TASK_AGE: Duration = Duration::from_mins(1);

/// The state of polling one task.
pub(super) struct PollLoop {
    task: Task,
    policy: PollingPolicy,
    started: Instant,
    deadline: Instant,
    /// The start of the task, if known: an instant and the age at that instant.
    reference: Instant,
    reference_age: Duration,
    allowed_failures: u32,
    queue: VecDeque<TaskUpdate>,
    stage: Stage,
    end: Option<Error>,
    status: Option<TaskStatus>,
    progress: Option<u8>,
    /// The last two changes of the progress, for its speed.
    moved: Option<(Instant, u8)>,
    left: Option<Duration>,
    polls: u32,
    last_poll: Option<Instant>,
    failed: u32,
    /// The number of failed polls since the last successful one.
    consecutive_failures: u32,
    /// The start and the number of consecutive error responses.
    refused: Option<(Instant, u32)>,
    raw: Option<bytes::Bytes>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    /// The time of the next poll; `last` if no other poll fits before the deadline.
    Polling {
        due: Instant,
        last: bool,
    },
    Over,
}

impl PollLoop {
    pub(super) fn new(wait: TaskPoller) -> Self {
        let now = Instant::now();
        let policy = wait
            .policy
            .unwrap_or_else(|| wait.task.client.0.polling_policy.clone());
        Self {
            policy,
            started: now,
            deadline: now
                .checked_add(wait.timeout)
                .unwrap_or_else(|| now + Duration::from_hours(8760)),
            reference: wait.task.created.unwrap_or(now),
            reference_age: Duration::ZERO,
            allowed_failures: wait.max_consecutive_errors,
            task: wait.task,
            queue: VecDeque::new(),
            stage: Stage::New,
            end: None,
            status: None,
            progress: None,
            moved: None,
            left: None,
            polls: 0,
            last_poll: None,
            failed: 0,
            consecutive_failures: 0,
            refused: None,
            raw: None,
        }
    }

    /// Returns the next update, or `None` after the last one.
    pub(super) async fn next(&mut self) -> Option<Result<TaskUpdate, Error>> {
        loop {
            if let Some(update) = self.queue.pop_front() {
                return Some(Ok(update));
            }
            if let Some(error) = self.end.take() {
                return Some(Err(error));
            }
            let ended = match self.stage {
                Stage::Over => return None,
                Stage::New => self.begin(),
                Stage::Polling { due, last } => {
                    tokio::time::sleep_until(due).await;
                    self.poll(last).await
                }
            };
            if let Err(error) = ended {
                self.stage = Stage::Over;
                // Updates that are queued come first.
                self.end = Some(error);
            }
        }
    }

    /// Starts the clock at the first poll, not when the poller was created.
    fn begin(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        self.deadline = now + (self.deadline - self.started);
        self.started = now;
        self.queue
            .push_back(TaskUpdate::Accepted(self.task.id().clone()));
        match self.task.initial.take() {
            Some(first) if self.task.created.is_some() || first.status.is_final() => {
                self.apply(Arc::unwrap_or_clone(first))?;
                if self.stage != Stage::Over {
                    self.plan(None);
                }
            }
            _ => {
                self.stage = Stage::Polling {
                    due: now,
                    last: false,
                }
            }
        }
        Ok(())
    }

    async fn poll(&mut self, last: bool) -> Result<(), Error> {
        self.polls += 1;
        let before = self.last_poll.replace(Instant::now());
        // Boxed, so that a task between polls does not reserve memory for a running one.
        let outcome = Box::pin(self.task.poll_once(self.deadline, POLL_TIMEOUT)).await;
        match outcome {
            Ok(snapshot) => {
                self.consecutive_failures = 0;
                self.refused = None;
                self.learn(&snapshot, before);
                self.apply(snapshot)?;
                if self.stage == Stage::Over {
                    return Ok(());
                }
                if last {
                    return Err(self.timed_out());
                }
                self.plan(None);
            }
            Err(error) => {
                self.failed += 1;
                self.consecutive_failures += 1;
                if self.is_terminal_error(&error)
                    || self.consecutive_failures >= self.allowed_failures
                {
                    return Err(self.attach_stats(error));
                }
                tracing::debug!(task = %self.task.id(), kind = %error.kind(), run = self.consecutive_failures, "poll failed");
                let floor = error.retry_after();
                self.queue
                    .push_back(TaskUpdate::PollError(self.task.attach_to(error)));
                if last || Instant::now() >= self.deadline {
                    return Err(self.timed_out());
                }
                if let Some(floor) = floor
                    && Instant::now()
                        .checked_add(floor)
                        .is_none_or(|due| due >= self.deadline)
                {
                    return Err(self.timed_out().map_inner(|inner| {
                        inner.retry_after = Some(floor);
                        inner
                            .message
                            .push_str("; `Retry-After` is later than the deadline");
                    }));
                }
                self.plan(floor);
            }
        }
        Ok(())
    }

    /// Returns true if a failed poll ends polling.
    fn is_terminal_error(&mut self, error: &Error) -> bool {
        let definite = match error.kind() {
            ErrorKind::Unauthorized | ErrorKind::Config | ErrorKind::InvalidId => return true,
            ErrorKind::NotFound | ErrorKind::BadRequest => true,
            // Only errors of the service count, not pages of a proxy in front of it.
            ErrorKind::Forbidden => error.code().is_some(),
            _ => false,
        };
        if !definite {
            self.refused = None;
            return false;
        }
        let now = Instant::now();
        let (since, count) = self
            .refused
            .map_or((now, 1), |(since, count)| (since, count + 1));
        self.refused = Some((since, count));
        let is_new = self
            .task
            .created
            .is_some_and(|created| since - created < NEW_TASK_AGE);
        let grace = if is_new {
            NEW_TASK_GRACE
        } else {
            EXISTING_TASK_GRACE
        };
        count >= REQUIRED_CONFIRMATIONS && now - since >= grace
    }

    /// Handles a poll response, or the response of the create.
    fn apply(&mut self, snapshot: TaskSnapshot) -> Result<(), Error> {
        if self.task.record.model.is_none() {
            Arc::make_mut(&mut self.task.record)
                .model
                .clone_from(&snapshot.model);
        }
        if self.status.as_ref() != Some(&snapshot.status) {
            if self.status.is_none() && self.task.created.is_none() {
                self.reference_age = age(snapshot.created_at, SystemTime::now());
            }
            self.status = Some(snapshot.status.clone());
            self.queue
                .push_back(TaskUpdate::Status(snapshot.status.clone()));
        }
        if let Some(progress) = snapshot.progress
            && self.progress != Some(progress)
        {
            self.progressed(progress);
        }
        if !snapshot.status.is_final() {
            self.raw = Some(snapshot.raw);
            return Ok(());
        }
        self.stage = Stage::Over;
        let completed = CompletedTask::from_snapshot(&self.task.client, snapshot);
        let mut completed = completed.map_err(|error| self.attach_stats(error))?;
        completed.polls = self.polls;
        completed.elapsed = self.started.elapsed();
        self.queue.push_back(TaskUpdate::Completed(completed));
        Ok(())
    }

    fn progressed(&mut self, progress: u8) {
        let now = Instant::now();
        self.progress = Some(progress);
        self.queue.push_back(TaskUpdate::Progress(progress));
        self.left = None;
        if let Some((since, from)) = self.moved
            && progress > from
            && progress < 100
        {
            let rate = (now - since).as_secs_f64() / f64::from(progress - from);
            self.left = Duration::try_from_secs_f64(rate * f64::from(100 - progress)).ok();
        }
        self.moved = Some((now, progress));
    }

    /// Schedules the next poll: by the policy, not before `Retry-After`, and not after the
    /// deadline.
    fn plan(&mut self, floor: Option<Duration>) {
        let now = Instant::now();
        let model = self.task.record.model.as_deref().unwrap_or_default();
        let context = PollContext {
            age: self.reference_age + (now - self.reference),
            polls: self.polls,
            model,
            left: self.left.take(),
            consecutive_errors: self.consecutive_failures,
        };
        let pause = self.policy.pause(&self.task.client.0.history, context);
        let pause = pause.max(floor.unwrap_or_default());
        // The last poll is early enough for its response to arrive.
        let left = self.deadline.saturating_duration_since(now);
        let reserve = (left / 10).min(Duration::from_secs(2));
        let latest = self.deadline - reserve;
        let due = now.checked_add(pause).unwrap_or(latest);
        let last = due >= latest;
        let earliest = now + floor.unwrap_or_default();
        self.stage = Stage::Polling {
            due: if last { latest.max(earliest) } else { due },
            last,
        };
    }

    /// Records the duration of the task, if it was observed from start to end.
    fn learn(&self, snapshot: &TaskSnapshot, before: Option<Instant>) {
        let (Some(created), TaskStatus::Completed) = (self.task.created, &snapshot.status) else {
            return;
        };
        let now = Instant::now();
        let latest = now - created;
        let earliest = before.map_or(Duration::ZERO, |before| {
            before.saturating_duration_since(created)
        });
        let took = observed_duration(earliest, latest, snapshot.created_at, snapshot.completed_at);
        let model = self
            .task
            .record
            .model
            .as_deref()
            .or(snapshot.model.as_deref())
            .unwrap_or_default();
        self.task.client.0.history.learn(model, took);
    }

    /// Returns the error for a timeout.
    pub(super) fn timed_out(&self) -> Error {
        let elapsed = self.started.elapsed();
        let message = format!(
            "timed out after {} s; the task keeps running and is paid",
            elapsed.as_secs()
        );
        let mut context = ErrorInner::new(ErrorKind::PollTimeout, message);
        context.body.clone_from(&self.raw);
        self.attach_stats(context.into())
    }

    /// Adds the statistics of polling to an error.
    fn attach_stats(&self, error: Error) -> Error {
        self.task.attach_to(error).map_inner(|inner| {
            inner.attempts = self.polls;
            inner.elapsed = self.started.elapsed();
            inner.wait = Some(PollStats {
                last_status: self.status.clone(),
                polls: self.polls,
                poll_failures: self.failed,
            });
        })
    }
}

/// Ten thousand of these are common.
const _: () = assert!(size_of::<PollLoop>() <= 1024);

#[cfg(test)]
mod tests;
