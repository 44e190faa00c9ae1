//! Writes data to stdout and messages for people to stderr.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use crate::cli_error::{CliError, Result};
use crate::exit_status::ExitStatus;

/// The output mode, from the global flags.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Console {
    /// Print one JSON document on stdout instead of text.
    pub(crate) json: bool,
    /// Print only errors on stderr.
    pub(crate) quiet: bool,
}

impl Console {
    /// Prints the document with `--json`, else the lines.
    pub(crate) fn print<D: Serialize>(
        self,
        document: &D,
        lines: impl FnOnce(&D) -> Vec<String>,
    ) -> Result<()> {
        if self.json {
            return print_json(document);
        }
        for line in lines(document) {
            print_line(line)?;
        }
        Ok(())
    }

    /// Writes a status line for people to stderr, unless `--quiet`.
    pub(crate) fn status(self, line: impl Display) {
        if !self.quiet {
            write_stderr(line);
        }
    }

    /// Writes an error to stderr and, with `--json`, to stdout as the only document.
    pub(crate) fn error(self, error: &CliError) {
        for line in error.lines() {
            write_stderr(line);
        }
        if self.json && !error.is_already_printed {
            // A second error, of writing this one, would hide the cause.
            drop(print_json(error));
        }
    }
}

/// Prints a line of data. A closed pipe (`toapis ... | head -1`) is not an error.
///
/// # Errors
///
/// If stdout cannot be written for another reason, such as a full disk.
pub(crate) fn print_line(line: impl Display) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::new(
            ExitStatus::Error,
            "cannot write to standard output",
        )
        .caused_by(&error)),
        _ => Ok(()),
    }
}

/// Prints a document as indented JSON.
pub(crate) fn print_json(document: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| CliError::new(ExitStatus::Error, "cannot write JSON").caused_by(&error))?;
    print_line(text)
}

/// Writes to stderr; an error of that has no place to go.
fn write_stderr(line: impl Display) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}
