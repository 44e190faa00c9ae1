//! A package that is written, fetched, built cold and thrown away.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

/// A program and what it depends on; `{root}` stands for this workspace.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) dependencies: &'static str,
    pub(crate) program: &'static str,
}

/// What the build of one came to.
pub(crate) struct Built {
    /// Crates that were compiled, without the program itself.
    pub(crate) crates: usize,
    pub(crate) cpu: Duration,
}

impl Package {
    /// Builds it with nothing but the sources there.
    pub(crate) fn build(&self) -> Result<Built, Box<dyn Error>> {
        eprintln!("{} ...", self.name);
        let root = root();
        let folder = tempfile::tempdir()?;
        let dependencies = self.dependencies.replace("{root}", &root.to_string_lossy());
        let manifest = format!(
            "[package]\nname = \"program\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]{dependencies}\n[workspace]\n"
        );
        fs::write(folder.path().join("Cargo.toml"), manifest)?;
        // The versions of this workspace, where a program depends on the same crates; cargo adds and drops the others.
        fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock"))?;
        fs::create_dir(folder.path().join("src"))?;
        fs::write(folder.path().join("src/main.rs"), self.program)?;

        cargo(folder.path(), &["fetch"])?;
        let before = children();
        let output = cargo(folder.path(), &["build", "--offline", "--locked"])?;
        let cpu = children()?.saturating_sub(before?);
        let log = String::from_utf8_lossy(&output.stderr);
        let compiled = log
            .lines()
            .filter(|line| line.trim_start().starts_with("Compiling"));
        Ok(Built {
            crates: compiled.count().saturating_sub(1),
            cpu,
        })
    }
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

fn cargo(folder: &Path, arguments: &[&str]) -> Result<Output, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        // Crates from a registry are never built incrementally; ours, which comes from a path here, should not be either.
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTC_WRAPPER")
        .output()?;
    if output.status.success() {
        return Ok(output);
    }
    let log = String::from_utf8_lossy(&output.stderr);
    Err(format!("cargo {} failed:\n{log}", arguments.join(" ")).into())
}

/// User and system time of all children that have ended, in steps of a hundredth of a second.
fn children() -> Result<Duration, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name stands in brackets and may hold anything; behind it, the two are the 14th and 15th field.
    let (_, fields) = stat.rsplit_once(')').ok_or("/proc/self/stat has no name")?;
    let mut ticks = 0;
    for field in fields.split_whitespace().skip(13).take(2) {
        ticks += field.parse::<u64>()?;
    }
    Ok(Duration::from_millis(ticks * 10))
}
