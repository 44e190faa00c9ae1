//! The error of an invalid rule.

/// An error of a text that is not in the language of faults. It names the rule and what is
/// expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, rule `{rule}`: {message}")]
pub struct FaultError {
    line: usize,
    rule: String,
    message: String,
}

/// The maximum number of characters of a rule that an error quotes.
const MAX_QUOTED_CHARS: usize = 120;

impl FaultError {
    pub(super) fn new(line: usize, rule: &str, message: impl Into<String>) -> Self {
        Self {
            line,
            rule: rule.chars().take(MAX_QUOTED_CHARS).collect(),
            message: message.into(),
        }
    }

    /// Returns the line of the rule, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }
}
