//! Renders a report of the lint.

use std::fmt::Write as _;

use super::finding::LintReport;

/// Returns the report as text, in the form of compiler messages, or as JSON.
#[must_use]
pub fn render(report: &LintReport, as_json: bool) -> String {
    if as_json {
        return serde_json::to_string_pretty(report).unwrap_or_default() + "\n";
    }
    let mut out = String::new();
    for finding in &report.findings {
        let (file, line, column) = (&finding.file, finding.line, finding.column);
        let _ = writeln!(
            out,
            "{file}:{line}:{column}: {} {}",
            finding.code, finding.message
        );
        let _ = writeln!(out, "    at {}", finding.pointer);
        let _ = writeln!(out, "    note: {}", finding.note);
        let _ = writeln!(out, "    help: {}", finding.help);
    }
    let _ = writeln!(
        out,
        "{}: {} finding(s) by {} rules",
        [vec![report.file.clone()], report.overlays.clone()]
            .concat()
            .join(" + "),
        report.findings.len(),
        report.rules
    );
    out
}
