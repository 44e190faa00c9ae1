//! Rules about source files that no lint checks.

use std::path::PathBuf;

use crate::support::{files_under, root};

/// A longer file should be split.
const MOST_LINES: usize = 420;

/// Returns every hand-written Rust file.
fn sources() -> Vec<(PathBuf, String)> {
    ["crates", "xtask", "tests", ".ci/contract-tools"]
        .iter()
        .flat_map(|folder| files_under(&root().join(folder)))
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| {
            !path
                .components()
                .any(|part| part.as_os_str() == "generated")
        })
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.strip_prefix(root()).unwrap().to_owned(), text)
        })
        .collect()
}

fn offenders(breaks: impl Fn(&PathBuf, &str) -> bool) -> Vec<PathBuf> {
    sources()
        .into_iter()
        .filter(|(path, text)| breaks(path, text))
        .map(|(path, _)| path)
        .collect()
}

#[test]
fn every_file_starts_with_its_purpose() {
    assert!(sources().len() > 40, "the sources were not found");
    assert_eq!(
        offenders(|_, text| !text.starts_with("//! ")),
        Vec::<PathBuf>::new()
    );
}

#[test]
fn files_are_not_too_long() {
    assert_eq!(
        offenders(|_, text| text.lines().count() > MOST_LINES),
        Vec::<PathBuf>::new()
    );
}
