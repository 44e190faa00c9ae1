//! Generated files, and their differences from those on disk.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toapis_openapi::Document;

use crate::{format, sources};

/// The directories that contain only generated files.
pub const DIRECTORIES: [&str; 5] = [
    "crates/toapis-client/src/generated",
    "crates/toapis-contract/contract",
    "crates/toapis-mock/src/generated",
    "crates/toapis/src/generated",
    "docs/schemas/xtask",
];

/// What to do with a file that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Write it.
    Write,
    /// Report it.
    Check,
}

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The path from the root of the workspace.
    pub path: PathBuf,
    /// The text.
    pub text: String,
}

/// A file that differed from what the contract generates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path from the root of the workspace.
    pub path: PathBuf,
    /// The difference between the old and the new text, as a unified diff.
    pub diff: String,
}

/// The result of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The mode of the run.
    pub mode: Mode,
    /// The files that were written, or that a check would write.
    pub changed: Vec<Change>,
    /// Files in a directory for generated files that are not generated. They are never removed.
    pub unknown: Vec<PathBuf>,
}

impl Outcome {
    /// Returns true if all files are now as the contract generates them.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.unknown.is_empty() && (self.mode == Mode::Write || self.changed.is_empty())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.changed {
            match self.mode {
                Mode::Write => writeln!(f, "wrote {}", change.path.display())?,
                Mode::Check => write!(f, "{}", change.diff)?,
            }
        }
        for path in &self.unknown {
            writeln!(
                f,
                "{} is not generated, but its directory is only for generated files: move or remove it",
                path.display()
            )?;
        }
        match (self.mode, self.changed.len()) {
            (Mode::Check, 0) => Ok(()),
            (Mode::Check, stale) => {
                writeln!(
                    f,
                    "{stale} generated file(s) differ from openapi.yaml: run `cargo xtask codegen` and commit the result"
                )
            }
            (Mode::Write, 0) => writeln!(f, "all generated files are up to date"),
            (Mode::Write, _) => Ok(()),
        }
    }
}

/// Writes files, or compares them with those on disk.
///
/// # Errors
///
/// A directory cannot be listed, or a file cannot be written.
pub fn apply(root: &Path, artifacts: &[Artifact], mode: Mode) -> Result<Outcome> {
    let mut changed = Vec::new();
    for artifact in artifacts {
        let file = root.join(&artifact.path);
        let before = fs::read_to_string(&file).unwrap_or_default();
        if before == artifact.text {
            continue;
        }
        if mode == Mode::Write {
            write_atomic(&file, &artifact.text)?;
        }
        changed.push(Change {
            path: artifact.path.clone(),
            diff: diff(&artifact.path, &before, &artifact.text),
        });
    }
    Ok(Outcome {
        mode,
        changed,
        unknown: unknown_files(root, artifacts)?,
    })
}

/// Generates all files of a contract without writing them. `yaml` is the text of the document.
///
/// # Errors
///
/// No code can be generated from the contract, or rustfmt is not installed. If the error is about
/// a place in the contract, it has a [`SpecError`](crate::SpecError) as context.
pub fn artifacts(root: &Path, document: &Document, yaml: &str) -> Result<Vec<Artifact>> {
    let contract = document.to_value();
    let sources = sources(&contract)?;
    let mut artifacts: Vec<_> = format::format(root, &sources)?
        .into_iter()
        .map(|(path, text)| Artifact {
            path: path.into(),
            text,
        })
        .collect();
    // With overlays, the copy contains the result, as JSON: that is YAML too, and locations in
    // findings match its lines.
    let copy = if document.is_as_written() {
        yaml.to_owned()
    } else {
        format!("{contract:#}\n")
    };
    artifacts.extend([
        Artifact {
            path: "crates/toapis-contract/contract/openapi.json".into(),
            text: contract.to_string(),
        },
        Artifact {
            path: "crates/toapis-contract/contract/openapi.yaml".into(),
            text: copy,
        },
    ]);
    Ok(artifacts)
}

fn diff(path: &Path, before: &str, after: &str) -> String {
    let name = path.display();
    // A diff of one line of JSON is not readable; the YAML copy has one that is.
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        return format!("--- a/{name}\n+++ b/{name}\n(differs)\n");
    }
    similar::TextDiff::from_lines(before, after)
        .unified_diff()
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string()
}

fn unknown_files(root: &Path, artifacts: &[Artifact]) -> Result<Vec<PathBuf>> {
    let known: BTreeSet<_> = artifacts
        .iter()
        .map(|artifact| root.join(&artifact.path))
        .collect();
    let mut unknown = Vec::new();
    let mut directories: Vec<_> = DIRECTORIES
        .iter()
        .map(|directory| root.join(directory))
        .filter(|directory| directory.is_dir())
        .collect();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory)
            .with_context(|| format!("cannot list {}", directory.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else if !known.contains(&path) {
                unknown.push(path.strip_prefix(root).unwrap_or(&path).to_owned());
            }
        }
    }
    unknown.sort();
    Ok(unknown)
}

/// Writes a file that appears complete or not at all. Creates missing directories.
///
/// # Errors
///
/// The directory cannot be created, or the file cannot be written.
pub fn write_atomic(file: &Path, text: &str) -> Result<()> {
    let directory = file
        .parent()
        .context("a generated file without a directory")?;
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    let mut new = tempfile::NamedTempFile::new_in(directory)
        .with_context(|| format!("cannot write in {}", directory.display()))?;
    new.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // A temporary file is readable by its owner only, and git does not store that.
        new.as_file()
            .set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    new.persist(file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(())
}
