//! Temporary git repositories.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Runs git in `dir`, independently of the user's name and signing settings.
///
/// # Panics
///
/// Panics with the output of git if it fails.
pub fn git(dir: &Path, arguments: &[&str]) {
    const SETTINGS: [&str; 4] = [
        "user.name=t",
        "user.email=t@example.com",
        "init.defaultBranch=main",
        "commit.gpgsign=false",
    ];
    let output = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Writes the file `name` below `dir` and creates its parent directories.
///
/// # Panics
///
/// Panics if the file cannot be written.
pub fn write_file(dir: &Path, name: &str, text: &str) {
    let file = dir.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// Creates a repository with one commit, which contains `files` (name and text).
///
/// # Panics
///
/// Panics if a file cannot be written or git fails.
#[must_use]
pub fn repository(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write_file(dir.path(), name, text);
    }
    git(dir.path(), &["init", "--quiet"]);
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "--quiet", "-m", "first"]);
    dir
}
