//! The error of a contract that does not load.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// An invalid contract, with the location of the error.
#[derive(Debug)]
pub struct LoadError {
    message: String,
    path: Option<PathBuf>,
    pointer: Option<String>,
    line: Option<u64>,
}

impl LoadError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            path: None,
            pointer: None,
            line: None,
        }
    }

    /// Creates an error about the value at `pointer` (without `#`).
    pub(crate) fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: Some(pointer.into()),
            ..Self::new(message)
        }
    }

    pub(crate) fn on_line(mut self, line: Option<u64>) -> Self {
        self.line = self.line.or(line);
        self
    }

    pub(crate) fn in_file(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// Returns the message without the location.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the file, if the contract was read from one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Returns the JSON pointer in the contract (as `#/paths/...`), if the text could be parsed.
    #[must_use]
    pub fn pointer(&self) -> Option<String> {
        self.pointer.as_ref().map(|pointer| format!("#{pointer}"))
    }

    /// Returns the line in the text, from 1, if it is known.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.line
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.path, self.line) {
            (Some(path), Some(line)) => write!(f, "{}:{line}: ", path.display())?,
            (Some(path), None) => write!(f, "{}: ", path.display())?,
            (None, Some(line)) => write!(f, "line {line}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.message)?;
        match &self.pointer {
            Some(pointer) => write!(f, " (at #{pointer})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for LoadError {}
