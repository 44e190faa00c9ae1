//! A package in a temporary directory that is built from scratch.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

/// A program and its dependencies; `{root}` is replaced by the path of this workspace.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) dependencies: &'static str,
    pub(crate) program: &'static str,
}

/// Measurements of one build.
pub(crate) struct BuildCost {
    /// Number of compiled crates, without the program itself.
    pub(crate) crates: usize,
    pub(crate) cpu: Duration,
}

impl Package {
    /// Builds the package with an empty target directory.
    pub(crate) fn build(&self) -> Result<BuildCost, Box<dyn Error>> {
        eprintln!("{} ...", self.name);
        let root = root();
        let directory = tempfile::tempdir()?;
        let dependencies = self.dependencies.replace("{root}", &root.to_string_lossy());
        let manifest = format!(
            "[package]\nname = \"program\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]{dependencies}\n[workspace]\n"
        );
        fs::write(directory.path().join("Cargo.toml"), manifest)?;
        // Uses this workspace's versions of shared dependencies; cargo adds and drops the others.
        fs::copy(root.join("Cargo.lock"), directory.path().join("Cargo.lock"))?;
        fs::create_dir(directory.path().join("src"))?;
        fs::write(directory.path().join("src/main.rs"), self.program)?;

        cargo(directory.path(), &["fetch"])?;
        let before = children_cpu();
        let output = cargo(directory.path(), &["build", "--offline", "--locked"])?;
        let cpu = children_cpu()?.saturating_sub(before?);
        let log = String::from_utf8_lossy(&output.stderr);
        let compiled = log
            .lines()
            .filter(|line| line.trim_start().starts_with("Compiling"));
        Ok(BuildCost {
            crates: compiled.count().saturating_sub(1),
            cpu,
        })
    }
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

fn cargo(directory: &Path, arguments: &[&str]) -> Result<Output, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", directory.join("target"))
        // Cargo never builds registry crates incrementally; this disables it for our path
        // dependency.
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTC_WRAPPER")
        .output()?;
    if output.status.success() {
        return Ok(output);
    }
    let log = String::from_utf8_lossy(&output.stderr);
    Err(format!("cargo {} failed:\n{log}", arguments.join(" ")).into())
}

/// Returns user and system time of all ended child processes, with a resolution of 10 ms.
fn children_cpu() -> Result<Duration, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The process name is in parentheses and may contain any character. The times are fields 14 and
    // 15 after it.
    let (_, fields) = stat.rsplit_once(')').ok_or("/proc/self/stat has no name")?;
    let mut ticks = 0;
    for field in fields.split_whitespace().skip(13).take(2) {
        ticks += field.parse::<u64>()?;
    }
    Ok(Duration::from_millis(ticks * 10))
}
