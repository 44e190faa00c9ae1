//! `cargo xtask spec diff`.

use std::path::Path;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::CodeGenerator;

use super::finding::Severity;
use super::render::render;
use super::report::{DiffReport, report};
use super::revision::{Overlays, SpecRevision, release};

/// What can be asked of `cargo xtask spec diff`.
#[derive(Clone, Debug, Args)]
pub struct DiffArguments {
    /// What clients and servers were made for: a file, or a revision of git; left out, the contract of the last release
    /// (the greatest tag `v1.2.3`), or of HEAD where nothing was released yet
    pub old: Option<String>,
    /// What is to come: a file, or a revision of git; left out, openapi.yaml of the working tree
    pub new: Option<String>,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
    /// Compare both contracts as they are written, without the overlays in the folder `overlays/` beside each
    #[arg(long)]
    pub no_overlays: bool,
}

/// How a report is told.
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

/// Runs the command: the report, and the exit code that [`exit_code`] gives.
///
/// # Errors
///
/// A contract cannot be read, or the workspace cannot.
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

/// The contract that clients and servers were made for, and what is to be said of the choice: the one that is named, else
/// that of the last release, else that of HEAD.
///
/// # Errors
///
/// It cannot be read.
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
    let note =
        "nothing was released yet (there is no tag `v1.2.3`), so the old contract is that of HEAD";
    Ok((
        SpecRevision::named(root, "HEAD", overlays)?,
        vec![note.to_owned()],
    ))
}

/// 0 if nobody fails, 1 if something is breaking, 3 if something is to be looked at. 2 is left for a command that could
/// not run.
#[must_use]
pub fn exit_code(report: &DiffReport) -> u8 {
    match report.worst() {
        None | Some(Severity::Info) => 0,
        Some(Severity::Breaking) => 1,
        Some(Severity::Warning) => 3,
    }
}
