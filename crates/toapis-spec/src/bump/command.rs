//! Runs `cargo xtask spec bump`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;
use semver::Version;

use super::changelog::{draft, put};
use super::versions::{lock, manifest};
use crate::CodeGenerator;
use crate::diff::{Overlays, SpecRevision, compared, next, release, report};

/// What can be asked of `cargo xtask spec bump`.
#[derive(Clone, Debug, Args)]
pub struct BumpArguments {
    /// What is out already: a file, or a revision of git; left out, the contract of the last release. Where nothing was
    /// released yet, the version is still free: it stays, and only the draft is written
    pub old: Option<String>,
    /// Write nothing, and tell what would be written
    #[arg(long)]
    pub dry_run: bool,
}

/// What was, or would be, written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BumpPlan {
    /// The version before.
    pub old: Version,
    /// The version after; the same if it was high enough.
    pub new: Version,
    /// The draft of the change log.
    pub draft: String,
    /// The files that change: the path from the root of the workspace, and the new text.
    pub files: Vec<(&'static str, String)>,
}

/// Raises the version as far as the change of the contract asks, and writes the draft.
///
/// # Errors
///
/// A contract, `Cargo.toml`, `Cargo.lock` or `CHANGELOG.md` cannot be read or written. Nothing is written before
/// everything was read.
pub fn plan(
    root: &Path,
    arguments: &BumpArguments,
    generator: &dyn CodeGenerator,
) -> Result<BumpPlan> {
    let (old, notes) = compared(root, arguments.old.as_deref(), Overlays::Applied)?;
    let is_released = arguments.old.is_some() || release(root)?.is_some();
    let new = SpecRevision::working_tree(root, Overlays::Applied)?;
    let report = report(root, &old, &new, notes, generator)?;
    let current = SpecRevision::working_tree_version(root)?;
    let needed = if is_released {
        next(&old.version(root)?, report.level())
    } else {
        current.clone()
    };
    let version = needed.max(current.clone());
    let draft = if report.findings.is_empty() {
        String::new()
    } else {
        draft(&report)
    };

    let read = |name: &'static str| {
        let text =
            fs::read_to_string(root.join(name)).with_context(|| format!("cannot read {name}"))?;
        anyhow::Ok((name, text))
    };
    let (of_manifest, of_lock, log) = (
        read("Cargo.toml")?,
        read("Cargo.lock")?,
        read("CHANGELOG.md")?,
    );
    let edited = [
        manifest(&of_manifest.1, &version),
        lock(&of_lock.1, &current, &version),
        if draft.is_empty() {
            log.1.clone()
        } else {
            put(&log.1, &draft)
        },
    ];
    let texts: Vec<_> = [of_manifest, of_lock, log]
        .into_iter()
        .zip(edited)
        .filter(|((_, before), after)| before != after)
        .map(|((name, _), after)| (name, after))
        .collect();
    Ok(BumpPlan {
        old: current,
        new: version,
        draft,
        files: texts,
    })
}

impl std::fmt::Display for BumpPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.old == self.new {
            writeln!(f, "version {} is high enough", self.old)?;
        } else {
            writeln!(f, "version {} -> {}", self.old, self.new)?;
        }
        let names: Vec<_> = self.files.iter().map(|(name, _)| *name).collect();
        match names.as_slice() {
            [] => writeln!(f, "no file changes")?,
            names => writeln!(f, "{}", names.join(", "))?,
        }
        if !self.draft.is_empty() {
            write!(f, "\n{}", self.draft)?;
        }
        Ok(())
    }
}
