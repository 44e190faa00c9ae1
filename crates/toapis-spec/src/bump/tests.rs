//! Tests of the files that a bump changes.

use std::fs;
use std::path::Path;

use semver::Version;

use super::*;
use crate::diff::tests::contract;
use crate::test_generator::TestGenerator;
use toapis_test_support::git::{git, repository, write_file};

const MANIFEST: &str = "[workspace]
members = [\"crates/*\"]

[workspace.package]
version = \"0.1.0\"
edition = \"2024\"

[workspace.dependencies]
toapis = { version = \"0.1.0\", path = \"crates/toapis\" }
toapis-client = { version = \"=0.1.0\", path = \"crates/toapis-client\" }
tokio = { version = \"0.1.0\", default-features = false }
";

const LOCK: &str = "version = 4

[[package]]
name = \"other\"
version = \"0.1.0\"
source = \"registry\"

[[package]]
name = \"toapis\"
version = \"0.1.0\"
dependencies = [
 \"other\",
]
";

const CHANGELOG: &str = "# Changelog

## Unreleased

### Added

- A thing.

## 0.1.0

- The first.
";

#[test]
fn only_workspace_versions_are_raised() {
    let version = Version::new(0, 2, 0);
    assert_eq!(
        manifest(MANIFEST, &version),
        MANIFEST
            .replace(
                "version = \"0.1.0\"\nedition",
                "version = \"0.2.0\"\nedition"
            )
            .replace("{ version = \"0.1.0\", path", "{ version = \"0.2.0\", path")
            .replace("\"=0.1.0\"", "\"=0.2.0\"")
    );
    assert_eq!(
        lock(LOCK, &Version::new(0, 1, 0), &version),
        LOCK.replace(
            "name = \"toapis\"\nversion = \"0.1.0\"",
            "name = \"toapis\"\nversion = \"0.2.0\""
        )
    );
}

#[test]
fn version_of_this_workspace_is_found_and_raised() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml")).unwrap();
    let raised = manifest(&text, &Version::new(77, 0, 0));
    assert_eq!(
        raised.matches("77.0.0").count(),
        1 + text
            .lines()
            .filter(|line| line.contains("version = ") && line.contains("path = \"crates/"))
            .count()
    );
    assert_eq!(raised.lines().count(), text.lines().count());
}

#[test]
fn draft_follows_manual_entries_and_replaces_an_earlier_draft() {
    let once = put(CHANGELOG, "### The contract since v0.1.0\n\n- One.\n");
    assert_eq!(
        once,
        CHANGELOG.replace(
            "- A thing.\n",
            "- A thing.\n\n### The contract since v0.1.0\n\n- One.\n"
        )
    );
    let twice = put(&once, "### The contract since v0.1.0\n\n- Two.\n");
    assert_eq!(twice, once.replace("One", "Two"));
    assert_eq!(
        put(&twice, "### The contract since v0.1.0\n\n- Two.\n"),
        twice
    );
}

#[test]
fn missing_unreleased_heading_is_added() {
    let text = "# Changelog\n\n## 0.1.0\n\n- The first.\n";
    assert_eq!(
        put(text, "### The contract since v0.1.0\n"),
        "# Changelog\n\n## Unreleased\n\n### The contract since v0.1.0\n\n## 0.1.0\n\n- The first.\n"
    );
}

/// Creates a repository whose contract was narrowed since its only commit.
fn narrowed_repository() -> tempfile::TempDir {
    let dir = repository(&[
        (
            "crates/toapis-client/Cargo.toml",
            "[package]\nname = \"toapis-client\"\n",
        ),
        ("Cargo.toml", MANIFEST),
        ("Cargo.lock", LOCK),
        ("CHANGELOG.md", CHANGELOG),
        ("openapi.yaml", &contract(9)),
    ]);
    write_file(dir.path(), "openapi.yaml", &contract(8));
    dir
}

fn changed(bumped: &BumpPlan) -> Vec<&'static str> {
    bumped.files.iter().map(|(name, _)| *name).collect()
}

fn bump(root: &Path, dry_run: bool) -> BumpPlan {
    let bumped = plan(root, &BumpArguments { old: None, dry_run }, &TestGenerator).unwrap();
    if !dry_run {
        for (name, text) in &bumped.files {
            write_file(root, name, text);
        }
    }
    bumped
}

#[test]
fn breaking_change_raises_the_version_once() {
    let dir = narrowed_repository();
    git(dir.path(), &["tag", "v0.1.0"]);
    let planned = bump(dir.path(), true);
    assert_eq!(
        fs::read_to_string(dir.path().join("Cargo.toml")).unwrap(),
        MANIFEST
    );
    let done = bump(dir.path(), false);
    assert_eq!(done, planned);
    assert_eq!(done.new, Version::new(0, 2, 0));
    assert_eq!(changed(&done), ["Cargo.toml", "Cargo.lock", "CHANGELOG.md"]);
    let text = fs::read_to_string(dir.path().join("CHANGELOG.md")).unwrap();
    assert!(text.contains("### The contract since v0.1.0:openapi.yaml\n\nBreaking:\n\n- make: request body: `maxLength` changed from 9 to 8.\n"), "{text}");
    let again = bump(dir.path(), false);
    assert_eq!(
        (again.old.clone(), again.new.clone(), changed(&again)),
        (Version::new(0, 2, 0), Version::new(0, 2, 0), vec![])
    );
}

#[test]
fn version_stays_before_the_first_release() {
    let dir = narrowed_repository();
    let done = bump(dir.path(), false);
    assert_eq!(done.new, Version::new(0, 1, 0));
    assert_eq!(changed(&done), ["CHANGELOG.md"]);
}
