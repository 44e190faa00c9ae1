//! `cargo xtask release --dry-run`: runs every step of a release except publishing, which is
//! manual.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use toapis_codegen::Mode;
use toapis_spec::diff::{self, Overlays, SpecRevision};

use crate::codegen;
use crate::spec::Generator;

/// A check of the workspace.
pub struct Check {
    /// The condition, as a sentence.
    pub name: &'static str,
    /// Runs the check.
    pub run: fn(&Path, &dyn CommandRunner) -> Result<CheckOutcome>,
}

/// The outcome of a [`Check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The condition holds.
    Passed,
    /// The check cannot run, with the reason. Does not fail the release.
    Skipped(String),
    /// The condition does not hold, with what to do.
    Failed(String),
}

/// Runs commands. Tests replace it.
pub trait CommandRunner {
    /// Runs a command in a directory and waits for its end.
    ///
    /// # Errors
    ///
    /// The command cannot be started.
    fn run(&self, root: &Path, program: &str, arguments: &[&str]) -> Result<CommandOutput>;
}

/// The output of a finished command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandOutput {
    /// Whether the exit code is zero.
    pub is_success: bool,
    /// The text of stdout, then that of stderr.
    pub text: String,
}

/// Runs commands as processes.
#[derive(Clone, Copy, Debug)]
pub struct ProcessRunner;

impl CommandRunner for ProcessRunner {
    fn run(&self, root: &Path, program: &str, arguments: &[&str]) -> Result<CommandOutput> {
        let output = Command::new(program)
            .current_dir(root)
            .args(arguments)
            .output()
            .with_context(|| format!("cannot run {program}"))?;
        let text = [output.stdout, output.stderr].concat();
        Ok(CommandOutput {
            is_success: output.status.success(),
            text: String::from_utf8_lossy(&text).into_owned(),
        })
    }
}

/// The crates of the workspace with `publish = false`.
pub const UNPUBLISHED: &[&str] = &[
    "toapis-codegen",
    "toapis-test-support",
    "workspace-benches",
    "workspace-tests",
    "xtask",
];

/// All checks, the quickest first.
pub const CHECKS: &[Check] = &[
    Check {
        name: "the working tree has no uncommitted changes",
        run: worktree_is_clean,
    },
    Check {
        name: "generated files are up to date",
        run: generated_files_are_current,
    },
    Check {
        name: "the version is high enough for the changes of the contract",
        run: version_is_high_enough,
    },
    Check {
        name: "the changelog has an entry",
        run: changelog_has_entry,
    },
    Check {
        name: "the documentation builds",
        run: documentation_builds,
    },
    Check {
        name: "every crate packages, and builds from its package",
        run: crates_package,
    },
    Check {
        name: "cargo-semver-checks accepts the version",
        run: semver_checks_pass,
    },
];

/// Runs all checks, even after a failure, and writes one line for each. Returns true if none
/// failed.
///
/// # Errors
///
/// `output` cannot be written.
pub fn run(
    root: &Path,
    runner: &dyn CommandRunner,
    checks: &[Check],
    output: &mut dyn Write,
) -> Result<bool> {
    let mut passed = true;
    for Check { name, run } in checks {
        let outcome =
            run(root, runner).unwrap_or_else(|error| CheckOutcome::Failed(format!("{error:#}")));
        match outcome {
            CheckOutcome::Passed => writeln!(output, "ok       {name}")?,
            CheckOutcome::Skipped(reason) => writeln!(output, "SKIPPED  {name}: {reason}")?,
            CheckOutcome::Failed(reason) => {
                passed = false;
                writeln!(output, "FAILED   {name}: {}", reason.trim_end())?;
            }
        }
    }
    Ok(passed)
}

fn worktree_is_clean(root: &Path, runner: &dyn CommandRunner) -> Result<CheckOutcome> {
    let output = runner.run(root, "git", &["status", "--porcelain"])?;
    if !output.is_success {
        bail!("`git status` failed: {}", output.text);
    }
    let changes = output.text.trim_end();
    Ok(passed_or(changes.is_empty(), || {
        format!("commit these changes:\n{changes}")
    }))
}

