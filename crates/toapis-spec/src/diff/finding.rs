//! A change, who is affected, and how severely.

use schemars::JsonSchema;
use serde::Serialize;

use super::items::RustItem;
use super::semver::SemverLevel;
use super::subject::Subject;
use toapis_openapi::{Location, Node};

/// The severity of a change for the affected side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody fails: an addition that may be used, or information.
    Info,
    /// A side fails if it uses what changed, or the effect is unknown.
    Warning,
    /// A side fails that follows its own contract.
    Breaking,
}

impl Severity {
    /// Returns the name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Breaking => "breaking",
        }
    }
}

/// The side that is affected by a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Clients of the old contract with a server of the new one.
    Client,
    /// Servers of the old contract with a client of the new one.
    Server,
    /// Both.
    Both,
    /// Neither: the wire format is the same.
    Neither,
}

impl Direction {
    /// Returns the affected side if the two contracts are swapped.
    #[must_use]
    pub fn swapped(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
            Self::Both | Self::Neither => self,
        }
    }

    /// Returns the name in reports.
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

/// A place in one of the two documents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct SourceLocation {
    /// The JSON pointer.
    pub pointer: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
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

/// A change between two documents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Finding {
    /// The severity.
    pub severity: Severity,
    /// The affected side.
    pub direction: Direction,
    /// The kind of change, for example `max-length-lowered`.
    pub code: String,
    /// The version bump that it requires of a crate whose API mirrors the wire format.
    pub semver: SemverLevel,
    /// The place in the API, for example `createImage: request body, prompt`.
    pub context: String,
    /// The change.
    pub message: String,
    /// The consequence for the affected side.
    pub explanation: String,
    /// The place in the old document; for an addition, the place that it was added to.
    pub old: Option<SourceLocation>,
    /// The place in the new document; for a removal, the place that it was removed from.
    pub new: Option<SourceLocation>,
    /// The affected Rust items.
    pub items: Vec<RustItem>,
    /// The names in the contract by which the items are found.
    #[serde(skip)]
    pub(super) subject: Subject,
}
