//! Computes the version that each crate needs.

use std::cmp::Reverse;

use schemars::JsonSchema;
use semver::Version;
use serde::Serialize;

use super::finding::{Direction, Finding, Severity};
use super::items::Index;
use super::surface::{changes, is_code_only};

/// The part of a version that is raised.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum SemverLevel {
    /// None.
    #[default]
    None,
    /// A change that users cannot observe in the API.
    Patch,
    /// An addition, or another behaviour.
    Minor,
    /// A removal, or another type.
    Major,
}

impl SemverLevel {
    /// Returns the name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }

    /// Returns the level that a finding requires of a crate whose API mirrors the wire format.
    pub(super) fn of_finding(severity: Severity, direction: Direction) -> Self {
        match (severity, direction) {
            // The wire format is the same, and a name in the code is not.
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
    /// The part of the version that is raised.
    pub level: SemverLevel,
    /// The version of the old contract.
    pub released: String,
    /// The minimum version.
    pub needed: String,
    /// The version in the working tree.
    pub current: String,
    /// The reasons, most important first.
    pub reasons: Vec<String>,
}

impl CrateBump {
    /// Returns true if the version of the working tree is high enough.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        match (Version::parse(&self.current), Version::parse(&self.needed)) {
            (Ok(current), Ok(needed)) => current >= needed,
            _ => false,
        }
    }
}

/// Returns the smallest version after `version` for a change of this level. Below 1.0, the second
/// number is the major one.
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

/// Returns the level that findings and generated code require of a crate, and the reasons.
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
    // The code itself decides on names, if it was generated. Other crates are not affected by them.
    let is_weighed = |finding: &&Finding| !is_code_only(finding) || (shows_wire && code.is_none());
    let findings: Vec<_> = findings.iter().filter(is_weighed).collect();
    let wire = findings
        .iter()
        .map(|finding| finding.semver)
        .max()
        .unwrap_or_default();
    let (asked, why) = if shows_wire {
        // Its API mirrors the wire format, and the mocks share its types.
        (wire, "its API mirrors the wire format")
    } else {
        // Its behaviour changes, and its API does not.
        (
            wire.min(SemverLevel::Minor),
            "it validates requests and responses",
        )
    };
    if asked > SemverLevel::None && (asked > level || reasons.is_empty()) {
        let worst = findings
            .iter()
            .filter(|finding| finding.semver >= asked)
            .count();
        reasons.push(format!(
            "{why}: {worst} finding(s) require {} or more",
            asked.name()
        ));
    }
    level = level.max(asked);
    (level, reasons)
}
