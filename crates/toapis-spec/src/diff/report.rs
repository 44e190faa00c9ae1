//! The report on two contracts.

use std::path::Path;

use anyhow::{Context, Result};
use schemars::JsonSchema;
use serde::Serialize;

use crate::CodeGenerator;

use super::compare::compare_with_places;
use super::finding::{Finding, Severity};
use super::items::{Callers, Index, affected_items};
use super::revision::SpecRevision;
use super::semver::{CrateBump, SemverLevel, next, of_crate};
use super::surface::{Code, code_findings};

/// The maximum size of a document, in values, for which code is generated. Beyond it generation
/// takes too long.
const MAX_VALUES_FOR_CODE: usize = 60_000;

/// Crates for any OpenAPI document, which no change of the contract concerns.
const INDEPENDENT: [&str; 2] = ["toapis-openapi", "toapis-spec"];

/// One of the two contracts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RevisionInfo {
    /// The file, or the revision and the file in it.
    pub name: String,
    /// The commit, for a contract from git.
    pub commit: Option<String>,
}

/// The number of findings by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FindingCounts {
    /// Breaking changes.
    pub breaking: usize,
    /// Warnings.
    pub warning: usize,
    /// Information.
    pub info: usize,
}

/// The meaning of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "cargo xtask spec diff --format json")]
pub struct DiffReport {
    /// The contract of shipped clients and servers.
    pub old: RevisionInfo,
    /// The new contract.
    pub new: RevisionInfo,
    /// Notes on what was chosen or omitted automatically, and why.
    pub notes: Vec<String>,
    /// The number of findings by severity.
    pub counts: FindingCounts,
    /// The findings, most severe first.
    pub findings: Vec<Finding>,
    /// The version that each crate needs.
    pub crates: Vec<CrateBump>,
}

impl DiffReport {
    /// Returns the highest severity; `None` without findings.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Returns the highest level that any crate needs. All crates share one version.
    #[must_use]
    pub fn level(&self) -> SemverLevel {
        self.crates
            .iter()
            .map(|semver| semver.level)
            .max()
            .unwrap_or_default()
    }
}

/// Compares two contracts, and computes the version bumps for the crates of the workspace at
/// `root`.
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
    // Documents with the same wire format may have other names in the code.
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
            notes.push(format!("hand-written items are omitted: {error:#}"));
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
            finding.items = affected_items(&finding.subject, code.old, code.new, code.callers);
        }
    }
    let documents = (&old.document, &new.document);
    let beside = code_findings(documents, &places, &mut findings, code.as_ref());
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

/// Returns the code of both documents; `None`, with a note, if one of them cannot be generated.
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
                "it has {} values; code is generated for at most {MAX_VALUES_FOR_CODE}",
                revision.document.len()
            );
        }
        Index::new(&revision.document, generator)
    };
    let of = |revision: &SpecRevision| {
        index(revision)
            .with_context(|| format!("no code can be generated from {}", revision.document.name()))
    };
    // Both are generated at the same time.
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
                notes.push(format!("Rust items are omitted, and the versions follow from the findings alone: {error:#}"));
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

/// Returns the names of the published crates that depend on the contract, in alphabetical order.
fn members(root: &Path) -> Result<Vec<String>> {
    let dir = root.join("crates");
    let mut names = Vec::new();
    for entry in
        std::fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))?
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
    names.retain(|name| !INDEPENDENT.contains(&name.as_str()));
    names.sort();
    Ok(names)
}
