//! What happens on the way.

use crate::error::Error;
use crate::generated::states::TaskState;
use crate::ids::TaskId;
use crate::task::Completed;

/// Something that happened while waiting for a task.
#[derive(Debug)]
#[non_exhaustive]
pub enum Update {
    /// The waiting began; always the first. This is the id to write down.
    Accepted(TaskId),
    /// The task is in another state than before; the first state counts as one.
    State(TaskState),
    /// The progress changed, in percent. Many tasks stay at 0 until they are done.
    Progress(u8),
    /// A look at the task failed. The waiting goes on, and so does the task.
    PollFailed(Error),
    /// It is done; always the last. A task that fails ends the stream with an error instead.
    Completed(Completed),
}
