//! The `toapis` command under another name, so that the tests of this package always run the current
//! build.

use std::process::ExitCode;

fn main() -> ExitCode {
    toapis_cli::main()
}
