//! `cargo xtask spec diff`.

use std::path::Path;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::finding::Severity;
use super::given::{Given, release};
use super::render::render;
use super::report::{Report, report};

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
    pub format: Format,
}

/// How a report is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
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
pub fn run(root: &Path, arguments: &DiffArguments) -> Result<(String, u8)> {
    let (old, mut notes) = compared(root, arguments.old.as_deref())?;
    if root.join(crate::amend::FOLDER).is_dir() {
        notes.push(format!(
            "both contracts are compared as they are written: what `{}/` amends is left out",
            crate::amend::FOLDER
        ));
    }
    let new = match &arguments.new {
        Some(name) => Given::named(root, name)?,
        None => Given::working_tree(root)?,
    };
    let report = report(root, &old, &new, notes)?;
    Ok((render(&report, arguments.format)?, exit_code(&report)))
}

/// The contract that clients and servers were made for, and what is to be said of the choice: the one that is named, else
/// that of the last release, else that of HEAD.
///
/// # Errors
///
/// It cannot be read.
pub fn compared(root: &Path, name: Option<&str>) -> Result<(Given, Vec<String>)> {
    if let Some(name) = name {
        return Ok((Given::named(root, name)?, Vec::new()));
    }
    if let Some(tag) = release(root)? {
        return Ok((Given::named(root, &tag)?, Vec::new()));
    }
    let note =
        "nothing was released yet (there is no tag `v1.2.3`), so the old contract is that of HEAD";
    Ok((Given::named(root, "HEAD")?, vec![note.to_owned()]))
}

/// 0 if nobody fails, 1 if something is breaking, 3 if something is to be looked at. 2 is left for a command that could
/// not run.
#[must_use]
pub fn exit_code(report: &Report) -> u8 {
    match report.worst() {
        None | Some(Severity::Info) => 0,
        Some(Severity::Breaking) => 1,
        Some(Severity::Warning) => 3,
    }
}
