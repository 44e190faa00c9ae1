//! What a run reports while it works and when it ends.

use std::fmt;

use crate::machine::RowStatus;
use crate::store::BatchStatus;

/// A step of a row. `row` is its number, from 1, in the order of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchEvent {
    /// The intent is durable; the create is about to be sent.
    IntentRecorded {
        /// The row.
        row: u64,
    },
    /// The create is being sent.
    Sending {
        /// The row.
        row: u64,
    },
    /// The response to the create is here, and not recorded yet.
    Responded {
        /// The row.
        row: u64,
    },
    /// The task is being polled.
    Polling {
        /// The row.
        row: u64,
    },
    /// The images are on disk, and not recorded yet.
    Saved {
        /// The row.
        row: u64,
    },
    /// A new status is durable.
    Status {
        /// The row.
        row: u64,
        /// Its status.
        status: RowStatus,
    },
    /// The task is looked up by its business id, because the response was lost.
    LookingUp {
        /// The row.
        row: u64,
    },
    /// The run stops, for this reason.
    Stopping(StopReason),
}

/// Why a run ends before all rows are finished. Rows that are not paid stay ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The caller asked for it. What is on the wire is finished first.
    Requested,
    /// The API key is not accepted.
    Unauthorized,
    /// The account or the key has not enough credits. Paid rows were finished.
    InsufficientQuota,
    /// The batch's budget is reserved or spent. Paid rows were finished.
    BudgetExhausted,
    /// Too many rows are unknown. Paid rows were finished.
    TooManyUnknown,
    /// The disk has not enough room for more images. Paid rows were finished as far as there is
    /// room.
    DiskSpace,
    /// An image cannot be written.
    OutputFailed,
}

impl StopReason {
    /// Returns true if rows that are paid are finished all the same.
    pub(crate) fn finishes_paid_rows(self) -> bool {
        match self {
            Self::InsufficientQuota
            | Self::BudgetExhausted
            | Self::TooManyUnknown
            | Self::DiskSpace => true,
            Self::Requested | Self::Unauthorized | Self::OutputFailed => false,
        }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested => "stopped on request",
            Self::Unauthorized => "the API key is not accepted",
            Self::InsufficientQuota => "not enough credits",
            Self::BudgetExhausted => "the budget is exhausted",
            Self::TooManyUnknown => "too many rows are unknown",
            Self::DiskSpace => "not enough room on the disk",
            Self::OutputFailed => "an image cannot be written",
        })
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunSummary {
    /// The state of the batch.
    pub status: BatchStatus,
    /// Why it ended early, if it did.
    pub stopped: Option<StopReason>,
}
