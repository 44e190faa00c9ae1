//! Entry point of the `toapis` program; the code is in the library of this crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    toapis_cli::main()
}
