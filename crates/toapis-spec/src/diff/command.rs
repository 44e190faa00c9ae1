//! Runs a comparison from command-line arguments.

use std::path::Path;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::CodeGenerator;

use super::finding::Severity;
use super::render::render;
use super::report::{DiffReport, report};
use super::revision::{Overlays, SpecRevision, release};

/// Arguments of `cargo xtask spec diff`.
#[derive(Clone, Debug, Args)]
pub struct DiffArguments {
    /// The old contract: a file or a git revision; default: the contract of the last release (the
    /// greatest tag `v1.2.3`), or of HEAD if there is no release
    pub old: Option<String>,
    /// The new contract: a file or a git revision; default: openapi.yaml of the working tree
    pub new: Option<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
    /// Ignore the overlays in the directory `overlays/` next to each contract
    #[arg(long)]
    pub no_overlays: bool,
}

/// The output format of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people, in a terminal.
    #[default]
    Text,
    /// For people, in a pull request.
    Markdown,
    /// For programs.
    Json,
}

/// Compares two contracts. Returns the report as text, and its [`exit_code`].
///
/// # Errors
///
/// A contract or the workspace cannot be read.
pub fn run(
    root: &Path,
    arguments: &DiffArguments,
    generator: &dyn CodeGenerator,
) -> Result<(String, u8)> {
    let overlays = if arguments.no_overlays {
        Overlays::LeftOut
    } else {
        Overlays::Applied
    };
    let (old, notes) = compared(root, arguments.old.as_deref(), overlays)?;
    let new = match &arguments.new {
        Some(name) => SpecRevision::named(root, name, overlays)?,
        None => SpecRevision::working_tree(root, overlays)?,
    };
    let report = report(root, &old, &new, notes, generator)?;
    Ok((render(&report, arguments.format)?, exit_code(&report)))
}

/// Returns the old contract, and notes on how it was chosen: the named one, else that of the last
/// release, else that of HEAD.
///
/// # Errors
///
/// The contract cannot be read.
pub fn compared(
    root: &Path,
    name: Option<&str>,
    overlays: Overlays,
) -> Result<(SpecRevision, Vec<String>)> {
    if let Some(name) = name {
        return Ok((SpecRevision::named(root, name, overlays)?, Vec::new()));
    }
    if let Some(tag) = release(root)? {
        return Ok((SpecRevision::named(root, &tag, overlays)?, Vec::new()));
    }
    let note = "no release found (no tag like `v1.2.3`); comparing with the contract of HEAD";
    Ok((
        SpecRevision::named(root, "HEAD", overlays)?,
        vec![note.to_owned()],
    ))
}

/// Returns 0 without breaking changes and warnings, 1 with a breaking change, 3 with a warning
/// only. 2 is reserved for commands that fail.
#[must_use]
pub fn exit_code(report: &DiffReport) -> u8 {
    match report.worst() {
        None | Some(Severity::Info) => 0,
        Some(Severity::Breaking) => 1,
        Some(Severity::Warning) => 3,
    }
}
