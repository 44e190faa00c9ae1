//! The life of a row as one pure function, without I/O: [`step`].
//!
//! A store persists what it returns and a runner carries out its effects. Every rule about who may
//! do what is here and nowhere else, so that it can be tested against all orders of events.

use std::fmt;

use serde::Serialize;

/// How far a row has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RowStatus {
    /// It waits for its create.
    Ready,
    /// The intent is recorded; the create may have been sent.
    Sending,
    /// The task exists and is paid.
    Running,
    /// The task is completed; its images are not saved yet.
    Completed,
    /// Its images are saved.
    Done,
    /// The task failed; its credits were refunded.
    Failed,
    /// The request was refused, by the service or before it was sent. No task exists.
    Rejected,
    /// The create was sent and its outcome could not be found out. A task may exist and be paid.
    Unknown,
    /// The images expired before they were saved.
    Expired,
    /// A person gave up an unknown row.
    Dropped,
}

impl RowStatus {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 10] = [
        Self::Ready,
        Self::Sending,
        Self::Running,
        Self::Completed,
        Self::Done,
        Self::Failed,
        Self::Rejected,
        Self::Unknown,
        Self::Expired,
        Self::Dropped,
    ];

    /// Returns the number that represents it in the store. Never change one: indexes depend on 1 to
    /// 3 and on 7.
    pub(crate) fn code(self) -> i64 {
        match self {
            Self::Ready => 0,
            Self::Sending => 1,
            Self::Running => 2,
            Self::Completed => 3,
            Self::Done => 4,
            Self::Failed => 5,
            Self::Rejected => 6,
            Self::Unknown => 7,
            Self::Expired => 8,
            Self::Dropped => 9,
        }
    }

    pub(crate) fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Returns its name as it appears in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Sending => "sending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Dropped => "dropped",
        }
    }

    /// Returns true if a runner has nothing left to do for it.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Done | Self::Failed | Self::Rejected | Self::Expired | Self::Dropped
        )
    }
}

impl fmt::Display for RowStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The part of a row that decides what may happen to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowState {
    /// How far it has come.
    pub status: RowStatus,
    /// Number of the attempt, from 1. Each attempt has a business id of its own.
    pub attempt: u32,
    /// The number of the intent under which the create was, or may have been, sent.
    pub intent: Option<u64>,
    /// The service's id of the task of this attempt.
    pub task: Option<String>,
}

impl RowState {
    /// Returns the state of a row that was just loaded.
    #[must_use]
    pub fn new() -> Self {
        Self {
            status: RowStatus::Ready,
            attempt: 1,
            intent: None,
            task: None,
        }
    }
}

impl Default for RowState {
    fn default() -> Self {
        Self::new()
    }
}

/// Something that happened to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowEvent {
    /// A runner that holds a rate-limit token and a permit wants to send the create. `intent` is a
    /// random number that it keeps in memory only.
    Reserve {
        /// The number.
        intent: u64,
    },
    /// A task exists for an attempt: from the response, a search, a webhook or a person. This is a
    /// fact, independent of its source.
    Accepted {
        /// The attempt whose business id the task has.
        attempt: u32,
        /// The task's id.
        task: String,
    },
    /// The sender has proof that its create made no task, and sending again may succeed: a rate
    /// limit, no connection.
    NotCreated {
        /// The intent under which it was sent.
        intent: u64,
    },
    /// The sender has proof that its create made no task, and sending the same again cannot
    /// succeed.
    Refused {
        /// The intent under which it was sent.
        intent: u64,
    },
    /// The request cannot be sent at all, for example because a local file is missing.
    Invalid,
    /// Look-ups did not find the task of an attempt that was, or may have been, sent. That proves
    /// nothing.
    NotFound {
        /// The attempt that was looked up.
        attempt: u32,
    },
    /// The task is completed.
    TaskCompleted,
    /// The task failed, and its credits were refunded.
    TaskFailed,
    /// Every image is on disk.
    Saved,
    /// The images cannot be fetched any more.
    Expired,
    /// A person wants an unknown row to be sent again, though it may be paid already.
    Resend,
    /// A person gives up an unknown row.
    Drop,
    /// A failed or refused row is to be tried again.
    Retry,
}

/// What has to be done after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// Send the create once, if and only if the number of the intent is in this process's memory,
    /// and remove it from there.
    Send {
        /// The number.
        intent: u64,
    },
    /// Poll the task.
    Poll,
    /// Download the images.
    Download,
    /// Record a paid task that is not the row's own: the row was sent again before it was found.
    RecordExtraTask {
        /// The attempt that made it.
        attempt: u32,
        /// Its id.
        task: String,
    },
}

/// How a step changes what is reserved and spent, in units of the row's cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CreditChange {
    /// Change of the reserved credits.
    pub reserved: i8,
    /// Change of the spent credits.
    pub spent: i8,
}

/// The result of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The new state, to be recorded durably before any effect is carried out.
    pub state: RowState,
    /// What to do next.
    pub effect: Option<Effect>,
    /// How the budget changes, in the same commit.
    pub credits: CreditChange,
}

