//! Why a text is no rule.

use std::{error::Error, fmt};

/// A text that is not in the language of faults; says which rule, what in it, and what may stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultError {
    line: usize,
    rule: String,
    problem: String,
}

impl FaultError {
    pub(super) fn new(line: usize, rule: &str, problem: impl Into<String>) -> Self {
        Self {
            line,
            rule: rule.chars().take(120).collect(),
            problem: problem.into(),
        }
    }

    /// The line that the rule stands on, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}: {} in the rule {:?}",
            self.line, self.problem, self.rule
        )
    }
}

impl Error for FaultError {}
