//! `cargo xtask bench`: runs the benchmarks and writes their tables to `docs/performance.md`.
//!
//! The benchmarks are bench targets of the packages `workspace-benches` and `xtask`, which cargo
//! runs. xtask does not depend on the crates that are measured, since it generates parts of them.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::available_parallelism;

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;

/// A benchmark, the quickest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BenchTarget {
    /// Requests and delay of each polling policy, compared with the optimum
    Poll,
    /// A call with the SDK and by hand, and ten thousand waiting tasks
    Sdk,
    /// The simulator, Prism's mock and a bare handler
    Sim,
    /// The comparison of two contracts of 100,000 lines, and the commands on this contract
    Diff,
    /// Cold builds with the SDK, with plain reqwest and with async-openai
    Build,
}

impl BenchTarget {
    /// Returns the name on the command line and in the markers of the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Sdk => "sdk",
            Self::Sim => "sim",
            Self::Diff => "diff",
            Self::Build => "build",
        }
    }

    /// Returns the package and the name of the bench target.
    fn cargo_target(self) -> (&'static str, &'static str) {
        match self {
            Self::Diff => ("xtask", "spec_diff"),
            other => ("workspace-benches", other.name()),
        }
    }
}

/// Runs benchmarks, all if `targets` is empty, and prints their tables. With `write`, updates
/// `docs/performance.md` under `root`.
///
/// # Errors
///
/// A benchmark does not build or fails, or the page cannot be updated.
pub fn run(root: &Path, targets: &[BenchTarget], write: bool) -> Result<()> {
    let targets = if targets.is_empty() {
        BenchTarget::value_variants()
    } else {
        targets
    };
    let path = root.join("docs/performance.md");
    for target in targets {
        let tables = format!("{}\n\n{}", environment()?, run_target(root, *target)?);
        if write {
            let page = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let page = replace(&page, target.name(), &tables)
                .with_context(|| format!("cannot update {}", path.display()))?;
            fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}

/// Replaces the text between the markers of a benchmark on a page.
///
/// # Errors
///
/// A marker is missing.
///
/// ```
/// let page = "# Speed\n<!-- bench:sim -->\nold\n<!-- end:sim -->\nMore.\n";
/// let page = xtask::bench::replace(page, "sim", "new\n").unwrap();
/// assert_eq!(page, "# Speed\n<!-- bench:sim -->\n\nnew\n\n<!-- end:sim -->\nMore.\n");
/// assert!(xtask::bench::replace(&page, "sdk", "").is_err());
/// ```
pub fn replace(page: &str, name: &str, tables: &str) -> Result<String> {
    let (open, close) = (
        format!("<!-- bench:{name} -->\n"),
        format!("<!-- end:{name} -->"),
    );
    let missing = |marker: &str| format!("missing line `{}`", marker.trim_end());
    let (before, rest) = page.split_once(&open).with_context(|| missing(&open))?;
    let (_, after) = rest.split_once(&close).with_context(|| missing(&close))?;
    Ok(format!(
        "{before}{open}\n{}\n\n{close}{after}",
        tables.trim()
    ))
}

/// Runs one benchmark, prints its output as it comes, and returns it.
fn run_target(root: &Path, target: BenchTarget) -> Result<String> {
    let (package, bench) = target.cargo_target();
    let mut child = Command::new(env!("CARGO"))
        .args(["bench", "--locked", "-p", package, "--bench", bench])
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo")?;
    let output = child.stdout.take().context("cargo has no output")?;
    let mut tables = String::new();
    for line in BufReader::new(output).lines() {
        let line = line.context("cannot read the output of the benchmark")?;
        println!("{line}");
        tables.push_str(&line);
        tables.push('\n');
    }
    let status = child.wait().context("cannot wait for cargo")?;
    ensure!(
        status.success(),
        "the benchmark `{}` failed: {status}",
        target.name()
    );
    Ok(tables)
}

/// Returns a sentence about the machine, the compiler and the current load.
fn environment() -> Result<String> {
    let compiler = Command::new("rustc").arg("--version").output();
    let compiler = compiler.context("cannot run rustc")?.stdout;
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("an unknown processor", |(_, name)| name.trim());
    let cores = available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    Ok(format!(
        "On {cores} cores of {processor}, {}, load {load} at the start.",
        String::from_utf8_lossy(&compiler).trim()
    ))
}
