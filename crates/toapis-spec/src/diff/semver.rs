//! The version that each crate needs.

use std::cmp::Reverse;

use schemars::JsonSchema;
use semver::Version;
use serde::Serialize;

use super::finding::{Direction, Finding, Severity};
use super::items::Index;
use super::surface::{changes, is_code_only};

/// How much of a version must move.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum SemverLevel {
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

impl SemverLevel {
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

/// The version that a crate needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CrateBump {
    /// The crate.
    pub name: String,
    /// How much of its version must move.
    pub level: SemverLevel,
    /// The version that stands with the old contract.
    pub released: String,
    /// The version that it needs at least.
    pub needed: String,
    /// The version that stands in the working tree.
    pub current: String,
    /// Why, the weightiest first.
    pub reasons: Vec<String>,
}

impl CrateBump {
    /// Is the version of the working tree high enough?
    #[must_use]
    pub fn is_enough(&self) -> bool {
        match (Version::parse(&self.current), Version::parse(&self.needed)) {
            (Ok(current), Ok(needed)) => current >= needed,
            _ => false,
        }
    }
}

/// The least version after `version` that may hold such a change. Below 1.0 the second number is the major one.
#[must_use]
pub fn next(version: &Version, level: SemverLevel) -> Version {
    let Version {
        major,
        minor,
        patch,
        ..
    } = *version;
    match (level, major) {
        (SemverLevel::None, _) => version.clone(),
        (SemverLevel::Major, 0) => Version::new(0, minor + 1, 0),
        (SemverLevel::Major, _) => Version::new(major + 1, 0, 0),
        (SemverLevel::Minor, 1..) => Version::new(major, minor + 1, 0),
        (SemverLevel::Minor | SemverLevel::Patch, _) => Version::new(major, minor, patch + 1),
    }
}

/// What the findings and the generated code ask of a crate, and why.
pub(super) fn of_crate(
    name: &str,
    findings: &[Finding],
    code: Option<(&Index, &Index)>,
) -> (SemverLevel, Vec<String>) {
    let mut all = code.map_or(Vec::new(), |(old, new)| changes(old, new));
    all.retain(|change| change.item().rust.package == name);
    let mut level = all
        .iter()
        .map(|change| change.level)
        .max()
        .unwrap_or_default();
    let mut reasons: Vec<_> = all
        .iter()
        .map(|change| (Reverse(change.level), change.reason()))
        .collect();
    reasons.sort();
    let mut reasons: Vec<_> = reasons.into_iter().map(|(_, reason)| reason).collect();
    let shows_wire = matches!(name, "toapis-client" | "toapis-mock");
    // Names in the code are weighed by the code itself where it is at hand, and are nothing to other crates.
    let is_weighed = |finding: &&Finding| !is_code_only(finding) || (shows_wire && code.is_none());
    let findings: Vec<_> = findings.iter().filter(is_weighed).collect();
    let wire = findings
        .iter()
        .map(|finding| finding.semver)
        .max()
        .unwrap_or_default();
    let (asked, why) = if shows_wire {
        // What it shows is the wire as it is, and its mocks share its types.
        (wire, "the wire that it shows as it is")
    } else {
        // It behaves in another way, and shows nothing of the wire.
        (
            wire.min(SemverLevel::Minor),
            "what it holds requests and answers to",
        )
    };
    if asked > SemverLevel::None && (asked > level || reasons.is_empty()) {
        let worst = findings
            .iter()
            .filter(|finding| finding.semver >= asked)
            .count();
        reasons.push(format!(
            "{why}: {worst} finding(s) ask for {} or more",
            asked.name()
        ));
    }
    level = level.max(asked);
    (level, reasons)
}