/// An event that may not happen in the row's state; the row stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a row that is {} (attempt {}) cannot take {event:?}", state.status, state.attempt)]
pub struct InvalidEvent {
    /// The state, unchanged.
    pub state: RowState,
    /// The event.
    pub event: RowEvent,
}

/// Returns what an event makes of a row.
///
/// | from | to | by whom |
/// | --- | --- | --- |
/// | ready | sending | the holder of a token, credits and a permit |
/// | sending | running | anyone who knows the task's id |
/// | sending | ready, rejected | only the sender, with proof that no task exists |
/// | sending | unknown | the sender, or a process that finds the intent, after searching |
/// | unknown | running | anyone who knows the task's id |
/// | unknown | ready (next attempt), dropped | a person |
/// | running | completed, failed, expired | the poller |
/// | completed | done, expired | the downloader |
/// | failed, rejected | ready (next attempt) | a person, or an option to retry |
///
/// # Errors
///
/// [`InvalidEvent`] if the event may not happen in this state.
pub fn step(state: &RowState, event: RowEvent) -> Result<Transition, InvalidEvent> {
    use RowStatus::{
        Completed, Done, Dropped, Expired, Failed, Ready, Rejected, Running, Sending, Unknown,
    };
    let to = |status| RowState {
        status,
        ..state.clone()
    };
    let next_attempt = || RowState {
        attempt: state.attempt + 1,
        ..RowState::new()
    };
    let mine = |intent: u64| state.intent == Some(intent);
    Ok(match (state.status, event) {
        (Ready, RowEvent::Reserve { intent }) => Transition {
            state: RowState {
                intent: Some(intent),
                ..to(Sending)
            },
            effect: Some(Effect::Send { intent }),
            credits: CreditChange {
                reserved: 1,
                spent: 0,
            },
        },
        // The commit succeeded before, but its acknowledgement was lost.
        (Sending, RowEvent::Reserve { intent }) if mine(intent) => {
            Transition::of(to(Sending)).with(Effect::Send { intent })
        }
        (_, RowEvent::Accepted { attempt, task }) => accepted(state, attempt, task),
        (Sending, RowEvent::NotCreated { intent }) if mine(intent) => Transition {
            state: RowState {
                intent: None,
                ..to(Ready)
            },
            effect: None,
            credits: CreditChange {
                reserved: -1,
                spent: 0,
            },
        },
        (Sending, RowEvent::Refused { intent }) if mine(intent) => Transition {
            state: to(Rejected),
            effect: None,
            credits: CreditChange {
                reserved: -1,
                spent: 0,
            },
        },
        (Ready, RowEvent::Invalid) => Transition::of(to(Rejected)),
        (Sending | Unknown, RowEvent::NotFound { attempt }) if attempt == state.attempt => {
            Transition::of(to(Unknown))
        }
        (Running | Completed, RowEvent::TaskCompleted) => {
            Transition::of(to(Completed)).with(Effect::Download)
        }
        (Running | Completed, RowEvent::TaskFailed) => Transition {
            state: to(Failed),
            effect: None,
            credits: CreditChange {
                reserved: 0,
                spent: -1,
            },
        },
        (Completed, RowEvent::Saved) => Transition::of(to(Done)),
        (Running | Completed, RowEvent::Expired) => Transition::of(to(Expired)),
        // What an unknown attempt has reserved stays reserved: it may have been paid.
        (Unknown, RowEvent::Resend) | (Failed | Rejected, RowEvent::Retry) => {
            Transition::of(next_attempt())
        }
        (Unknown, RowEvent::Drop) => Transition::of(to(Dropped)),
        (
            Ready | Sending | Running | Completed | Done | Failed | Rejected | Unknown | Expired
            | Dropped,
            event,
        ) => {
            return Err(InvalidEvent {
                state: state.clone(),
                event,
            });
        }
    })
}

/// An acceptance is never lost: it becomes the row's task, or is recorded as an extra one.
fn accepted(state: &RowState, attempt: u32, task: String) -> Transition {
    if attempt != state.attempt || state.task.as_ref().is_some_and(|own| *own != task) {
        return Transition::of(state.clone()).with(Effect::RecordExtraTask { attempt, task });
    }
    if state.task.is_some() {
        return Transition::of(state.clone());
    }
    let was_reserved = matches!(
        state.status,
        RowStatus::Sending | RowStatus::Unknown | RowStatus::Dropped
    );
    Transition {
        state: RowState {
            status: RowStatus::Running,
            task: Some(task),
            ..state.clone()
        },
        effect: Some(Effect::Poll),
        credits: CreditChange {
            reserved: if was_reserved { -1 } else { 0 },
            spent: 1,
        },
    }
}

impl Transition {
    fn of(state: RowState) -> Self {
        Self {
            state,
            effect: None,
            credits: CreditChange::default(),
        }
    }

    fn with(mut self, effect: Effect) -> Self {
        self.effect = Some(effect);
        self
    }
}
