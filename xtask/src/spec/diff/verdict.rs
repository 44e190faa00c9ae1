//! The version that each crate needs.

use schemars::JsonSchema;
use serde::Serialize;

use super::finding::{Direction, Severity};

/// How much of a version must move.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing.
    #[default]
    None,
    /// Only what nobody programs against changed.
    Patch,
    /// Something is new, or behaves in another way.
    Minor,
    /// Something that was there is gone or another thing.
    Major,
}

impl Level {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }

    /// What a finding asks of a crate that shows the wire as it is.
    pub(super) fn of_finding(severity: Severity, direction: Direction) -> Self {
        match (severity, direction) {
            // The wire is the same and a name in the code is not.
            (Severity::Breaking, _) | (Severity::Warning, Direction::Neither) => Self::Major,
            (Severity::Info, Direction::Neither) => Self::Patch,
            (Severity::Info | Severity::Warning, _) => Self::Minor,
        }
    }
}
