//! Tests of the checks, with commands that only say what they would have done.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::run::{Ran, Runner};
use super::*;

/// Answers as it was told to, and keeps what was asked.
#[derive(Default)]
struct Told {
    failing: Vec<&'static str>,
    printed: &'static str,
    asked: RefCell<Vec<String>>,
}

impl Runner for Told {
    fn run(&self, _: &Path, program: &str, arguments: &[&str]) -> Result<Ran> {
        let line = format!("{program} {}", arguments.join(" "));
        let is_good = !self.failing.iter().any(|part| line.contains(part));
        self.asked.borrow_mut().push(line);
        Ok(Ran {
            is_good,
            text: self.printed.to_owned(),
        })
    }
}

fn ask(name: &str, root: &Path, runner: &Told) -> Verdict {
    let all = checks();
    let check = all.iter().find(|check| check.name.contains(name)).unwrap();
    (check.ask)(root, runner).unwrap()
}

#[test]
fn what_is_uncommitted_stands_in_the_way() {
    let root = Path::new(".");
    assert_eq!(ask("uncommitted", root, &Told::default()), Verdict::Holds);
    let dirty = Told {
        printed: " M openapi.yaml\n",
        ..Told::default()
    };
    assert_eq!(
        ask("uncommitted", root, &dirty),
        Verdict::Fails("commit or put away:\n M openapi.yaml\n".to_owned())
    );
}

#[test]
fn a_crate_that_does_not_package_and_a_page_that_does_not_build_stand_in_the_way() {
    for (name, part) in [
        ("packages", "cargo package --workspace"),
        ("documentation", "cargo doc --workspace"),
    ] {
        assert_eq!(ask(name, Path::new("."), &Told::default()), Verdict::Holds);
        let broken = Told {
            failing: vec![part],
            printed: "error: why",
            ..Told::default()
        };
        let Verdict::Fails(why) = ask(name, Path::new("."), &broken) else {
            panic!("{name} holds");
        };
        assert!(why.contains(part) && why.ends_with("error: why"), "{why}");
    }
}

#[test]
fn a_missing_cargo_semver_checks_is_said_loudly_and_stands_in_the_way_of_nothing() {
    let missing = Told {
        failing: vec!["semver-checks"],
        ..Told::default()
    };
    let Verdict::Skipped(why) = ask("semver-checks", Path::new("."), &missing) else {
        panic!("it was asked");
    };
    assert!(why.contains("NOT INSTALLED"), "{why}");
    assert_eq!(
        missing.asked.borrow().as_slice(),
        ["cargo semver-checks --version"]
    );
}

#[test]
fn a_change_log_without_a_word_stands_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("Cargo.toml"),
        "[workspace.package]\nversion = \"0.2.0\"\n",
    )
    .unwrap();
    let told = |text: &str| {
        fs::write(folder.path().join("CHANGELOG.md"), text).unwrap();
        ask("change log", folder.path(), &Told::default())
    };
    assert!(matches!(
        told("# C\n\n## Unreleased\n\n## 0.1.0\n\n- Old.\n"),
        Verdict::Fails(_)
    ));
    assert_eq!(told("# C\n\n## Unreleased\n\n- New.\n"), Verdict::Holds);
    assert_eq!(told("# C\n\n## 0.2.0\n\n- New.\n"), Verdict::Holds);
}

#[test]
fn every_check_is_asked_also_after_one_that_fails_and_one_failure_is_enough() {
    fn fails(_: &Path, _: &dyn Runner) -> Result<Verdict> {
        anyhow::bail!("the disk is gone")
    }
    #[expect(
        clippy::unnecessary_wraps,
        reason = "a check may fail, and this one does not"
    )]
    fn skips(_: &Path, _: &dyn Runner) -> Result<Verdict> {
        Ok(Verdict::Skipped("not today".to_owned()))
    }
    let mut lines = Vec::new();
    let all = [
        Check {
            name: "a",
            ask: fails,
        },
        Check {
            name: "b",
            ask: skips,
        },
    ];
    assert!(!release(Path::new("."), &Told::default(), &all, |line| {
        lines.push(line.to_owned());
    }));
    assert_eq!(
        lines,
        ["FAILED   a: the disk is gone", "SKIPPED  b: not today"]
    );
    assert!(release(Path::new("."), &Told::default(), &all[1..], |_| {}));
}
