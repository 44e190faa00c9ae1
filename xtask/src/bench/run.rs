//! Runs the benches by cargo, one after another, and collects what they print.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::available_parallelism;

use anyhow::{Context as _, bail, ensure};
use clap::ValueEnum;

use super::replace;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    /// A call beside the same by hand, and ten thousand waiting tasks
    Sdk,
    /// The simulator beside Prism's mock and a bare handler
    Sim,
    /// Polls and delay of each policy beside the optimum
    Poll,
    /// Two versions of a contract of 100,000 lines, and the commands on this one
    Diff,
    /// Cold builds beside reqwest by hand and async-openai
    Build,
}

impl Subject {
    /// Everything, the short ones first.
    pub const ALL: [Self; 5] = [Self::Poll, Self::Sdk, Self::Sim, Self::Diff, Self::Build];

    /// The name of its place on the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sdk => "sdk",
            Self::Sim => "sim",
            Self::Poll => "poll",
            Self::Diff => "diff",
            Self::Build => "build",
        }
    }

    /// The package and the name of its bench target.
    fn target(self) -> (&'static str, &'static str) {
        match self {
            Self::Diff => ("xtask", "spec_diff"),
            other => ("workspace-benches", other.name()),
        }
    }
}

/// Measures, prints the tables, and with `keep` writes them to `docs/performance.md` under `root`.
/// Nothing named is everything.
///
/// # Errors
///
/// A bench cannot be built or fails, or the page has no place for its tables.
pub fn run(root: &Path, subjects: &[Subject], keep: bool) -> anyhow::Result<()> {
    let subjects = if subjects.is_empty() {
        &Subject::ALL
    } else {
        subjects
    };
    let path = root.join("docs/performance.md");
    for subject in subjects {
        let tables = format!("{}\n\n{}", machine()?, bench(root, *subject)?);
        if keep {
            let page = fs::read_to_string(&path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            let page = replace(&page, subject.name(), &tables)
                .with_context(|| format!("{} cannot be changed", path.display()))?;
            fs::write(&path, page)
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
    }
    Ok(())
}

/// Runs one bench, passes on what it prints, and returns it.
fn bench(root: &Path, subject: Subject) -> anyhow::Result<String> {
    let (package, target) = subject.target();
    let mut child = Command::new(env!("CARGO"))
        .args(["bench", "--locked", "-p", package, "--bench", target])
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo cannot be started")?;
    let Some(output) = child.stdout.take() else {
        bail!("cargo has no output");
    };
    let mut tables = String::new();
    for line in BufReader::new(output).lines() {
        let line = line.context("the output of the bench cannot be read")?;
        println!("{line}");
        tables.push_str(&line);
        tables.push('\n');
    }
    let status = child.wait().context("cargo did not end")?;
    ensure!(
        status.success(),
        "the bench {} failed: {status}",
        subject.name()
    );
    Ok(tables)
}

/// What it was measured on, in one line.
fn machine() -> anyhow::Result<String> {
    let compiler = Command::new("rustc").arg("--version").output();
    let compiler = compiler.context("rustc cannot be started")?.stdout;
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("a processor without a name", |(_, name)| name.trim());
    let cores = available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    Ok(format!(
        "On {cores} cores of {processor}, {}, load {load} at the start.",
        String::from_utf8_lossy(&compiler).trim()
    ))
}
