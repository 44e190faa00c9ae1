//! Errors of reading a document, and the locations that they name.

use std::fmt;

use serde::Serialize;

/// A line and a column, both counted from 1. For a value in a mapping, the start of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Location {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A document that cannot be read: the file, the location in it, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{}{message}", Prefix(*location))]
pub struct ReadError {
    /// The file or git revision, as the caller named it.
    pub name: String,
    /// The location of the fault; `None` if it concerns the whole file.
    pub location: Option<Location>,
    /// What is wrong, and what to do about it.
    pub message: String,
}

impl ReadError {
    /// Creates an error that concerns the whole file.
    #[must_use]
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            location: None,
            message: message.into(),
        }
    }

    /// Creates an error at a location.
    #[must_use]
    pub fn with_location(
        name: impl Into<String>,
        location: impl Into<Option<Location>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            location: location.into(),
            message: message.into(),
        }
    }
}

/// The location of an error as the text between the file name and the message.
struct Prefix(Option<Location>);

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(location) => write!(f, "{location}: "),
            None => f.write_str(" "),
        }
    }
}
