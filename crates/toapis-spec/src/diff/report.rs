//! Everything that is told of two contracts, as a document.

use std::path::Path;

use anyhow::{Context, Result};
use schemars::JsonSchema;
use serde::Serialize;

use crate::CodeGenerator;

use super::compare::compare_with_places;
use super::finding::{Finding, Severity};
use super::items::{Callers, Index, touched};
use super::revision::SpecRevision;
use super::semver::{CrateBump, SemverLevel, next, of_crate};
use super::surface::{Code, told};

/// Contracts with more values are compared without the code that they would generate, which would take too long.
const MAX_VALUES_FOR_CODE: usize = 60_000;

/// One of the two contracts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RevisionInfo {
    /// The file, or the revision and the file in it.
    pub name: String,
    /// The commit, if it was taken from git.
    pub commit: Option<String>,
}

/// How many findings there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FindingCounts {
    /// Somebody fails who keeps to their own contract.
    pub breaking: usize,
    /// Somebody may fail.
    pub warning: usize,
    /// Nobody fails.
    pub info: usize,
}

/// What a change of the contract means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "cargo xtask spec diff --format json")]
pub struct DiffReport {
    /// The contract that clients and servers were made for.
    pub old: RevisionInfo,
    /// The contract that is to come.
    pub new: RevisionInfo,
    /// What was chosen or left out by itself, and why.
    pub notes: Vec<String>,
    /// How many findings there are.
    pub counts: FindingCounts,
    /// What changed, the worst first.
    pub findings: Vec<Finding>,
    /// The version that each crate needs.
    pub crates: Vec<CrateBump>,
}

impl DiffReport {
    /// The worst severity; `None` if the two contracts mean the same.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// The highest level that any crate needs. All crates here share one version.
    #[must_use]
    pub fn level(&self) -> SemverLevel {
        self.crates
            .iter()
            .map(|semver| semver.level)
            .max()
            .unwrap_or_default()
    }
}

/// Compares two contracts, and tells what follows for the crates of the workspace under `root`.
///
/// # Errors
///
/// The workspace cannot be read.
pub fn report(
    root: &Path,
    old: &SpecRevision,
    new: &SpecRevision,
    mut notes: Vec<String>,
    generator: &dyn CodeGenerator,
) -> Result<DiffReport> {
    notes.extend(old.notes());
    notes.extend(new.notes());
    let (mut findings, places) = compare_with_places(&old.document, &new.document);
    // What means the same on the wire may be called otherwise in the code.
    let code = if findings.is_empty()
        && old.document.root().to_value() == new.document.root().to_value()
    {
        None
    } else {
        code(old, new, &mut notes, generator)
    };
    let callers = match &code {
        None => Callers::default(),
        Some(_) => Callers::read(root).unwrap_or_else(|error| {
            notes.push(format!("the hand-written items are left out: {error:#}"));
            Callers::default()
        }),
    };
    let code = code.as_ref().map(|(old, new)| Code {
        old,
        new,
        callers: &callers,
    });
    if let Some(code) = &code {
        for finding in &mut findings {
            finding.items = touched(&finding.subject, code.old, code.new, code.callers);
        }
    }
    let documents = (&old.document, &new.document);
    let beside = told(documents, &places, &mut findings, code.as_ref());
    findings.extend(beside);
    let line = |finding: &Finding| {
        finding
            .new
            .as_ref()
            .or(finding.old.as_ref())
            .map(|spot| (spot.line, spot.column))
    };
    findings.sort_by(|left, right| {
        (right.severity, line(left), &left.code, left).cmp(&(
            left.severity,
            line(right),
            &right.code,
            right,
        ))
    });
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    Ok(DiffReport {
        old: side(old),
        new: side(new),
        counts: FindingCounts {
            breaking: count(Severity::Breaking),
            warning: count(Severity::Warning),
            info: count(Severity::Info),
        },
        crates: crates(
            root,
            old,
            &findings,
            code.as_ref().map(|code| (code.old, code.new)),
        )?,
        notes,
        findings,
    })
}

fn side(revision: &SpecRevision) -> RevisionInfo {
    RevisionInfo {
        name: revision.document.name().to_owned(),
        commit: revision.revision.clone(),
    }
}

/// What both contracts generate; `None`, with a note, if either cannot be generated from.
fn code(
    old: &SpecRevision,
    new: &SpecRevision,
    notes: &mut Vec<String>,
    generator: &dyn CodeGenerator,
) -> Option<(Index, Index)> {
    if !generator.generates_code() {
        return None;
    }
    let index = |revision: &SpecRevision| {
        if revision.document.len() > MAX_VALUES_FOR_CODE {
            anyhow::bail!(
                "it has {} values, and code is generated of {MAX_VALUES_FOR_CODE} at most",
                revision.document.len()
            );
        }
        Index::new(&revision.document, generator)
    };
    let of = |revision: &SpecRevision| {
        index(revision)
            .with_context(|| format!("no code can be generated from {}", revision.document.name()))
    };
    // Each takes as long as the other, and neither needs it.
    let both = std::thread::scope(|scope| {
        let old = scope.spawn(|| of(old));
        let new = of(new);
        let old = old
            .join()
            .unwrap_or_else(|_| Err(anyhow::anyhow!("the generator panicked")));
        [old, new]
    });
    match both {
        [Ok(old), Ok(new)] => Some((old, new)),
        [old, new] => {
            for error in [old.err(), new.err()].into_iter().flatten() {
                notes.push(format!("the Rust items are left out, and the versions follow from the findings alone: {error:#}"));
            }
            None
        }
    }
}

fn crates(
    root: &Path,
    old: &SpecRevision,
    findings: &[Finding],
    code: Option<(&Index, &Index)>,
) -> Result<Vec<CrateBump>> {
    let (released, current) = (
        old.version(root)?,
        SpecRevision::working_tree_version(root)?,
    );
    members(root)?
        .into_iter()
        .map(|name| {
            let (level, reasons) = of_crate(&name, findings, code);
            Ok(CrateBump {
                level,
                needed: next(&released, level).to_string(),
                released: released.to_string(),
                current: current.to_string(),
                reasons,
                name,
            })
        })
        .collect()
}

/// The names of the crates that are published, in their order.
fn members(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("crates");
    let mut names = Vec::new();
    for entry in
        std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?
    {
        let Ok(manifest) = std::fs::read_to_string(entry?.path().join("Cargo.toml")) else {
            continue;
        };
        if manifest
            .lines()
            .any(|line| line.trim() == "publish = false")
        {
            continue;
        }
        let name = manifest
            .lines()
            .find_map(|line| line.strip_prefix("name = "));
        names.extend(name.map(|name| name.trim().trim_matches('"').to_owned()));
    }
    names.sort();
    Ok(names)
}
