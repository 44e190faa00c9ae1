//! Drafts the entry in `CHANGELOG.md`.

use std::fmt::Write as _;

use crate::diff::{DiffReport, Direction, Finding, Severity};

/// The start of each draft's heading, by which an earlier draft is found.
const HEADING: &str = "### The contract";

/// Returns the draft for users of the crates: breaking changes first, then warnings, then the rest.
#[must_use]
pub fn draft(report: &DiffReport) -> String {
    let mut out = format!("{HEADING} since {}\n", report.old.name);
    for (title, is_of) in [
        (
            "Breaking",
            (|finding| finding.severity == Severity::Breaking) as fn(&Finding) -> bool,
        ),
        ("Changed", |finding| finding.severity == Severity::Warning),
        ("New", |finding| {
            finding.severity == Severity::Info && finding.direction != Direction::Neither
        }),
        ("Info", |finding| {
            finding.severity == Severity::Info && finding.direction == Direction::Neither
        }),
    ] {
        let findings: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| is_of(finding))
            .collect();
        if findings.is_empty() {
            continue;
        }
        // Writing to a string does not fail.
        let _ = writeln!(out, "\n{title}:\n");
        for finding in findings {
            let _ = writeln!(
                out,
                "- {}: {}.{}",
                finding.context,
                finding.message,
                touches(finding)
            );
        }
    }
    out
}

/// Returns the public items of a finding. A renamed item is shown with both names.
fn touches(finding: &Finding) -> String {
    let renamed: Vec<_> = finding
        .items
        .iter()
        .filter_map(|item| {
            let now = item.becomes.as_ref()?;
            let package = item.package.replace('-', "_");
            Some(format!("`{package}::{}` is `{package}::{now}`", item.path))
        })
        .collect();
    if !renamed.is_empty() {
        return format!(" {} now.", renamed.join(", "));
    }
    let paths: Vec<_> = finding
        .items
        .iter()
        .filter(|item| {
            item.package == "toapis"
                && item.file.contains("/generated/")
                && !item.path.starts_with("generated::")
        })
        .map(|item| format!("`toapis::{}`", item.path))
        .collect();
    if paths.is_empty() {
        String::new()
    } else {
        format!(" See {}.", paths.join(", "))
    }
}

/// Returns `CHANGELOG.md` with the draft under `## Unreleased`, replacing an earlier draft.
#[must_use]
pub fn put(changelog: &str, draft: &str) -> String {
    const UNRELEASED: &str = "## Unreleased\n";
    let (before, rest) = changelog.split_once(UNRELEASED).unwrap_or_else(|| {
        // Insert before the first release, or at the end if there is none.
        changelog.split_at(changelog.find("\n## ").map_or(changelog.len(), |at| at + 1))
    });
    let end = if rest.starts_with("## ") {
        0
    } else {
        rest.find("\n## ").map_or(rest.len(), |at| at + 1)
    };
    let (unreleased, released) = rest.split_at(end);
    let kept = without_draft(unreleased);
    let mut out = format!("{before}{UNRELEASED}\n");
    if !kept.is_empty() {
        out.push_str(&kept);
        out.push_str("\n\n");
    }
    out.push_str(draft);
    if !released.is_empty() {
        out.push('\n');
        out.push_str(released);
    }
    out
}

/// Returns the section without an earlier draft, trimmed.
fn without_draft(section: &str) -> String {
    let Some(start) = section.find(HEADING) else {
        return section.trim().to_owned();
    };
    let end = section[start + HEADING.len()..]
        .find("\n### ")
        .map_or(section.len(), |at| start + HEADING.len() + at + 1);
    format!("{}{}", &section[..start], &section[end..])
        .trim()
        .to_owned()
}
