//! Reads a contract from a file or a git revision.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use semver::Version;

use toapis_openapi::overlay;
use toapis_openapi::{Document, decode_utf8, read_text};

/// The path of the contract in the workspace.
const CONTRACT: &str = "openapi.yaml";

/// A contract, and where it was read from.
#[derive(Debug)]
pub struct SpecRevision {
    /// The document.
    pub document: Document,
    /// The commit; `None` for a file.
    pub revision: Option<String>,
}

/// Whether the overlays next to a contract are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlays {
    /// Apply them: the contract is compared as code is generated from it.
    Applied,
    /// Ignore them.
    LeftOut,
}

impl SpecRevision {
    /// Reads the contract of the working tree.
    ///
    /// # Errors
    ///
    /// The contract cannot be read.
    pub fn working_tree(root: &Path, overlays: Overlays) -> Result<Self> {
        Self::file(&root.join(CONTRACT), CONTRACT, overlays)
    }

    fn file(file: &Path, name: &str, overlays: Overlays) -> Result<Self> {
        let overlays = match overlays {
            Overlays::Applied => overlay::read_beside(file)?,
            Overlays::LeftOut => Vec::new(),
        };
        Ok(Self {
            document: Document::parse_with_overlays(&read_text(file, name)?, name, &overlays)?,
            revision: None,
        })
    }

    /// Reads a file if there is one with this name, or else `openapi.yaml` of a git revision
    /// (`v0.1.0`, `HEAD~3`), or a file of a revision (`main:other.yaml`).
    ///
    /// # Errors
    ///
    /// There is neither a file nor a revision with this name, or it cannot be read.
    pub fn named(root: &Path, name: &str, overlays: Overlays) -> Result<Self> {
        let file = [Path::new(name).to_owned(), root.join(name)]
            .into_iter()
            .find(|file| file.is_file());
        if let Some(file) = file {
            return Self::file(&file, name, overlays);
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
        .with_context(|| format!("`{name}` is neither a file nor a git revision"))?;
        let commit = commit.trim();
        let blob = |path: &str| {
            let bytes = output(root, &["cat-file", "blob", &format!("{commit}:{path}")])
                .with_context(|| format!("`{revision}` has no file `{path}`"))?;
            anyhow::Ok(decode_utf8(bytes, &format!("{revision}:{path}"))?)
        };
        let text = blob(path)?;
        let dir = Path::new(path).with_file_name(overlay::DIRECTORY);
        let dir = dir.to_string_lossy();
        let overlays = match overlays {
            Overlays::Applied => overlay::parse_all(listed(root, commit, &dir)?, |name| {
                blob(&format!("{dir}/{name}"))
            })?,
            Overlays::LeftOut => Vec::new(),
        };
        Ok(Self {
            document: Document::parse_with_overlays(
                &text,
                &format!("{revision}:{path}"),
                &overlays,
            )?,
            revision: Some(commit.to_owned()),
        })
    }

    /// Returns notes on how the contract was read.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let name = self.document.name();
        let amended = self
            .document
            .overlays()
            .iter()
            .map(|overlay| format!("{name} includes the overlay {overlay}"));
        let version = self.document.version();
        let newer = version
            .starts_with("3.1.")
            .then(|| format!("{name} is OpenAPI {version}, read as 3.0"));
        amended.chain(newer).collect()
    }

    /// Returns the version of the crates in the working tree.
    ///
    /// # Errors
    ///
    /// `Cargo.toml` has no version.
    pub fn working_tree_version(root: &Path) -> Result<Version> {
        let text =
            std::fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
        workspace_version(&text)
    }

    /// Returns the version of the crates at this revision; for a file, that of the working tree.
    ///
    /// # Errors
    ///
    /// `Cargo.toml` has no version.
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

/// Returns the tag of the last release, `v` and a version; `None` if there is none.
///
/// # Errors
///
/// git cannot be run.
pub fn release(root: &Path) -> Result<Option<String>> {
    // The greatest version, not the nearest commit: a patch of an old release has an old contract.
    let tags = git(root, &["tag", "--list", "v*"])?;
    let newest = tags
        .lines()
        .filter_map(|tag| Some((Version::parse(tag.strip_prefix('v')?).ok()?, tag)))
        .filter(|(version, _)| version.pre.is_empty())
        .max();
    Ok(newest.map(|(_, tag)| tag.to_owned()))
}

/// Returns `version` of `[workspace.package]`.
pub(super) fn workspace_version(manifest: &str) -> Result<Version> {
    let version = manifest
        .lines()
        .skip_while(|line| line.trim() != "[workspace.package]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .find_map(|line| line.strip_prefix("version = "))
        .context("Cargo.toml has no version in [workspace.package]")?;
    Version::parse(version.trim().trim_matches('"'))
        .context("the version in Cargo.toml is not a semantic version")
}

/// Returns the names of the files in a directory of a commit; none if the directory is missing.
fn listed(root: &Path, commit: &str, dir: &str) -> Result<Vec<String>> {
    let place = format!("{dir}/");
    let paths = git(
        root,
        &[
            "ls-tree",
            "--full-tree",
            "--name-only",
            "-z",
            commit,
            &place,
        ],
    )?;
    let names = paths
        .split_terminator('\0')
        .filter_map(|path| path.strip_prefix(&place));
    Ok(names.map(str::to_owned).collect())
}

fn git(root: &Path, arguments: &[&str]) -> Result<String> {
    String::from_utf8(output(root, arguments)?).context("the output of git is not valid UTF-8")
}

fn output(root: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        bail!("git: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}
