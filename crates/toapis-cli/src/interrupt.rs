//! What Ctrl-C must tell: whether a task goes on without this command.

use std::sync::{Arc, Mutex, PoisonError};

use toapis::{BusinessId, TaskId};

use crate::exit::Exit;
use crate::failure::Failure;

/// What is under way, written down before each step that may cost something.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnderWay(Arc<Mutex<Step>>);

#[derive(Debug, Clone, Default)]
enum Step {
    #[default]
    Nothing,
    /// A create has left, or is about to, with this business id.
    Submitting(String),
    /// This task runs.
    Task(String),
}

impl UnderWay {
    /// A create is about to be sent.
    pub(crate) fn submitting(&self, business_id: &BusinessId) {
        self.set(Step::Submitting(business_id.to_string()));
    }

    /// The service has taken the task.
    pub(crate) fn task(&self, id: &TaskId) {
        self.set(Step::Task(id.to_string()));
    }

    fn set(&self, step: Step) {
        // A lock is only poisoned by a panic, and then the last step is still the right one to tell.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = step;
    }

    /// The failure that an interruption ends with.
    pub(crate) fn interrupted(&self) -> Failure {
        let step = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut failure = Failure::new(Exit::Interrupted, "interrupted");
        match step {
            Step::Nothing => {}
            Step::Submitting(id) => {
                failure = failure.hint(format!(
                    "A task may have been made, and be paid. Do not send it again; ask for it: toapis status {id}"
                ));
                failure.error.business_id = Some(id);
            }
            Step::Task(id) => {
                failure = failure.hint(format!(
                    "The task goes on, and is paid. Go on with it: toapis wait {id}"
                ));
                failure.error.task_id = Some(id);
            }
        }
        failure
    }
}
