//! Tracks what is in flight, so that an interruption can report a task that continues.

use std::sync::{Arc, Mutex, PoisonError};

use toapis::{BusinessId, TaskId};

use crate::cli_error::CliError;
use crate::exit_status::ExitStatus;

/// The step that is in flight, recorded before each step that may be billed.
#[derive(Debug, Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<Step>>);

#[derive(Debug, Clone, Default)]
enum Step {
    #[default]
    Nothing,
    /// A create with this business id was sent or is about to be.
    Submitting(String),
    /// This task was created.
    Task(String),
}

impl InFlight {
    /// Records that a create is about to be sent.
    pub(crate) fn submitting(&self, business_id: &BusinessId) {
        self.set(Step::Submitting(business_id.to_string()));
    }

    /// Records that the service created the task.
    pub(crate) fn task(&self, id: &TaskId) {
        self.set(Step::Task(id.to_string()));
    }

    fn set(&self, step: Step) {
        // Only a panic poisons the lock, and the last step is still correct after one.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = step;
    }

    /// Returns the error of a command that was interrupted now.
    pub(crate) fn interrupted(&self) -> CliError {
        let step = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let error = CliError::new(ExitStatus::Interrupted, "interrupted");
        match step {
            Step::Nothing => error,
            Step::Submitting(id) => {
                let mut error = error.hint(format!(
                    "A task may exist and be billed. Do not submit it again; run `toapis status {id}`."
                ));
                error.error.business_id = Some(id);
                error
            }
            Step::Task(id) => {
                let mut error = error.hint(format!(
                    "The task continues and is billed. Run `toapis wait {id}`."
                ));
                error.error.task_id = Some(id);
                error
            }
        }
    }
}
