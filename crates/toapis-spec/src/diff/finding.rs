//! One thing that changed, who notices, and how badly.

use schemars::JsonSchema;
use serde::Serialize;

use super::items::RustItem;
use super::semver::SemverLevel;
use super::subject::Subject;
use toapis_openapi::{Location, Node};

/// How bad a change is for those whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody fails by it: something new that may be used, or something to know.
    Info,
    /// Somebody fails if they use what changed, or it cannot be told whether anybody does.
    Warning,
    /// Somebody fails who keeps to their own contract.
    Breaking,
}

impl Severity {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Breaking => "breaking",
        }
    }
}

/// Who notices a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Clients of the old contract that meet a server of the new one.
    Client,
    /// Servers of the old contract that meet a client of the new one.
    Server,
    /// Both.
    Both,
    /// Neither: what goes over the wire is the same.
    Neither,
}

impl Direction {
    /// Who notices the same change with the two contracts swapped.
    #[must_use]
    pub fn swapped(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
            Self::Both | Self::Neither => self,
        }
    }

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Both => "both",
            Self::Neither => "neither",
        }
    }
}

/// Where a thing stands in one of the two contracts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct SourceLocation {
    /// Its JSON pointer.
    pub pointer: String,
    /// Its line, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
}

impl From<Node<'_>> for SourceLocation {
    fn from(node: Node<'_>) -> Self {
        let Location { line, column } = node.location();
        Self {
            pointer: node.pointer(),
            line,
            column,
        }
    }
}

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// For whom.
    pub direction: Direction,
    /// What kind of change it is, for example `max-length-lowered`.
    pub code: String,
    /// What it asks of the version of a crate that shows the wire as it is.
    pub semver: SemverLevel,
    /// Where in the API, for example `createImage: request body, prompt`.
    pub context: String,
    /// What changed.
    pub message: String,
    /// What follows from it, and for whom.
    pub explanation: String,
    /// Where it stood; of a thing that is new, what it was put into.
    pub old: Option<SourceLocation>,
    /// Where it stands; of a thing that is gone, what it was taken out of.
    pub new: Option<SourceLocation>,
    /// The items of the crates here that it touches.
    pub items: Vec<RustItem>,
    /// What it is about, by the names that the contract gives: the key to the items.
    #[serde(skip)]
    pub(super) subject: Subject,
}
