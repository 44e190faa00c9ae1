//! A repository of git, as tests need one.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Runs git as someone who is configured nowhere.
pub(super) fn git(root: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "init.defaultBranch=main",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Writes a file, and the folders above it.
pub(super) fn write(root: &Path, name: &str, text: &str) {
    let file = root.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// A contract whose one operation takes texts up to a limit.
pub(super) fn contract(limit: u32) -> String {
    format!(
        "paths: {{/a: {{post: {{operationId: make, requestBody: {{content: {{a/b: {{schema: {{maxLength: {limit}}}}}}}}}}}}}}}\n"
    )
}

/// A repository with these files in its one commit.
pub(super) fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (name, text) in files {
        write(root, name, text);
    }
    git(root, &["init", "--quiet"]);
    git(root, &["add", "."]);
    git(root, &["commit", "--quiet", "-m", "first"]);
    folder
}
