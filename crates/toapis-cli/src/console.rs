//! Where output goes: data to stdout, words for people to stderr.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// How the command talks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Console {
    /// One JSON document on stdout instead of lines.
    pub(crate) json: bool,
    /// Nothing on stderr but errors.
    pub(crate) quiet: bool,
}

impl Console {
    /// The command's one document, if `--json` asks for it; else the lines.
    pub(crate) fn answer<D: Serialize>(
        self,
        answer: &D,
        lines: impl FnOnce(&D) -> Vec<String>,
    ) -> Result<()> {
        if self.json {
            return document(answer);
        }
        for line in lines(answer) {
            data(line)?;
        }
        Ok(())
    }

    /// A line for people.
    pub(crate) fn say(self, line: impl Display) {
        if !self.quiet {
            complain(line);
        }
    }

    /// A failure: always told on stderr, and with `--json` as the document too, so that stdout holds exactly one.
    pub(crate) fn fail(self, failure: &Failure) {
        for line in failure.lines() {
            complain(line);
        }
        if self.json && !failure.answered {
            // The failure that is being told is the more telling one.
            drop(document(failure));
        }
    }
}

/// A line of data. A reader that has gone away (`toapis ... | head -1`) is no failure: the work is done all the same.
///
/// # Errors
///
/// When stdout cannot be written to for another reason, such as a full disk.
pub(crate) fn data(line: impl Display) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Error, "cannot write to standard output").caused_by(&error))
        }
        _ => Ok(()),
    }
}

/// One document, pretty, on stdout.
pub(crate) fn document(document: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::new(Exit::Error, "cannot write JSON").caused_by(&error))?;
    data(text)
}

/// To stderr, come what may: where nobody reads it there is nobody left to tell.
fn complain(line: impl Display) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}
