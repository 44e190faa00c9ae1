//! Renders a report as text, Markdown or JSON.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use super::command::ReportFormat;
use super::finding::{Finding, Severity, SourceLocation};
use super::items::RustItem;
use super::report::DiffReport;
use super::semver::SemverLevel;

/// The number of items of a finding, and of reasons of a crate, in text and Markdown. JSON lists
/// all.
const SHOWN: usize = 8;

/// Returns the report in a format.
///
/// # Errors
///
/// The report cannot be serialized as JSON.
pub fn render(report: &DiffReport, format: ReportFormat) -> Result<String> {
    Ok(match format {
        ReportFormat::Text => text(report),
        ReportFormat::Markdown => markdown(report),
        ReportFormat::Json => {
            serde_json::to_string_pretty(report).context("cannot write the report as JSON")? + "\n"
        }
    })
}

fn summary(report: &DiffReport) -> String {
    let counts = report.counts;
    if report.findings.is_empty() {
        let (old, new) = (&report.old.name, &report.new.name);
        return format!("{old} and {new} mean the same.");
    }
    format!(
        "{} breaking, {} warning(s), {} info.",
        counts.breaking, counts.warning, counts.info
    )
}

fn place(name: &str, spot: Option<&SourceLocation>) -> String {
    spot.map_or_else(
        || format!("{name}: -"),
        |spot| format!("{name}:{}:{}", spot.line, spot.column),
    )
}

/// Returns one line per crate: `toapis: Size::Square, ...`.
fn items(items: &[RustItem]) -> Vec<String> {
    let mut packages: Vec<&str> = items.iter().map(|item| item.package.as_str()).collect();
    packages.dedup();
    packages
        .into_iter()
        .map(|package| {
            let paths: Vec<_> = items
                .iter()
                .filter(|item| item.package == package)
                .map(|item| match &item.becomes {
                    Some(now) => format!("{} -> {now}", item.path),
                    None => item.path.clone(),
                })
                .collect();
            let paths: Vec<_> = paths.iter().map(String::as_str).collect();
            format!("{package}: {}", shown(&paths))
        })
        .collect()
}

fn shown(all: &[&str]) -> String {
    let mut text = all
        .iter()
        .take(SHOWN)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if all.len() > SHOWN {
        // Writing to a string does not fail.
        let _ = write!(text, " and {} more", all.len() - SHOWN);
    }
    text
}

fn text(report: &DiffReport) -> String {
    let mut out = format!("{} -> {}\n", report.old.name, report.new.name);
    for note in &report.notes {
        let _ = writeln!(out, "note: {note}");
    }
    for finding in &report.findings {
        let _ = writeln!(
            out,
            "\n{} for {}: {} [{}]",
            finding.severity.name(),
            finding.direction.name(),
            finding.message,
            finding.code
        );
        let _ = writeln!(out, "  in     {}", finding.context);
        let _ = writeln!(
            out,
            "  old    {}  {}",
            place(&report.old.name, finding.old.as_ref()),
            pointer(finding.old.as_ref())
        );
        let _ = writeln!(
            out,
            "  new    {}  {}",
            place(&report.new.name, finding.new.as_ref()),
            pointer(finding.new.as_ref())
        );
        let _ = writeln!(out, "  effect {}", finding.explanation);
        for line in items(&finding.items) {
            let _ = writeln!(out, "  items  {line}");
        }
    }
    let _ = writeln!(out, "\n{}", summary(report));
    for semver in report
        .crates
        .iter()
        .filter(|semver| semver.level > SemverLevel::None)
    {
        let reasons: Vec<_> = semver.reasons.iter().map(String::as_str).collect();
        let _ = writeln!(
            out,
            "{:<16} {} -> {} ({}){}\n  {}",
            semver.name,
            semver.released,
            semver.needed,
            semver.level.name(),
            if semver.is_enough() {
                ""
            } else {
                ", not yet in the working tree"
            },
            shown(&reasons)
        );
    }
    out
}

fn pointer(spot: Option<&SourceLocation>) -> &str {
    spot.map_or("", |spot| spot.pointer.as_str())
}

fn markdown(report: &DiffReport) -> String {
    let mut out = format!(
        "## The contract: {} → {}\n\n{}\n",
        report.old.name,
        report.new.name,
        summary(report)
    );
    for note in &report.notes {
        let _ = writeln!(out, "\n> {note}");
    }
    for (severity, title) in [
        (Severity::Breaking, "Breaking"),
        (Severity::Warning, "Warnings"),
        (Severity::Info, "Info"),
    ] {
        let findings: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .collect();
        if findings.is_empty() {
            continue;
        }
        let _ = writeln!(
            out,
            "\n### {title}\n\n| affects | change | place | old | new | items |\n| --- | --- | --- | --- | --- | --- |"
        );
        for finding in findings {
            let _ = writeln!(out, "{}", row(finding));
        }
    }
    if report
        .crates
        .iter()
        .any(|semver| semver.level > SemverLevel::None)
    {
        let _ = writeln!(
            out,
            "\n### Versions\n\n| crate | from | to at least | reason |\n| --- | --- | --- | --- |"
        );
        for semver in &report.crates {
            let reasons: Vec<_> = semver.reasons.iter().map(String::as_str).collect();
            let _ = writeln!(
                out,
                "| {} | {} | {} ({}) | {} |",
                semver.name,
                semver.released,
                semver.needed,
                semver.level.name(),
                cell(&shown(&reasons))
            );
        }
    }
    out
}

fn row(finding: &Finding) -> String {
    let line = |spot: Option<&SourceLocation>| {
        spot.map_or("-".to_owned(), |spot| {
            format!("{}:{}", spot.line, spot.column)
        })
    };
    format!(
        "| {} | {} (`{}`) | {} | {} | {} | {} |",
        finding.direction.name(),
        cell(&finding.message),
        finding.code,
        cell(&finding.context),
        line(finding.old.as_ref()),
        line(finding.new.as_ref()),
        cell(&items(&finding.items).join("; "))
    )
}

/// Escapes a text for a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
