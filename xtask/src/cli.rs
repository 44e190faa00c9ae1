//! The command line of `cargo xtask`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use toapis_conformance::Recording;

use crate::bench;
use crate::codegen;
use crate::release;
use crate::spec::{self, Generator};
use toapis_codegen::read_contract;
use toapis_openapi::{Document, overlay, read_text};
use toapis_spec::bump::BumpArguments;
use toapis_spec::diff::{self, DiffArguments};
use toapis_spec::learn::learn;
use toapis_spec::lint;

/// The commands of this workspace.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
struct Arguments {
    /// The workspace to work on
    #[arg(long, global = true, value_name = "FOLDER", default_value_os_t = workspace_root(), hide_default_value = true)]
    root: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write everything that is generated from openapi.yaml
    Codegen {
        /// Write nothing: exit with 1 and a diff if a file is not what openapi.yaml says
        #[arg(long)]
        check: bool,
    },
    /// Look at the contract itself
    #[command(subcommand)]
    Spec(Spec),
    /// Measure, and print the tables that docs/performance.md keeps
    Bench {
        /// What to measure; everything unless told
        what: Vec<bench::Subject>,
        /// Put the tables into docs/performance.md
        #[arg(long)]
        write: bool,
    },
    /// Do all that a release does but the publishing; exits with 1 if something stands in its way
    Release {
        /// Publish nothing. There is no other way yet: publishing is done by people
        #[arg(long, required = true)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
enum Spec {
    /// Hold the contract to the rules that other linters do not know; exits with 1 if one is broken
    Lint {
        /// The contract
        #[arg(default_value = "openapi.yaml")]
        file: PathBuf,
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
        /// Look at the contract as it is written, without the overlays in the folder `overlays/`
        /// beside it
        #[arg(long)]
        no_overlays: bool,
    },
    /// Tell what recordings of real traffic know that the contract does not, and print it as an
    /// overlay file
    ///
    /// The findings go to stderr, the overlay to stdout. Exits with 1 if there is something to
    /// learn.
    Learn {
        /// HAR files, as `toapis contract proxy` writes them
        #[arg(required = true)]
        recordings: Vec<PathBuf>,
    },
    /// Tell what a change of the contract means for clients, for servers, and for the crates here
    ///
    /// Exits with 0 if nobody fails, 1 if something is breaking, 3 if something is to be looked at,
    /// 2 if it could not run.
    Diff(DiffArguments),
    /// Write the versions that the change of the contract asks for, and a draft of the change log
    Bump(BumpArguments),
}

/// Runs the command that the process was called with. 0 is done, 1 is a finding, 2 is a command
/// that could not run; what is above, the command's help says.
#[must_use]
pub fn run() -> ExitCode {
    let Arguments { root, command } = Arguments::parse();
    let result = match command {
        Command::Codegen { check } => codegen::command(&root, check),
        Command::Spec(Spec::Lint {
            file,
            json,
            no_overlays,
        }) => hold_to_rules(&root, &file, json, no_overlays),
        Command::Spec(Spec::Learn { recordings }) => learn_from(&root, &recordings),
        Command::Spec(Spec::Bump(arguments)) => spec::bump(&root, &arguments).map(|bumped| {
            print!("{bumped}");
            0
        }),
        Command::Bench { what, write } => bench::run(&root, &what, write).map(|()| 0),
        Command::Release { dry_run: _ } => {
            let is_good = release::release(&root, &release::Cargo, &release::checks(), |line| {
                println!("{line}");
            });
            Ok(u8::from(!is_good))
        }
        Command::Spec(Spec::Diff(arguments)) => {
            diff::run(&root, &arguments, &Generator).map(|(text, code)| {
                print!("{text}");
                code
            })
        }
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn hold_to_rules(root: &Path, file: &Path, json: bool, no_overlays: bool) -> Result<u8> {
    let (path, name) = (root.join(file), file.display().to_string());
    let overlays = if no_overlays {
        Vec::new()
    } else {
        overlay::read_beside(&path)?
    };
    let document = Document::parse_with_overlays(&read_text(&path, &name)?, &name, &overlays)?;
    let report = spec::lint(&document);
    print!("{}", lint::render(&report, json));
    Ok(u8::from(!report.findings.is_empty()))
}

fn learn_from(root: &Path, recordings: &[PathBuf]) -> Result<u8> {
    let mut exchanges = Vec::new();
    for file in recordings {
        let name = file.display().to_string();
        let recording = Recording::parse(&read_text(file, &name)?);
        exchanges.extend_from_slice(recording.with_context(|| name)?.exchanges());
    }
    let learned = learn(&read_contract(root)?.1, &exchanges)?;
    eprint!("{learned}");
    if !learned.overlay.is_null() {
        println!("{:#}", learned.overlay);
    }
    Ok(u8::from(!learned.observations.is_empty()))
}

/// The root of the workspace that this program was built in.
#[must_use]
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(1)
        .unwrap_or_else(|| Path::new("."))
        .to_owned()
}
