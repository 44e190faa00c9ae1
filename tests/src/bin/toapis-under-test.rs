//! The `toapis` command under a name of its own, so that the tests of this package always run what was just compiled.

use std::process::ExitCode;

fn main() -> ExitCode {
    toapis_cli::main()
}
