//! The checks of a release, with commands that are not run.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Result;
use xtask::release::{CHECKS, Check, CheckOutcome, CommandOutput, CommandRunner, UNPUBLISHED, run};
use xtask::workspace_root;

/// Records commands. Those that contain `failing` fail.
#[derive(Default)]
struct FakeRunner {
    failing: Option<&'static str>,
    output: &'static str,
    commands: RefCell<Vec<String>>,
}

impl CommandRunner for FakeRunner {
    fn run(&self, _: &Path, program: &str, arguments: &[&str]) -> Result<CommandOutput> {
        let command = format!("{program} {}", arguments.join(" "));
        let is_success = !self.failing.is_some_and(|part| command.contains(part));
        self.commands.borrow_mut().push(command);
        Ok(CommandOutput {
            is_success,
            text: self.output.to_owned(),
        })
    }
}

fn run_check(name: &str, root: &Path, runner: &FakeRunner) -> CheckOutcome {
    let check = CHECKS.iter().find(|check| check.name.contains(name));
    (check.unwrap().run)(root, runner).unwrap()
}

#[test]
fn uncommitted_changes_fail_the_release() {
    let root = Path::new(".");
    let clean = FakeRunner::default();
    assert_eq!(run_check("uncommitted", root, &clean), CheckOutcome::Passed);
    let dirty = FakeRunner {
        output: " M openapi.yaml\n",
        ..FakeRunner::default()
    };
    assert_eq!(
        run_check("uncommitted", root, &dirty),
        CheckOutcome::Failed("commit these changes:\n M openapi.yaml".to_owned())
    );
}

#[test]
fn failed_packaging_and_documentation_fail_the_release() {
    let root = Path::new(".");
    for (name, part) in [
        ("packages", "cargo package --workspace"),
        ("documentation", "cargo doc --workspace"),
    ] {
        let passing = FakeRunner::default();
        assert_eq!(run_check(name, root, &passing), CheckOutcome::Passed);
        let failing = FakeRunner {
            failing: Some(part),
            output: "error: reason",
            ..FakeRunner::default()
        };
        let CheckOutcome::Failed(reason) = run_check(name, root, &failing) else {
            panic!("the check `{name}` does not fail");
        };
        assert!(
            reason.contains(part) && reason.ends_with("error: reason"),
            "{reason}"
        );
    }
}

#[test]
fn packaging_excludes_exactly_the_unpublished_crates() {
    let root = workspace_root();
    let mut manifests = vec![
        root.join("xtask/Cargo.toml"),
        root.join("tests/Cargo.toml"),
        root.join("tests/benches/Cargo.toml"),
    ];
    for entry in fs::read_dir(root.join("crates")).unwrap() {
        manifests.push(entry.unwrap().path().join("Cargo.toml"));
    }
    let mut unpublished = BTreeSet::new();
    for manifest in manifests.iter().filter(|manifest| manifest.is_file()) {
        let text = fs::read_to_string(manifest).unwrap();
        let mut names = text.lines().filter_map(|line| line.strip_prefix("name = "));
        let name = names.next().unwrap().trim_matches('"').to_owned();
        if text.contains("\npublish = false\n") {
            unpublished.insert(name);
        }
    }
    assert_eq!(
        unpublished,
        UNPUBLISHED.iter().map(|&name| name.to_owned()).collect()
    );

    let runner = FakeRunner::default();
    run_check("packages", &root, &runner);
    let command = runner.commands.take().concat();
    for name in UNPUBLISHED {
        assert!(command.contains(&format!("--exclude {name}")), "{command}");
    }
}

#[test]
fn missing_cargo_semver_checks_skips_the_check() {
    let missing = FakeRunner {
        failing: Some("semver-checks"),
        ..FakeRunner::default()
    };
    let outcome = run_check("semver-checks", Path::new("."), &missing);
    let CheckOutcome::Skipped(reason) = outcome else {
        panic!("the check is not skipped: {outcome:?}");
    };
    assert!(reason.contains("NOT INSTALLED"), "{reason}");
    assert_eq!(missing.commands.take(), ["cargo semver-checks --version"]);
}

#[test]
fn changelog_needs_an_entry_for_the_version() {
    let root = tempfile::tempdir().unwrap();
    let manifest = "[workspace.package]\nversion = \"0.2.0\"\n";
    fs::write(root.path().join("Cargo.toml"), manifest).unwrap();
    let with_changelog = |text: &str| {
        fs::write(root.path().join("CHANGELOG.md"), text).unwrap();
        run_check("changelog", root.path(), &FakeRunner::default())
    };
    let old = with_changelog("# C\n\n## Unreleased\n\n## 0.1.0\n\n- Old.\n");
    assert!(matches!(old, CheckOutcome::Failed(_)), "{old:?}");
    for text in [
        "# C\n\n## Unreleased\n\n- New.\n",
        "# C\n\n## 0.2.0\n\n- New.\n",
        "# C\n\n## [0.2.0]\n\n- New.\n",
    ] {
        assert_eq!(with_changelog(text), CheckOutcome::Passed, "{text}");
    }
}

#[test]
fn every_check_runs_and_one_failure_fails_the_release() {
    let checks = [
        Check {
            name: "a",
            run: |_, _| anyhow::bail!("disk error"),
        },
        Check {
            name: "b",
            run: |_, _| Ok(CheckOutcome::Skipped("not installed".to_owned())),
        },
        Check {
            name: "c",
            run: |_, _| Ok(CheckOutcome::Passed),
        },
    ];
    let runner = FakeRunner::default();
    let mut output = Vec::new();
    assert!(!run(Path::new("."), &runner, &checks, &mut output).unwrap());
    assert_eq!(
        String::from_utf8(output).unwrap(),
        "FAILED   a: disk error\nSKIPPED  b: not installed\nok       c\n"
    );
    assert!(run(Path::new("."), &runner, &checks[1..], &mut Vec::new()).unwrap());
}
