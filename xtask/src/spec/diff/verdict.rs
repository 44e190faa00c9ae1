//! The version that each crate needs.

use schemars::JsonSchema;
use semver::Version;
use serde::Serialize;

use super::finding::{Direction, Finding, Severity};
use super::items::{Index, Item};

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

/// The version that a crate needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CrateVerdict {
    /// The crate.
    pub name: String,
    /// How much of its version must move.
    pub level: Level,
    /// The version that stands with the old contract.
    pub released: String,
    /// The version that it needs at least.
    pub needed: String,
    /// The version that stands in the working tree.
    pub current: String,
    /// Why, the weightiest first.
    pub reasons: Vec<String>,
}

impl CrateVerdict {
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
pub fn next(version: &Version, level: Level) -> Version {
    let Version {
        major,
        minor,
        patch,
        ..
    } = *version;
    match (level, major) {
        (Level::None, _) => version.clone(),
        (Level::Major, 0) => Version::new(0, minor + 1, 0),
        (Level::Major, _) => Version::new(major + 1, 0, 0),
        (Level::Minor, 1..) => Version::new(major, minor + 1, 0),
        (Level::Minor | Level::Patch, _) => Version::new(major, minor, patch + 1),
    }
}

/// What the findings and the generated code ask of a crate, and why.
pub(super) fn of_crate(
    name: &str,
    findings: &[Finding],
    code: Option<(&Index, &Index)>,
) -> (Level, Vec<String>) {
    let (mut level, mut reasons) = code.map_or((Level::None, Vec::new()), |(old, new)| {
        surface(name, old, new)
    });
    let wire = findings
        .iter()
        .map(|finding| finding.semver)
        .max()
        .unwrap_or_default();
    let (asked, why) = match name {
        // What it shows is the wire as it is, and its mocks share its types.
        "toapis-client" | "toapis-mock" => (wire, "the wire that it shows as it is"),
        // It behaves in another way, and shows nothing of the wire.
        _ => (
            wire.min(Level::Minor),
            "what it holds requests and answers to",
        ),
    };
    if asked > Level::None && (asked > level || reasons.is_empty()) {
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

/// What became of the public items of a crate.
fn surface(name: &str, old: &Index, new: &Index) -> (Level, Vec<String>) {
    let of = |index: &Index| -> Vec<Item> {
        index
            .0
            .values()
            .filter(|item| item.rust.package == name && item.is_public)
            .cloned()
            .collect()
    };
    let has = |index: &Index, path: &str| index.0.contains_key(&(name.to_owned(), path.to_owned()));
    let mut changes = Vec::new();
    for item in of(old) {
        let path = &item.rust.path;
        match new.0.get(&(name.to_owned(), path.clone())) {
            None => changes.push((Level::Major, format!("`{path}` is gone"))),
            Some(now) if now.signature != item.signature => {
                changes.push((Level::Major, format!("`{path}` has another type")));
            }
            Some(_) => {}
        }
    }
    for item in of(new).iter().filter(|item| !has(old, &item.rust.path)) {
        let path = &item.rust.path;
        let whole = path.rsplit_once("::").map_or("", |(whole, _)| whole);
        // With all of its type new, it breaks nobody.
        if item.breaks_when_added && has(old, whole) {
            changes.push((
                Level::Major,
                format!("`{path}` is new, where all that there is must be named"),
            ));
        } else {
            changes.push((Level::Minor, format!("`{path}` is new")));
        }
    }
    changes.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    let level = changes.first().map_or(Level::None, |(level, _)| *level);
    (
        level,
        changes.into_iter().map(|(_, reason)| reason).collect(),
    )
}
