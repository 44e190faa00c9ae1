//! `docs/regenerating.md` shows the exact findings for each of its changes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::diff::{DiffReport, SemverLevel, SpecRevision, report};
use crate::test_generator::TestGenerator;
use toapis_openapi::Document;

/// A numbered section of the page: its title, its changes of openapi.yaml, and the findings.
#[derive(Default)]
struct Step {
    title: String,
    changes: Vec<String>,
    found: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn steps() -> Vec<Step> {
    let page = fs::read_to_string(root().join("docs/regenerating.md")).unwrap();
    let sections = page.split("\n## ").skip(1).map(|section| {
        let mut step = Step {
            title: section.lines().next().unwrap().to_owned(),
            ..Step::default()
        };
        // Fences open and close in turn, so every other piece is a block.
        for fence in section.split("```").skip(1).step_by(2) {
            match fence.split_once('\n') {
                Some(("diff", text)) => step.changes.push(text.to_owned()),
                Some(("console", text)) => text.clone_into(&mut step.found),
                _ => {}
            }
        }
        step
    });
    sections.collect()
}

/// Returns the old and the new lines of a diff.
fn changed(text: &str, diff: &str) -> String {
    let side = |left_out: char| {
        let lines = diff.lines().filter(|line| !line.starts_with(left_out));
        lines.fold(String::new(), |text, line| {
            text + line.get(1..).unwrap_or_default() + "\n"
        })
    };
    let before = side('+');
    assert_eq!(
        text.matches(&before).count(),
        1,
        "openapi.yaml must contain this once:\n{before}"
    );
    text.replacen(&before, &side('-'), 1)
}

/// Returns the findings without their places, and the version level of the two crates with a public
/// API.
fn short(report: &DiffReport) -> String {
    let mut out = "$ cargo xtask spec diff\n".to_owned();
    for finding in &report.findings {
        let (severity, direction) = (finding.severity.name(), finding.direction.name());
        writeln!(
            out,
            "{severity} for {direction}: {} [{}]",
            finding.message, finding.code
        )
        .unwrap();
    }
    for semver in &report.crates {
        if ["toapis", "toapis-client"].contains(&semver.name.as_str())
            && semver.level > SemverLevel::None
        {
            writeln!(out, "{}: {}", semver.name, semver.level.name()).unwrap();
        }
    }
    out
}

#[test]
fn page_shows_the_actual_findings() {
    let revision = |text: &str| SpecRevision {
        document: Document::parse(text, "openapi.yaml").unwrap(),
        revision: None,
    };
    let mut text = fs::read_to_string(root().join("openapi.yaml")).unwrap();
    let steps = steps();
    assert!(steps.len() >= 6, "the page has {} changes", steps.len());
    let mut wrong = String::new();
    for step in steps {
        let before = revision(&text);
        text = step
            .changes
            .iter()
            .fold(text, |text, change| changed(&text, change));
        let report = report(
            &root(),
            &before,
            &revision(&text),
            Vec::new(),
            &TestGenerator,
        )
        .unwrap();
        assert_eq!(report.notes, Vec::<String>::new(), "{}", step.title);
        let finding = short(&report);
        if finding != step.found {
            writeln!(wrong, "## {}\n\n```console\n{finding}```\n", step.title).unwrap();
        }
    }
    assert!(
        wrong.is_empty(),
        "docs/regenerating.md must say:\n\n{wrong}"
    );
}
