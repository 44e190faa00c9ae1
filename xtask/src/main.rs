//! `cargo xtask`: parses the command line, runs one command, and exits with its exit code.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use toapis_codegen::Mode;
use toapis_spec::bump::BumpArguments;
use toapis_spec::diff::{self, DiffArguments, Overlays};
use xtask::bench::{self, BenchTarget};
use xtask::spec::{self, Generator};
use xtask::{codegen, release, workspace_root};

/// The commands of this workspace
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
struct Arguments {
    /// Root directory of the workspace
    #[arg(long, global = true, value_name = "DIRECTORY", default_value_os_t = workspace_root(), hide_default_value = true)]
    root: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write all files that are generated from openapi.yaml
    Codegen {
        /// Write nothing; print a diff and exit with 1 if a file is out of date
        #[arg(long)]
        check: bool,
    },
    /// Check and compare the contract
    #[command(subcommand)]
    Spec(Spec),
    /// Run benchmarks and print their tables
    Bench {
        /// Benchmarks to run; default: all
        targets: Vec<BenchTarget>,
        /// Update the tables in docs/performance.md
        #[arg(long)]
        write: bool,
    },
    /// Run every step of a release except publishing; exits with 1 if a check fails
    Release {
        /// Publish nothing. Required: publishing is a manual step
        #[arg(long, required = true)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
enum Spec {
    /// Lint the contract with rules that general linters do not have; exits with 1 on findings
    Lint {
        /// The contract
        #[arg(default_value = "openapi.yaml")]
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Do not apply the overlays in the directory `overlays/` next to the contract
        #[arg(long)]
        no_overlays: bool,
    },
    /// Print what recorded traffic shows that the contract does not describe, as an overlay
    ///
    /// Findings go to stderr, the overlay to stdout. Exits with 1 if there are findings.
    Learn {
        /// HAR files, for example from `toapis contract proxy`
        #[arg(required = true)]
        recordings: Vec<PathBuf>,
    },
    /// Report what a change of the contract means for clients, servers and the crates here
    ///
    /// Exits with 0 if nothing breaks, 1 on breaking changes, 3 on warnings, 2 on errors.
    Diff(DiffArguments),
    /// Raise the versions as a change of the contract requires, and draft the changelog entry
    Bump(BumpArguments),
}

/// Exits with 0 on success, 1 on findings, 2 on errors, unless the help of a command lists others.
fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(Arguments { root, command }: Arguments) -> Result<u8> {
    match command {
        Command::Codegen { check } => {
            let mode = if check { Mode::Check } else { Mode::Write };
            let outcome = codegen::run(&root, mode)?;
            eprint!("{outcome}");
            Ok(u8::from(!outcome.is_clean()))
        }
        Command::Spec(Spec::Lint {
            file,
            json,
            no_overlays,
        }) => {
            let overlays = if no_overlays {
                Overlays::LeftOut
            } else {
                Overlays::Applied
            };
            let report = spec::lint_file(&root, &file, overlays)?;
            print!("{}", toapis_spec::lint::render(&report, json));
            Ok(u8::from(!report.findings.is_empty()))
        }
        Command::Spec(Spec::Learn { recordings }) => {
            let report = spec::learn(&root, &recordings)?;
            eprint!("{report}");
            if !report.overlay.is_null() {
                println!("{:#}", report.overlay);
            }
            Ok(u8::from(!report.observations.is_empty()))
        }
        Command::Spec(Spec::Diff(arguments)) => {
            let (text, code) = diff::run(&root, &arguments, &Generator)?;
            print!("{text}");
            Ok(code)
        }
        Command::Spec(Spec::Bump(arguments)) => {
            print!("{}", spec::bump(&root, &arguments)?);
            Ok(0)
        }
        Command::Bench { targets, write } => bench::run(&root, &targets, write).map(|()| 0),
        Command::Release { dry_run: _ } => {
            let runner = release::ProcessRunner;
            let passed = release::run(&root, &runner, release::CHECKS, &mut io::stdout())?;
            Ok(u8::from(!passed))
        }
    }
}
