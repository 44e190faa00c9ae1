//! Formats generated files by stable rustfmt, so that `cargo fmt --check` passes.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::source::Source;

/// Formats all sources in one run of rustfmt, under the `rustfmt.toml` of the workspace.
pub(crate) fn format(root: &Path, sources: &[Source]) -> Result<Vec<(&'static str, String)>> {
    let directory = tempfile::tempdir().context("cannot create a temporary directory")?;
    let place = |path: &str| directory.path().join(path);
    for source in sources {
        let file = place(source.path);
        fs::create_dir_all(file.parent().unwrap_or(directory.path()))?;
        fs::write(&file, &source.text)?;
    }
    // rustfmt formats the files that a module declares as well.
    let modules = sources
        .iter()
        .filter(|source| source.path.ends_with("/mod.rs"));
    let output = Command::new("rustfmt")
        .current_dir(root)
        .args(["--edition", "2024", "--config-path"])
        .arg(root)
        .args(modules.map(|source| place(source.path)))
        .output()
        .context("cannot run rustfmt: `rustup component add rustfmt`")?;
    if !output.status.success() {
        bail!(
            "rustfmt rejects the generated code:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    sources
        .iter()
        .map(|source| Ok((source.path, fs::read_to_string(place(source.path))?)))
        .collect()
}
