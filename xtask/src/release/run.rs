//! Asks all checks, one after the other, and tells what they found.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::checks::{Check, Verdict};

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Did it succeed?
    pub is_good: bool,
    /// What it printed, of both kinds.
    pub text: String,
}

/// Runs commands.
pub trait Runner {
    /// Runs a command in a folder to its end.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    fn run(&self, root: &Path, program: &str, arguments: &[&str]) -> Result<Ran>;
}

/// Runs them for real.
#[derive(Clone, Copy, Debug)]
pub struct Cargo;

impl Runner for Cargo {
    fn run(&self, root: &Path, program: &str, arguments: &[&str]) -> Result<Ran> {
        let output = Command::new(program)
            .current_dir(root)
            .args(arguments)
            .output()
            .with_context(|| format!("cannot run {program}"))?;
        let text = [output.stdout, output.stderr].concat();
        Ok(Ran {
            is_good: output.status.success(),
            text: String::from_utf8_lossy(&text).into_owned(),
        })
    }
}

/// Asks all checks, also after one that fails, and tells each as it comes. True if none fails.
pub fn release(
    root: &Path,
    runner: &dyn Runner,
    checks: &[Check],
    mut tell: impl FnMut(&str),
) -> bool {
    let mut is_good = true;
    for check in checks {
        let verdict =
            (check.ask)(root, runner).unwrap_or_else(|error| Verdict::Fails(format!("{error:#}")));
        match verdict {
            Verdict::Holds => tell(&format!("ok       {}", check.name)),
            Verdict::Skipped(why) => tell(&format!("SKIPPED  {}: {why}", check.name)),
            Verdict::Fails(why) => {
                is_good = false;
                tell(&format!("FAILED   {}: {}", check.name, why.trim_end()));
            }
        }
    }
    is_good
}
