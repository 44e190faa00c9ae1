//! Comments, documentation and messages are plain technical English, as `STYLE.md` says.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use regex_lite::Regex;

use crate::support::{Package, files_under, is_below, root};

/// Phrases to avoid, each with what may follow it all the same.
const PHRASES: &[(&str, &str, &str)] = &[
    (
        "is no X",
        r"(?i)\b(?:is|are|was|be) (?:no|none)\b",
        r"(?i)^ (?:longer|more|such)",
    ),
    (
        "stand",
        r"(?i)\bst(?:ands?|ood)\b",
        r"(?i)^(?:-?alone|\s+for\b|\s+in for\b)",
    ),
    ("tell", r"(?i)\b(?:tells?|told)\b", ""),
    (
        "so many",
        r"(?i)\b(?:so (?:many|long|often|much)|every so)\b",
        r"(?i)^ as\b",
    ),
    (
        "a look",
        r"(?i)\b(?:a|the|each|one|last|next|failed|of) looks?\b|\blooks (?:a|and|at|under)\b",
        "",
    ),
    ("a waiting", r"(?i)\b(?:a|the) waiting\b", ""),
    ("came to", r"(?i)\b(?:came|come|comes) to\b", ""),
    (
        "whoever",
        r"(?i)\b(?:whoever|whatever|anew|for ever|altogether|at hand)\b",
        "",
    ),
    ("just inside", r"(?i)\bjust (?:inside|outside)\b", ""),
    (
        "mend",
        r"(?i)\b(?:mend(?:s|ed)?|dear|borne|heir|noughts?|hinders?)\b",
        "",
    ),
];
/// The most hits that all phrases together may have.
const MAX_PHRASES: usize = 40;
/// The least share of public functions whose documentation opens with a verb, in percent.
const MIN_VERB_FIRST: usize = 98;
/// In columns.
const MAX_COMMENT_WIDTH: usize = 100;
/// Words that look like a verb in the third person and open no sentence with one.
const NOT_VERBS: [&str; 5] = ["This", "Its", "As", "Whose", "Results"];

#[test]
fn phrases_to_avoid_are_rare() {
    let phrases: Vec<_> = PHRASES
        .iter()
        .map(|(name, phrase, unless)| {
            let unless = (!unless.is_empty()).then(|| Regex::new(unless).unwrap());
            (*name, Regex::new(phrase).unwrap(), unless)
        })
        .collect();
    let (mut hits, mut report) = (0, String::new());
    for (path, text) in pages_and_sources() {
        for (number, line) in prose(&path, &text) {
            for (name, phrase, unless) in &phrases {
                for found in phrase.find_iter(&line) {
                    let after = &line[found.end()..];
                    if !unless.as_ref().is_some_and(|unless| unless.is_match(after)) {
                        hits += 1;
                        writeln!(
                            report,
                            "{}:{number}: [{name}] {}",
                            path.display(),
                            line.trim()
                        )
                        .unwrap();
                    }
                }
            }
        }
    }
    assert!(
        hits <= MAX_PHRASES,
        "{report}{hits} hits, more than {MAX_PHRASES}"
    );
}

#[test]
fn documentation_of_public_functions_opens_with_a_verb() {
    let verb = Regex::new(r"^[A-Z][a-z]+s$").unwrap();
    let function = Regex::new(r"^\s*pub (?:const )?(?:async )?fn \w+").unwrap();
    let (mut all, mut verb_first, mut others) = (0, 0, String::new());
    for (path, text) in library_sources() {
        let lines: Vec<_> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if !function.is_match(line) {
                continue;
            }
            let above = lines[..number].iter().rev().map(|line| line.trim_start());
            let docs = above
                .skip_while(|line| line.starts_with("#["))
                .take_while(|line| line.starts_with("///"));
            let Some(first) = docs.last() else { continue };
            let word = first.trim_start_matches("///").split_whitespace().next();
            let word = word.unwrap_or_default().trim_matches(['.', ',', ':', '`']);
            all += 1;
            if verb.is_match(word) && !NOT_VERBS.contains(&word) {
                verb_first += 1;
            } else {
                writeln!(others, "{}:{}: {first}", path.display(), number + 1).unwrap();
            }
        }
    }
    assert!(all > 100, "found only {all} documented functions");
    let share = 100 * verb_first / all;
    assert!(
        share >= MIN_VERB_FIRST,
        "{others}{share} %, less than {MIN_VERB_FIRST} %"
    );
}

#[test]
fn comments_wrap_at_the_width_of_code() {
    let (mut wide, mut report) = (0, String::new());
    for (path, text) in library_sources() {
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") && line.chars().count() > MAX_COMMENT_WIDTH {
                wide += 1;
                writeln!(report, "{}:{}", path.display(), number + 1).unwrap();
            }
        }
    }
    assert!(wide == 0, "{report}{wide} comment lines are too wide");
}

/// Returns hand-written Rust files of the workspace without tests.
fn library_sources() -> impl Iterator<Item = (PathBuf, String)> {
    pages_and_sources().filter(|(path, _)| {
        path.extension().is_some_and(|extension| extension == "rs") && !is_below(path, "tests")
    })
}

/// Returns hand-written Rust and Markdown files of the workspace, by their path relative to its
/// root.
fn pages_and_sources() -> impl Iterator<Item = (PathBuf, String)> {
    let mut paths: Vec<PathBuf> = ["docs", "tests", ".github"]
        .map(|directory| root().join(directory))
        .into_iter()
        .chain(
            Package::all()
                .iter()
                .map(|package| root().join(&package.directory)),
        )
        .flat_map(|directory| files_under(&directory))
        .collect();
    let top = std::fs::read_dir(root()).unwrap();
    paths.extend(
        top.map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file()),
    );
    paths.sort();
    paths
        .into_iter()
        .map(|path| path.strip_prefix(root()).unwrap().to_owned())
        // STYLE.md quotes the phrases, and so does this file.
        .filter(|path| !path.ends_with("STYLE.md") && !path.ends_with("suite/prose.rs"))
        .filter(|path| !is_below(path, "generated") && !is_below(path, "snapshots"))
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs" || extension == "md"))
        .map(|path| {
            let text = std::fs::read_to_string(root().join(&path)).unwrap();
            (path, text)
        })
}

/// Returns comments, documentation and long string literals of Rust, and all lines of Markdown,
/// with their numbers.
fn prose(path: &Path, text: &str) -> Vec<(usize, String)> {
    if path.extension().is_some_and(|extension| extension == "md") {
        return text
            .lines()
            .map(str::to_owned)
            .enumerate()
            .map(|(n, line)| (n + 1, line))
            .collect();
    }
    let literal = Regex::new(r#""((?:[^"\\]|\\.){12,})""#).unwrap();
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        if !comment.is_empty() {
            found.push((number + 1, comment.to_owned()));
        }
        let literals = literal
            .captures_iter(code)
            .map(|captures| captures[1].to_owned());
        found.extend(
            literals
                .filter(|text| text.contains(' '))
                .map(|text| (number + 1, text)),
        );
    }
    found
}
