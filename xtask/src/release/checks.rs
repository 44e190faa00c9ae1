//! What must hold of a release, one function each.

use std::path::Path;

use anyhow::{Result, bail};

use super::run::Runner;
use toapis_codegen::Mode;

use crate::codegen;
use crate::spec::Generator;
use toapis_spec::diff::{self, Overlays, SpecRevision, compared};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It could not be asked, and why; it is told loudly, and stands in the way of nothing.
    Skipped(String),
    /// It does not hold, and what is to be done.
    Fails(String),
}

/// A check and its name.
pub struct Check {
    /// What must hold, as a sentence.
    pub name: &'static str,
    /// Asks.
    pub ask: fn(&Path, &dyn Runner) -> Result<Verdict>,
}

/// All checks, the quickest first.
#[must_use]
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            name: "nothing is uncommitted",
            ask: committed,
        },
        Check {
            name: "what is generated is fresh",
            ask: fresh,
        },
        Check {
            name: "the version is as high as the contract asks",
            ask: version,
        },
        Check {
            name: "the change log tells of changes",
            ask: told,
        },
        Check {
            name: "the documentation builds",
            ask: documented,
        },
        Check {
            name: "every crate packages, and builds from its package",
            ask: packaged,
        },
        Check {
            name: "cargo-semver-checks agrees with the version",
            ask: agreed,
        },
    ]
}

/// Runs a command; what it printed is the reason if it fails.
fn holds(runner: &dyn Runner, root: &Path, program: &str, arguments: &[&str]) -> Result<Verdict> {
    let ran = runner.run(root, program, arguments)?;
    Ok(if ran.is_good {
        Verdict::Holds
    } else {
        Verdict::Fails(format!(
            "`{program} {}` fails:\n{}",
            arguments.join(" "),
            ran.text
        ))
    })
}

fn committed(root: &Path, runner: &dyn Runner) -> Result<Verdict> {
    let ran = runner.run(root, "git", &["status", "--porcelain"])?;
    if !ran.is_good {
        bail!("git cannot tell: {}", ran.text);
    }
    Ok(if ran.text.trim().is_empty() {
        Verdict::Holds
    } else {
        Verdict::Fails(format!("commit or put away:\n{}", ran.text))
    })
}

fn fresh(root: &Path, _: &dyn Runner) -> Result<Verdict> {
    let outcome = codegen::run(root, Mode::Check)?;
    Ok(if outcome.is_clean() {
        Verdict::Holds
    } else {
        let files: Vec<_> = outcome
            .changed
            .iter()
            .map(|change| change.path.display().to_string())
            .collect();
        Verdict::Fails(format!("run `cargo xtask codegen`: {}", files.join(", ")))
    })
}

fn version(root: &Path, _: &dyn Runner) -> Result<Verdict> {
    if diff::release(root)?.is_none() {
        return Ok(Verdict::Skipped(
            "nothing was released yet, so any version is high enough".to_owned(),
        ));
    }
    let (old, notes) = compared(root, None, Overlays::Applied)?;
    let new = SpecRevision::working_tree(root, Overlays::Applied)?;
    let report = diff::report(root, &old, &new, notes, &Generator)?;
    let low: Vec<_> = report
        .crates
        .iter()
        .filter(|verdict| !verdict.is_enough())
        .map(|verdict| {
            format!(
                "{} {} must be {} at least",
                verdict.name, verdict.current, verdict.needed
            )
        })
        .collect();
    Ok(if low.is_empty() {
        Verdict::Holds
    } else {
        Verdict::Fails(format!("run `cargo xtask spec bump`: {}", low.join(", ")))
    })
}

fn told(root: &Path, _: &dyn Runner) -> Result<Verdict> {
    let text = std::fs::read_to_string(root.join("CHANGELOG.md"))?;
    let version = SpecRevision::working_tree_version(root)?;
    let headings = [
        "## Unreleased".to_owned(),
        format!("## {version}"),
        format!("## [{version}]"),
    ];
    let section = headings
        .iter()
        .find_map(|heading| text.split_once(heading.as_str()));
    let is_told = section.is_some_and(|(_, rest)| {
        rest.split("\n## ")
            .next()
            .is_some_and(|section| section.contains("\n- "))
    });
    Ok(if is_told {
        Verdict::Holds
    } else {
        Verdict::Fails(format!(
            "CHANGELOG.md says nothing under `## Unreleased` or `## {version}`: `cargo xtask spec bump` drafts it"
        ))
    })
}

fn documented(root: &Path, runner: &dyn Runner) -> Result<Verdict> {
    holds(
        runner,
        root,
        "cargo",
        &[
            "doc",
            "--workspace",
            "--no-deps",
            "--locked",
            "--quiet",
            "--config",
            "build.rustdocflags=[\"-Dwarnings\"]",
        ],
    )
}

fn packaged(root: &Path, runner: &dyn Runner) -> Result<Verdict> {
    // These are never published, and nobody builds them from a package.
    holds(
        runner,
        root,
        "cargo",
        &[
            "package",
            "--workspace",
            "--exclude",
            "xtask",
            "--exclude",
            "workspace-tests",
            "--exclude",
            "workspace-benches",
            "--locked",
            "--quiet",
        ],
    )
}

fn agreed(root: &Path, runner: &dyn Runner) -> Result<Verdict> {
    let is_installed = runner
        .run(root, "cargo", &["semver-checks", "--version"])?
        .is_good;
    if !is_installed {
        return Ok(Verdict::Skipped(
            "cargo-semver-checks is NOT INSTALLED: nobody but `spec diff` judged the versions. `cargo install cargo-semver-checks --locked`".to_owned(),
        ));
    }
    match diff::release(root)? {
        None => Ok(Verdict::Skipped(
            "nothing was released yet, so there is nothing to compare with".to_owned(),
        )),
        Some(tag) => holds(
            runner,
            root,
            "cargo",
            &[
                "semver-checks",
                "--workspace",
                "--exclude",
                "xtask",
                "--exclude",
                "workspace-tests",
                "--exclude",
                "workspace-benches",
                "--baseline-rev",
                &tag,
            ],
        ),
    }
}
