//! What a fault does.

use std::time::Duration;

use http::StatusCode;

/// One kind of misfortune with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    LoseAnswer,
    Hang {
        early: bool,
    },
    Delay(Duration),
    Reset(At),
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
    UnknownState {
        name: String,
    },
    Flap,
    ResultIn(Place),
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
    Missing(Wait),
    NoBusinessId,
    StrictReferences,
    Expire {
        status: StatusCode,
    },
    Oversize {
        bytes: u64,
        announced: bool,
    },
    ContentType(String),
}

/// When a connection is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// Before the request is carried out.
    Early,
    /// After that, before the answer.
    Answer,
    /// In the middle of the answer's body.
    Body,
}

/// Where the pictures of a completed task stand instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    ResultUrl,
    Url,
    Data,
    Output,
    Nowhere,
}

/// How long a task stays unknown after its create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    For(Duration),
    Polls(u32),
}

/// The envelopes of errors that were documented or seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// E1: an object with a code that is a string.
    Api,
    /// E2: an object with a code that is a number.
    Gateway,
    /// E3: `success` false and a message.
    Failure,
    /// E4: a message alone.
    Message,
    /// E5: E1 of the gateway's own family.
    NewApi,
    /// E6: code and message without an object around them.
    Flat,
    /// E6 as well: E1 whose message is JSON again.
    Nested,
    /// E7: the error is a string.
    Text,
}

impl Envelope {
    /// All of them by the names that a rule may use.
    pub(super) const NAMES: [(&'static str, Self); 8] = [
        ("E1", Self::Api),
        ("E2", Self::Gateway),
        ("E3", Self::Failure),
        ("E4", Self::Message),
        ("E5", Self::NewApi),
        ("E6", Self::Flat),
        ("E6-nested", Self::Nested),
        ("E7", Self::Text),
    ];
}

impl Action {
    /// Whether the request is not carried out at all.
    pub(crate) fn keeps_it_from_being_carried_out(&self) -> bool {
        match self {
            Self::Hang { early } => *early,
            Self::Reset(at) => *at == At::Early,
            Self::Status { accepted, .. }
            | Self::Html { accepted, .. }
            | Self::Empty { accepted, .. } => !accepted,
            Self::Moderate { later } => !later,
            _ => false,
        }
    }
}
