//! Plans the version bump.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;
use semver::Version;

use super::changelog::{draft, put};
use super::versions::{lock, manifest};
use crate::CodeGenerator;
use crate::diff::{Overlays, SpecRevision, compared, next, release, report};

/// Arguments of `cargo xtask spec bump`.
#[derive(Clone, Debug, Args)]
pub struct BumpArguments {
    /// The released contract: a file or a git revision; default: the contract of the last release.
    /// Without a release the version stays, and only the draft is written
    pub old: Option<String>,
    /// Print the changes without writing them
    #[arg(long)]
    pub dry_run: bool,
}

/// A version bump: the new version, the draft for the changelog and the files that change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BumpPlan {
    /// The version before.
    pub old: Version,
    /// The version after; equal to `old` if that is high enough.
    pub new: Version,
    /// The draft for the changelog; empty if nothing changed.
    pub draft: String,
    /// The files that change: the path from the root of the workspace, and the new text.
    pub files: Vec<(&'static str, String)>,
}

/// Computes the version that the change of the contract requires, and the files to write.
///
/// Nothing is written.
///
/// # Errors
///
/// A contract, `Cargo.toml`, `Cargo.lock` or `CHANGELOG.md` cannot be read.
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
