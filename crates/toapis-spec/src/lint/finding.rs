//! Findings of the lint.

use schemars::JsonSchema;
use serde::Serialize;

/// A violation of a rule.
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
    /// The JSON pointer of the place.
    pub pointer: String,
    /// The problem.
    pub message: String,
    /// Why it matters.
    pub note: &'static str,
    /// How to fix it.
    pub help: &'static str,
}

/// All findings in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LintReport {
    /// The file.
    pub file: String,
    /// The applied overlays, in order. Additions have the place that they were added to.
    pub overlays: Vec<String>,
    /// The number of rules that were checked.
    pub rules: usize,
    /// The findings, by place.
    pub findings: Vec<LintFinding>,
}
