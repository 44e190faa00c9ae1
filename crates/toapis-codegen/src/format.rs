//! The last touch: stable rustfmt, so that `cargo fmt --check` agrees.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::source::Source;

/// Formats all sources in one run of rustfmt, under the `rustfmt.toml` of the workspace.
pub(crate) fn format(root: &Path, sources: &[Source]) -> Result<Vec<(&'static str, String)>> {
    let folder = tempfile::tempdir().context("cannot make a folder to format in")?;
    let place = |path: &str| folder.path().join(path);
    for source in sources {
        let file = place(source.path);
        fs::create_dir_all(file.parent().unwrap_or(folder.path()))?;
        fs::write(&file, &source.text)?;
    }
    // A module brings those it names with it.
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
            "rustfmt refuses what was generated:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    sources
        .iter()
        .map(|source| Ok((source.path, fs::read_to_string(place(source.path))?)))
        .collect()
}