fn generated_files_are_current(root: &Path, _: &dyn CommandRunner) -> Result<CheckOutcome> {
    let outcome = codegen::run(root, Mode::Check)?;
    Ok(passed_or(outcome.is_clean(), || {
        let changed = outcome.changed.iter().map(|change| &change.path);
        let files: Vec<_> = changed
            .chain(&outcome.unknown)
            .map(|path| path.display().to_string())
            .collect();
        format!("run `cargo xtask codegen`: {}", files.join(", "))
    }))
}

fn version_is_high_enough(root: &Path, _: &dyn CommandRunner) -> Result<CheckOutcome> {
    if diff::release(root)?.is_none() {
        return Ok(CheckOutcome::Skipped("nothing is released yet".to_owned()));
    }
    let (old, notes) = diff::compared(root, None, Overlays::Applied)?;
    let new = SpecRevision::working_tree(root, Overlays::Applied)?;
    let report = diff::report(root, &old, &new, notes, &Generator)?;
    let too_low: Vec<_> = report
        .crates
        .iter()
        .filter(|bump| !bump.is_enough())
        .map(|bump| format!("{} {} < {}", bump.name, bump.current, bump.needed))
        .collect();
    Ok(passed_or(too_low.is_empty(), || {
        format!("run `cargo xtask spec bump`: {}", too_low.join(", "))
    }))
}

fn changelog_has_entry(root: &Path, _: &dyn CommandRunner) -> Result<CheckOutcome> {
    let text = fs::read_to_string(root.join("CHANGELOG.md"))?;
    let version = SpecRevision::working_tree_version(root)?;
    let headings = [
        "## Unreleased".to_owned(),
        format!("## {version}"),
        format!("## [{version}]"),
    ];
    let section = headings
        .iter()
        .find_map(|heading| text.split_once(heading.as_str()))
        .and_then(|(_, rest)| rest.split("\n## ").next());
    let has_entry = section.is_some_and(|section| section.contains("\n- "));
    Ok(passed_or(has_entry, || {
        format!(
            "CHANGELOG.md has no entry under `## Unreleased` or `## {version}`: run `cargo xtask spec bump` for a draft"
        )
    }))
}

fn documentation_builds(root: &Path, runner: &dyn CommandRunner) -> Result<CheckOutcome> {
    let command = "doc --workspace --no-deps --locked --quiet --config";
    let warnings = "build.rustdocflags=[\"-Dwarnings\"]";
    run_cargo(root, runner, command.split(' ').chain([warnings]))
}

fn crates_package(root: &Path, runner: &dyn CommandRunner) -> Result<CheckOutcome> {
    let command = "package --workspace --locked --quiet";
    run_cargo(
        root,
        runner,
        command.split(' ').chain(exclude_unpublished()),
    )
}

fn semver_checks_pass(root: &Path, runner: &dyn CommandRunner) -> Result<CheckOutcome> {
    let version = runner.run(root, "cargo", &["semver-checks", "--version"])?;
    if !version.is_success {
        return Ok(CheckOutcome::Skipped(
            "cargo-semver-checks is NOT INSTALLED: run `cargo install cargo-semver-checks --locked`"
                .to_owned(),
        ));
    }
    let Some(tag) = diff::release(root)? else {
        return Ok(CheckOutcome::Skipped("nothing is released yet".to_owned()));
    };
    let command = ["semver-checks", "--workspace", "--baseline-rev", &tag];
    run_cargo(
        root,
        runner,
        command.into_iter().chain(exclude_unpublished()),
    )
}

fn exclude_unpublished<'a>() -> impl Iterator<Item = &'a str> {
    UNPUBLISHED.iter().flat_map(|name| ["--exclude", *name])
}

/// Runs cargo. Its output is the reason of a failure.
fn run_cargo<'a>(
    root: &Path,
    runner: &dyn CommandRunner,
    arguments: impl Iterator<Item = &'a str>,
) -> Result<CheckOutcome> {
    let arguments: Vec<_> = arguments.collect();
    let output = runner.run(root, "cargo", &arguments)?;
    Ok(passed_or(output.is_success, || {
        format!("`cargo {}` failed:\n{}", arguments.join(" "), output.text)
    }))
}

fn passed_or(is_passed: bool, reason: impl FnOnce() -> String) -> CheckOutcome {
    if is_passed {
        CheckOutcome::Passed
    } else {
        CheckOutcome::Failed(reason())
    }
}
