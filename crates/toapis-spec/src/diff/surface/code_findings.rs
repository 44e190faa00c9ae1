//! Creates findings for changes of the generated code while the wire format stays the same.
//!
//! Each item that the code loses, or that has another type, is an item of a finding or belongs to
//! one. Changes that follow from a named schema or operation are reported there; the others are one
//! finding. An informational finding about the wire does not cover a breaking change of the code.

use super::changes::CodeChange;
use super::names::{Names, key};
use super::schemas::{SchemaChange, moved};
use crate::diff::context::Places;
use crate::diff::finding::{Direction, Finding, Severity, SourceLocation};
use crate::diff::items::{Callers, Index, RustItem, one_sided};
use crate::diff::semver::SemverLevel;
use crate::diff::subject::{Step, Subject};
use toapis_openapi::Document;

/// The generated code of both documents, and the hand-written code that uses it.
pub(in crate::diff) struct Code<'i> {
    pub(in crate::diff) old: &'i Index,
    pub(in crate::diff) new: &'i Index,
    pub(in crate::diff) callers: &'i Callers,
}

/// The code of the finding for all changes without a named schema or operation.
const LEFT: &str = "code-changed";

/// The code of the finding for an error meaning that is added or removed.
const MEANING_CHANGED: &str = "meaning-changed";

/// Returns true if a finding concerns names in the code only.
pub(in crate::diff) fn is_code_only(finding: &Finding) -> bool {
    [LEFT, MEANING_CHANGED].contains(&finding.code.as_str()) || finding.code.starts_with("schema-")
}

/// Returns the findings about code, and adds missing items to the findings about the wire. Without
/// generated code, each schema that is renamed or inlined is a finding, since the effect on Rust
/// names is unknown.
pub(in crate::diff) fn code_findings(
    (old, new): (&Document, &Document),
    places: &Places<'_>,
    wire: &mut [Finding],
    code: Option<&Code<'_>>,
) -> Vec<Finding> {
    let moved = moved(old, new, places);
    let Some(code) = code else {
        let moved = moved.iter().filter(|moved| moved.is_in_place);
        return moved
            .map(|moved| finding(moved, SemverLevel::Major, Vec::new()))
            .collect();
    };
    let names = Names::of(code, &moved, wire);
    for finding in wire.iter_mut() {
        names.complete(finding);
    }
    let explained = names.explained(wire.iter());
    let loud = names.explained(
        wire.iter()
            .filter(|finding| finding.severity > Severity::Info),
    );
    let is_explained = |change: &CodeChange<'_>| {
        let items = if change.is_loss() { &loud } else { &explained };
        items.contains(&key(change.item()))
    };
    let mut by_schema: Vec<Vec<&CodeChange<'_>>> = vec![Vec::new(); moved.len()];
    let mut rest = Vec::new();
    for change in &names.changes {
        let owners = names.owners(change, &moved);
        if owners.is_empty() && !is_explained(change) {
            rest.push(change);
        }
        for owner in owners {
            by_schema[owner].push(change);
        }
    }
    let mut all: Vec<_> = moved
        .iter()
        .zip(by_schema)
        .filter_map(|(moved, by_schema)| {
            let is_explained = |change: &&CodeChange<'_>| is_explained(change);
            // The finding of the operation or field covers it.
            if !moved.is_in_place && by_schema.iter().all(is_explained) {
                return None;
            }
            let level = by_schema.iter().map(|change| change.level).max()?;
            Some(finding(moved, level, names.items(&by_schema)))
        })
        .collect();
    all.extend(meanings(code, wire));
    // Additions next to other changes belong to them and break nobody.
    let is_silent = all.is_empty() && wire.is_empty();
    let level = rest.iter().map(|change| change.level).max();
    if let Some(level) = level.filter(|level| is_silent || *level == SemverLevel::Major) {
        all.push(left(level, names.items(&rest), (old, new)));
    }
    all
}

/// Creates a finding about a schema.
fn finding(moved: &SchemaChange<'_>, level: SemverLevel, items: Vec<RustItem>) -> Finding {
    let name = moved.new.or(moved.old).unwrap_or_default();
    Finding {
        old: moved.at.0.map(SourceLocation::from),
        new: moved.at.1.map(SourceLocation::from),
        subject: Subject {
            path_steps: vec![Step::Schema(name.to_owned())],
            ..Subject::default()
        },
        ..of_code(moved.code, "schemas", moved.message.clone(), level, items)
    }
}

/// Creates a finding about code only, as severe as a renamed operation.
fn of_code(
    code: &str,
    context: &str,
    message: String,
    level: SemverLevel,
    items: Vec<RustItem>,
) -> Finding {
    let severity = if level == SemverLevel::Major {
        Severity::Warning
    } else {
        Severity::Info
    };
    // Hand-written items are among the users.
    let generated = items
        .iter()
        .filter(|item| item.file.contains("/generated/"));
    let mut crates: Vec<_> = generated.map(|item| item.package.as_str()).collect();
    crates.dedup();
    let whose = if crates.is_empty() {
        "the low-level client".to_owned()
    } else {
        crates.join(" and ")
    };
    let explanation = if level == SemverLevel::Major {
        format!(
            "The wire format is the same; the generated code is not: code that uses these names of {whose} does not compile."
        )
    } else {
        "The wire format is the same; the generated code has additional items.".to_owned()
    };
    Finding {
        severity,
        direction: Direction::Neither,
        code: code.to_owned(),
        semver: level,
        context: context.to_owned(),
        message,
        explanation,
        old: None,
        new: None,
        items,
        subject: Subject::default(),
    }
}

/// Creates the finding for changes that no schema, operation or message explains.
fn left(level: SemverLevel, items: Vec<RustItem>, (old, new): (&Document, &Document)) -> Finding {
    let message =
        "names or types of the generated code change without a breaking change on the wire";
    Finding {
        old: Some(old.root().into()),
        new: Some(new.root().into()),
        ..of_code(LEFT, "generated code", message.to_owned(), level, items)
    }
}

/// Creates a finding for each error meaning that is added or removed, if only informational
/// findings mention it. The SDK matches all meanings, so it does not compile until each is handled.
fn meanings(code: &Code<'_>, wire: &[Finding]) -> Vec<Finding> {
    let both = [(code.old, code.new), (code.new, code.old)];
    let one_sided = both.map(|(one, other)| one_sided(one, other));
    let messages = ["errors no longer mean", "errors may mean"];
    let all = messages.into_iter().zip(one_sided);
    let found = all.flat_map(|(message, items)| {
        items.filter_map(move |item| {
            let mut telling = wire
                .iter()
                .filter(|finding| finding.items.contains(&item.rust));
            let quiet = telling.next().filter(|first| {
                first.severity == Severity::Info
                    && telling.all(|finding| finding.severity == Severity::Info)
            })?;
            Some(Finding {
                severity: Severity::Warning,
                direction: Direction::Neither,
                code: MEANING_CHANGED.to_owned(),
                semver: SemverLevel::Patch,
                context: quiet.context.clone(),
                message: format!("{message} `{}`", item.ident),
                explanation:
                    "The SDK matches all meanings: it does not compile until this one is handled."
                        .to_owned(),
                old: quiet.old.clone(),
                new: quiet.new.clone(),
                items: quiet.items.clone(),
                subject: Subject::default(),
            })
        })
    });
    found.collect()
}
