//! Edits versions in `Cargo.toml` and `Cargo.lock`.

use semver::Version;

/// Returns `Cargo.toml` with another version of the workspace and of its crates among the
/// dependencies.
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

/// Returns the line with another version after `version = "`. A leading `=` is kept.
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

/// Returns `Cargo.lock` with another version of the workspace's crates, which have no `source`.
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
