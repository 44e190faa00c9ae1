//! One thing that changed, who notices, and how badly.

use schemars::JsonSchema;
use serde::Serialize;

use crate::spec::document::{Node, Place};

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
}

/// Where a thing stands in one of the two contracts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Spot {
    /// Its JSON pointer.
    pub pointer: String,
    /// Its line, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
}

impl From<Node<'_>> for Spot {
    fn from(node: Node<'_>) -> Self {
        let Place { line, column } = node.place();
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
    pub code: &'static str,
    /// Where in the API, for example `createImage, request body`.
    pub context: String,
    /// What changed and what follows, in a sentence or two.
    pub message: String,
    /// Where it stood; of a thing that is new, what it was put into.
    pub old: Option<Spot>,
    /// Where it stands; of a thing that is gone, what it was taken out of.
    pub new: Option<Spot>,
}
