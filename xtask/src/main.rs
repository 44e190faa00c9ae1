//! `cargo xtask`: reads the command line, runs one command, and turns its result into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::cli::run()
}
