//! Everything that is wrong with a manifest, at once.

use std::fmt;

/// Number of errors that are kept with their text; more are only counted.
const MAX_KEPT: usize = 100;

/// What is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The line where the row begins, from 1.
    pub line: u64,
    /// What is wrong.
    pub message: String,
}

impl RowError {
    /// Creates an error.
    pub fn new(line: u64, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// The errors of a manifest, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManifestErrors {
    errors: Vec<RowError>,
    total: u64,
}

impl ManifestErrors {
    pub(crate) fn push(&mut self, error: RowError) {
        self.total += 1;
        if self.errors.len() < MAX_KEPT {
            self.errors.push(error);
        }
    }

    /// Returns the errors if there are any.
    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.total == 0 { Ok(()) } else { Err(self) }
    }

    /// Returns the first hundred errors.
    #[must_use]
    pub fn errors(&self) -> &[RowError] {
        &self.errors
    }

    /// Returns how many errors there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }
}

impl fmt::Display for ManifestErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the manifest has {} errors", self.total)?;
        for error in &self.errors {
            write!(f, "\n  {error}")?;
        }
        let more = self.total - self.errors.len() as u64;
        if more > 0 {
            write!(f, "\n  and {more} more")?;
        }
        Ok(())
    }
}

impl std::error::Error for ManifestErrors {}
