//! One thing that is not well made.

use schemars::JsonSchema;
use serde::Serialize;

/// A breach of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LintFinding {
    /// The code of the rule, for example `G102`.
    pub code: &'static str,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The JSON pointer of what is meant.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
    /// Why it matters.
    pub note: &'static str,
    /// What to do about it.
    pub help: &'static str,
}

/// All findings in one contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LintReport {
    /// The file.
    pub file: String,
    /// The overlays that amended it, in their order. What they added is found where it was added to.
    pub overlays: Vec<String>,
    /// How many rules it was held to.
    pub rules: usize,
    /// The findings, by place.
    pub findings: Vec<LintFinding>,
}
