//! Versions in `Cargo.toml` and `Cargo.lock`, changed where they stand, all else left as it is.

use semver::Version;

/// `Cargo.toml` with another version of the workspace: its own, and that of its crates among the dependencies.
#[must_use]
pub fn manifest(text: &str, version: &Version) -> String {
    let mut section = "";
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.starts_with('[') {
            section = line.trim();
        }
        let is_ours = match section {
            "[workspace.package]" => line.starts_with("version = "),
            "[workspace.dependencies]" => line.contains("path = \"crates/"),
            _ => false,
        };
        if is_ours {
            out.push_str(&with_version(line, version));
        } else {
            out.push_str(line);
        }
    }
    out
}

/// A line with another version behind `version = "`; the sign before it (`=`) stays.
fn with_version(line: &str, version: &Version) -> String {
    const KEY: &str = "version = \"";
    let Some((before, rest)) = line.split_once(KEY) else {
        return line.to_owned();
    };
    let sign: String = rest
        .chars()
        .take_while(|letter| !letter.is_ascii_digit())
        .collect();
    match rest.split_once('"') {
        Some((_, after)) => format!("{before}{KEY}{sign}{version}\"{after}"),
        None => line.to_owned(),
    }
}

/// `Cargo.lock` with another version of the crates of the workspace, which are those without a source.
#[must_use]
pub fn lock(text: &str, old: &Version, version: &Version) -> String {
    let before = format!("version = \"{old}\"\n");
    let after = format!("version = \"{version}\"\n");
    let blocks = text.split("[[package]]\n").map(|block| {
        if block.contains("\nsource = ") {
            block.to_owned()
        } else {
            block.replacen(&before, &after, 1)
        }
    });
    blocks.collect::<Vec<_>>().join("[[package]]\n")
}
