//! The contract that a name on the command line means: a file, or a revision of git.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use semver::Version;

use crate::spec::document::Document;

/// Where the contract stands in the workspace.
const CONTRACT: &str = "openapi.yaml";

/// A contract that was asked for.
#[derive(Debug)]
pub struct Given {
    /// The contract.
    pub document: Document,
    /// The revision it was taken from; `None` for a file.
    pub revision: Option<String>,
}

impl Given {
    /// The contract of the working tree.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn working_tree(root: &Path) -> Result<Self> {
        let document = Document::read(&root.join(CONTRACT), CONTRACT)?;
        Ok(Self {
            document,
            revision: None,
        })
    }

    /// A file if there is one of that name, else `openapi.yaml` of a revision of git (`v0.1.0`, `HEAD~3`), else a file of
    /// one (`main:other.yaml`).
    ///
    /// # Errors
    ///
    /// There is neither, or it cannot be read.
    pub fn named(root: &Path, name: &str) -> Result<Self> {
        let file = [Path::new(name).to_owned(), root.join(name)]
            .into_iter()
            .find(|file| file.is_file());
        if let Some(file) = file {
            return Ok(Self {
                document: Document::read(&file, name)?,
                revision: None,
            });
        }
        let (revision, path) = name.split_once(':').unwrap_or((name, CONTRACT));
        let commit = git(
            root,
            &[
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                &format!("{revision}^{{commit}}"),
            ],
        )
        .with_context(|| format!("`{name}` is neither a file nor a revision of git"))?;
        let place = format!("{revision}:{path}");
        let text = git(
            root,
            &["cat-file", "blob", &format!("{}:{path}", commit.trim())],
        )
        .with_context(|| format!("there is no `{path}` in `{revision}`"))?;
        Ok(Self {
            document: Document::parse(&text, &place)?,
            revision: Some(commit.trim().to_owned()),
        })
    }

    /// The version of the crates in the working tree.
    ///
    /// # Errors
    ///
    /// There is no `Cargo.toml` that has one.
    pub fn working_tree_version(root: &Path) -> Result<Version> {
        let text =
            std::fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
        workspace_version(&text)
    }

    /// The version of the crates that stands with it; that of the working tree for a file.
    ///
    /// # Errors
    ///
    /// There is no `Cargo.toml` with it that has one.
    pub fn version(&self, root: &Path) -> Result<Version> {
        match &self.revision {
            Some(revision) => workspace_version(&git(
                root,
                &["cat-file", "blob", &format!("{revision}:Cargo.toml")],
            )?),
            None => Self::working_tree_version(root),
        }
    }
}

/// The tag of the last release, `v` and a version; `None` if there is none yet.
///
/// # Errors
///
/// git cannot be run.
pub fn release(root: &Path) -> Result<Option<String>> {
    // The greatest version, not the nearest commit: a mend of an old release is no newer contract.
    let tags = git(root, &["tag", "--list", "v*"])?;
    let newest = tags
        .lines()
        .filter_map(|tag| Some((Version::parse(tag.strip_prefix('v')?).ok()?, tag)))
        .filter(|(version, _)| version.pre.is_empty())
        .max();
    Ok(newest.map(|(_, tag)| tag.to_owned()))
}

/// `version` of `[workspace.package]`.
pub(super) fn workspace_version(manifest: &str) -> Result<Version> {
    let version = manifest
        .lines()
        .skip_while(|line| line.trim() != "[workspace.package]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .find_map(|line| line.strip_prefix("version = "))
        .context("Cargo.toml has no version in [workspace.package]")?;
    Version::parse(version.trim().trim_matches('"')).context("the version in Cargo.toml is none")
}

fn git(root: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        bail!("git: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).context("git gave what is no UTF-8")
}
