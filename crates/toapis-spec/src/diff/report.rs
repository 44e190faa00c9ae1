//! Everything that is told of two contracts, as a document.

use std::path::Path;

use anyhow::{Context, Result};
use schemars::JsonSchema;
use serde::Serialize;

use crate::CodeGenerator;

use super::compare::compare_with_places;
use super::finding::{Finding, Severity};
use super::given::Given;
use super::items::{Index, Uses, touched};
use super::surface::{Code, told};
use super::verdict::{CrateVerdict, Level, next, of_crate};

/// Contracts with more values are compared without the code that they would generate, which would take too long.
const MAX_VALUES_FOR_CODE: usize = 60_000;

/// One of the two contracts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Side {
    /// The file, or the revision and the file in it.
    pub name: String,
    /// The commit, if it was taken from git.
    pub commit: Option<String>,
}

/// How many findings there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
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
pub struct Report {
    /// The contract that clients and servers were made for.
    pub old: Side,
    /// The contract that is to come.
    pub new: Side,
    /// What was chosen or left out by itself, and why.
    pub notes: Vec<String>,
    /// How many findings there are.
    pub counts: Counts,
    /// What changed, the worst first.
    pub findings: Vec<Finding>,
    /// The version that each crate needs.
    pub crates: Vec<CrateVerdict>,
}

impl Report {
    /// The worst severity; `None` if the two contracts mean the same.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// The highest level that any crate needs. All crates here share one version.
    #[must_use]
    pub fn level(&self) -> Level {
        self.crates
            .iter()
            .map(|verdict| verdict.level)
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
    old: &Given,
    new: &Given,
    mut notes: Vec<String>,
    generator: &dyn CodeGenerator,
) -> Result<Report> {
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
    let uses = match &code {
        None => Uses::default(),
        Some(_) => Uses::read(root).unwrap_or_else(|error| {
            notes.push(format!("the hand-written items are left out: {error:#}"));
            Uses::default()
        }),
    };
    let code = code.as_ref().map(|(old, new)| Code {
        old,
        new,
        uses: &uses,
    });
    if let Some(code) = &code {
        for finding in &mut findings {
            finding.items = touched(&finding.subject, code.old, code.new, code.uses);
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
    Ok(Report {
        old: side(old),
        new: side(new),
        counts: Counts {
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

fn side(given: &Given) -> Side {
    Side {
        name: given.document.name().to_owned(),
        commit: given.revision.clone(),
    }
}

/// What both contracts generate; `None`, with a note, if either cannot be generated from.
fn code(
    old: &Given,
    new: &Given,
    notes: &mut Vec<String>,
    generator: &dyn CodeGenerator,
) -> Option<(Index, Index)> {
    if !generator.generates_code() {
        return None;
    }
    let index = |given: &Given| {
        if given.document.len() > MAX_VALUES_FOR_CODE {
            anyhow::bail!(
                "it has {} values, and code is generated of {MAX_VALUES_FOR_CODE} at most",
                given.document.len()
            );
        }
        Index::new(&given.document, generator)
    };
    let of = |given: &Given| {
        index(given)
            .with_context(|| format!("no code can be generated from {}", given.document.name()))
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
    old: &Given,
    findings: &[Finding],
    code: Option<(&Index, &Index)>,
) -> Result<Vec<CrateVerdict>> {
    let (released, current) = (old.version(root)?, Given::working_tree_version(root)?);
    members(root)?
        .into_iter()
        .map(|name| {
            let (level, reasons) = of_crate(&name, findings, code);
            Ok(CrateVerdict {
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
