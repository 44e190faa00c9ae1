//! The command line of `cargo xtask`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::codegen;

/// The commands of this workspace.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
struct Arguments {
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
        /// The workspace to work on
        #[arg(long, value_name = "FOLDER", default_value_os_t = workspace_root())]
        root: PathBuf,
    },
}

/// Runs the command that the process was called with. 0 is done, 1 is a finding, 2 is a command that could not run.
#[must_use]
pub fn run() -> ExitCode {
    match execute(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn execute(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Codegen { check, root } => {
            let outcome = codegen::run(
                &root,
                if check {
                    codegen::Mode::Check
                } else {
                    codegen::Mode::Write
                },
            )?;
            eprint!("{outcome}");
            Ok(if outcome.is_clean() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
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
