//! What is generated, and whether it is what stands on disk.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use schemars::schema_for;

use super::located::At;
use super::source::Source;
use super::{client, deprecated, format, kept, mock, open_enums, operations, tables};
use crate::contract::Contract;
use crate::keywords;
use crate::overlay::{self, Target};
use crate::spec;
use toapis_openapi::{Document, read_text};

/// The folders that hold generated files and nothing else.
pub const FOLDERS: [&str; 5] = [
    "crates/toapis-client/src/generated",
    "crates/toapis-contract/contract",
    "crates/toapis-mock/src/generated",
    "crates/toapis/src/generated",
    "docs/schemas/xtask",
];

/// What to do with a file that is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Write it.
    Write,
    /// Tell it.
    Check,
}

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// From the root of the workspace.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

/// A file that was not what the contract says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From the root of the workspace.
    pub path: PathBuf,
    /// From what stood there to what belongs there, as a unified diff.
    pub diff: String,
}

/// What a run found, and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it was run.
    pub mode: Mode,
    /// The files that were, or would be, written.
    pub changed: Vec<Change>,
    /// Files in a generated folder that are not generated. They are never removed by itself.
    pub unknown: Vec<PathBuf>,
}

impl Outcome {
    /// Is everything as the contract says now?
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
                "{} is not generated, and its folder holds generated files alone: move or remove it",
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
            (Mode::Write, 0) => writeln!(f, "everything is as openapi.yaml says"),
            (Mode::Write, _) => Ok(()),
        }
    }
}

/// Generates everything from `openapi.yaml` and `overlays/*.yaml` under `root`, then writes it or compares it.
///
/// # Errors
///
/// The contract cannot be read or used, rustfmt is missing, or a file cannot be written.
pub fn run(root: &Path, mode: Mode) -> Result<Outcome> {
    let artifacts = artifacts(root)?;
    let mut changed = Vec::new();
    for artifact in &artifacts {
        let file = root.join(&artifact.path);
        let before = fs::read_to_string(&file).unwrap_or_default();
        if before == artifact.text {
            continue;
        }
        if mode == Mode::Write {
            write_whole(&file, &artifact.text)?;
        }
        changed.push(Change {
            path: artifact.path.clone(),
            diff: diff(&artifact.path, &before, &artifact.text),
        });
    }
    Ok(Outcome {
        mode,
        changed,
        unknown: unknown_files(root, &artifacts)?,
    })
}

/// The schemas of the documents that `cargo xtask` prints for programs.
fn schemas() -> impl Iterator<Item = Artifact> {
    let documents = [
        ("spec-diff", schema_for!(spec::diff::Report)),
        ("spec-learn", schema_for!(spec::learn::Learned)),
        ("spec-lint", schema_for!(spec::lint::Report)),
    ];
    documents.into_iter().map(|(name, schema)| {
        let mut schema = schema.to_value();
        schema.sort_all_objects();
        Artifact {
            path: format!("docs/schemas/xtask/{name}.json").into(),
            text: format!("{schema:#}\n"),
        }
    })
}

/// Generates all Rust files, not yet formatted, and writes nothing.
///
/// # Errors
///
/// The contract cannot be used; the error tells why.
pub(crate) fn sources(contract: &Contract) -> Result<Vec<Source>> {
    keywords::typed(contract)?;
    kept::check(contract)?;
    let contract = &deprecated::told(contract.in_place()?);

    let for_client = overlay::derive(contract, Target::Client)?.contract;
    let for_mock = overlay::derive(contract, Target::Mock)?.contract;
    let mut sources = vec![
        client::source(contract, &for_client)?,
        client::module()?,
        open_enums::source(contract, &for_client)?,
        operations::source(contract)?,
        mock::source(contract, &for_mock)?,
        mock::module()?,
    ];
    sources.extend(tables::sources(contract)?);
    Ok(sources)
}

/// Generates everything, and writes nothing.
///
/// # Errors
///
/// As [`run`].
pub fn artifacts(root: &Path) -> Result<Vec<Artifact>> {
    let file = root.join("openapi.yaml");
    let yaml = read_text(&file, "openapi.yaml")?;
    let document = Document::parse_with_overlays(
        &yaml,
        "openapi.yaml",
        &toapis_openapi::overlay::read_beside(&file)?,
    )?;
    let contract = Contract::of(&document);
    let sources = sources(&contract).map_err(|error| refusal(&document, error))?;
    let mut artifacts: Vec<_> = format::format(root, &sources)?
        .into_iter()
        .map(|(path, text)| Artifact {
            path: path.into(),
            text,
        })
        .collect();
    // What is amended is written as it is now; JSON is YAML too, and its lines are those of the copy.
    let copy = if document.is_as_written() {
        yaml
    } else {
        format!("{:#}\n", contract.document())
    };
    artifacts.extend([
        Artifact {
            path: "crates/toapis-contract/contract/openapi.json".into(),
            text: contract.document().to_string(),
        },
        Artifact {
            path: "crates/toapis-contract/contract/openapi.yaml".into(),
            text: copy,
        },
    ]);
    artifacts.extend(schemas());
    artifacts.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(artifacts)
}

/// Says no as `spec lint` does, with code, place, reason and mend: what lint finds is told where it finds anything, since the
/// generator trips over it and tells it less well.
fn refusal(document: &Document, error: anyhow::Error) -> anyhow::Error {
    let mut report = spec::lint::lint(document);
    report.findings.retain(spec::lint::hinders);
    if !report.findings.is_empty() {
        let told = spec::lint::render(&report, false);
        return anyhow!("nothing can be generated from the contract\n\n{told}");
    }
    let place = error
        .downcast_ref::<At>()
        .map(|at| document.nearest(&at.pointer).location());
    match place {
        Some(place) => error.context(format!("openapi.yaml:{place}")),
        None => error,
    }
}

fn diff(path: &Path, before: &str, after: &str) -> String {
    let name = path.display();
    // One line of JSON has no diff that anyone could read; its YAML beside it has.
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
    let mut folders: Vec<_> = FOLDERS
        .iter()
        .map(|folder| root.join(folder))
        .filter(|folder| folder.is_dir())
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !known.contains(&path) {
                unknown.push(path.strip_prefix(root).unwrap_or(&path).to_owned());
            }
        }
    }
    unknown.sort();
    Ok(unknown)
}

/// A file appears whole or not at all.
pub(crate) fn write_whole(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().context("a generated file without a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut new = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    new.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // A temporary file is its owner's alone, which git would not keep and others could not read.
        new.as_file()
            .set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    new.persist(file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(())
}
