//! The actions of rules.

use std::time::Duration;

use http::StatusCode;

/// What a fault does, with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    LoseResponse,
    Hang {
        early: bool,
    },
    Delay(Duration),
    Reset(ResetPoint),
    Status {
        status: StatusCode,
        code: Option<String>,
        envelope: Option<Envelope>,
        retry_after: Option<u64>,
        message: Option<String>,
        accepted: bool,
    },
    Html {
        status: StatusCode,
        accepted: bool,
    },
    Empty {
        status: StatusCode,
        accepted: bool,
    },
    Truncate {
        percent: u32,
        framed: bool,
    },
    Drip {
        bytes: usize,
        every: Duration,
    },
    WrongType {
        field: String,
    },
    UnknownStatus {
        name: String,
    },
    Flap,
    ResultIn(ResultLocation),
    IdUnder {
        name: String,
    },
    Fail {
        code: String,
        message: Option<String>,
    },
    Moderate {
        later: bool,
    },
    WebhookAgain {
        times: u32,
    },
    Missing(MissingUntil),
    NoBusinessId,
    StrictReferences,
    Expire {
        status: StatusCode,
    },
    Oversize {
        bytes: u64,
        with_content_length: bool,
    },
    ContentType(String),
}

/// When a connection is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResetPoint {
    /// Before the request is executed.
    BeforeExecution,
    /// After execution, before the response.
    BeforeResponse,
    /// In the middle of the response body.
    InBody,
}

/// Where a completed task has its images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultLocation {
    ResultUrl,
    Url,
    Data,
    Output,
    Nowhere,
}

/// Until when a new task is not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MissingUntil {
    /// This time after its create.
    Elapsed(Duration),
    /// After this number of polls.
    Polls(u32),
}

/// The documented and observed forms of error bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// E1: an error object with a string code.
    ErrorObject,
    /// E2: an error object with an integer code.
    NumericCode,
    /// E3: `success: false` and a message.
    SuccessFalse,
    /// E4: only a message.
    Message,
    /// E5: like E1, with the type of the gateway software.
    NewApi,
    /// E6: code and message at the top level.
    Flat,
    /// E6, nested: like E1, with a JSON document as the message.
    Nested,
    /// E7: the error is a string.
    Text,
}

impl Envelope {
    /// All envelopes with their names in rules.
    pub(super) const NAMES: [(&'static str, Self); 8] = [
        ("E1", Self::ErrorObject),
        ("E2", Self::NumericCode),
        ("E3", Self::SuccessFalse),
        ("E4", Self::Message),
        ("E5", Self::NewApi),
        ("E6", Self::Flat),
        ("E6-nested", Self::Nested),
        ("E7", Self::Text),
    ];
}

impl Action {
    /// Returns true if the request is not executed.
    pub(crate) fn prevents_execution(&self) -> bool {
        match self {
            Self::Hang { early } => *early,
            Self::Reset(at) => *at == ResetPoint::BeforeExecution,
            Self::Status { accepted, .. }
            | Self::Html { accepted, .. }
            | Self::Empty { accepted, .. } => !accepted,
            Self::Moderate { later } => !later,
            _ => false,
        }
    }
}
