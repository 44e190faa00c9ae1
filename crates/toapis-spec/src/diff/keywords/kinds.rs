//! Compares `type`, `nullable`, `format`, `pattern`, and annotations such as `default` and
//! `deprecated`.

use std::collections::BTreeSet;

use crate::diff::comparison::{Comparison, FindingBuilder};
use crate::diff::context::{Change, CompareContext};
use crate::diff::finding::{Direction, Severity};
use crate::diff::resolved_schema::ResolvedSchema;
use toapis_openapi::Node;

/// Compares the types. Returns false if they have no value in common.
pub(in crate::diff) fn types<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) -> bool {
    let at = (old.spot("type"), new.spot("type"));
    let (change, message) = match (old.types(), new.types()) {
        (None, None) => return true,
        (None, Some(new)) => (
            Change::Narrowed,
            format!("the type changed from any to {}", list(new)),
        ),
        (Some(old), None) => (
            Change::Widened,
            format!("the type changed from {} to any", list(old)),
        ),
        (Some(old), Some(new)) if old == new => return true,
        (Some(old), Some(new)) => {
            let change = if is_within(new, old) {
                Change::Narrowed
            } else if is_within(old, new) {
                Change::Widened
            } else {
                Change::Altered
            };
            (
                change,
                format!("the type changed from {} to {}", list(old), list(new)),
            )
        }
    };
    comparison.changed(
        context,
        change,
        FindingBuilder::new("type-changed", message),
        at,
    );
    change != Change::Altered
}

/// Returns true if each value of `inner` is one of `outer`. An integer is a number.
fn is_within(inner: &BTreeSet<&str>, outer: &BTreeSet<&str>) -> bool {
    inner
        .iter()
        .all(|name| outer.contains(name) || (*name == "integer" && outer.contains("number")))
}

fn list(names: &BTreeSet<&str>) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" or ")
}

/// Compares whether `null` is allowed.
pub(in crate::diff) fn nullable<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    // For a schema without a type, the comparison of types covers `null`.
    if old.types().is_none() || new.types().is_none() {
        return;
    }
    let at = (old.spot("nullable"), new.spot("nullable"));
    match (old.nullable(), new.nullable()) {
        (true, false) => comparison.changed(
            context,
            Change::Narrowed,
            FindingBuilder::new("nullable-removed", "`null` is no longer allowed"),
            at,
        ),
        (false, true) => comparison.changed(
            context,
            Change::Widened,
            FindingBuilder::new("nullable-added", "`null` is newly allowed"),
            at,
        ),
        _ => {}
    }
}

/// Compares the formats. Some contain others; any other two are unrelated.
pub(in crate::diff) fn formats<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    const WITHIN: [(&str, &str); 2] = [("int32", "int64"), ("float", "double")];
    let (before, after) = (old.texts("format"), new.texts("format"));
    let at = (old.spot("format"), new.spot("format"));
    let (lost, gained): (Vec<_>, Vec<_>) = (
        before.difference(&after).copied().collect(),
        after.difference(&before).copied().collect(),
    );
    let (code, change, message) = match (lost.as_slice(), gained.as_slice()) {
        ([], []) => return,
        ([], come) => (
            "format-added",
            Change::Narrowed,
            format!("the format must now be `{}`", come.join("`, `")),
        ),
        (gone, []) => (
            "format-removed",
            Change::Widened,
            format!("the format no longer has to be `{}`", gone.join("`, `")),
        ),
        (gone, come) => {
            let change = if WITHIN.contains(&(come[0], gone[0])) {
                Change::Narrowed
            } else if WITHIN.contains(&(gone[0], come[0])) {
                Change::Widened
            } else {
                Change::Altered
            };
            (
                "format-changed",
                change,
                format!(
                    "the format changed from `{}` to `{}`",
                    gone.join("`, `"),
                    come.join("`, `")
                ),
            )
        }
    };
    comparison.changed(context, change, FindingBuilder::new(code, message), at);
}

/// Compares the patterns. Which of two patterns allows more is unknown, so the change is a warning.
pub(in crate::diff) fn patterns<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    let (before, after) = (old.texts("pattern"), new.texts("pattern"));
    let at = (old.spot("pattern"), new.spot("pattern"));
    let gone: Vec<_> = before.difference(&after).copied().collect();
    let come: Vec<_> = after.difference(&before).copied().collect();
    match (gone.as_slice(), come.as_slice()) {
        ([], []) => {}
        ([], come) => comparison.changed(
            context,
            Change::Narrowed,
            FindingBuilder::new(
                "pattern-added",
                format!("must now match `{}`", come.join("` and `")),
            ),
            at,
        ),
        (gone, []) => comparison.changed(
            context,
            Change::Widened,
            FindingBuilder::new(
                "pattern-removed",
                format!("no longer has to match `{}`", gone.join("` and `")),
            ),
            at,
        ),
        (gone, come) => comparison.report(
            context,
            (Severity::Warning, Direction::Both),
            FindingBuilder::new(
                "pattern-changed",
                format!(
                    "the pattern changed from `{}` to `{}`",
                    gone.join("` and `"),
                    come.join("` and `")
                ),
            ),
            at,
        ),
    }
}

/// Compares annotations, which limit nothing.
pub(in crate::diff) fn notes<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    for (keyword, code, whose) in [
        ("default", "default-changed", "the default"),
        (
            "x-default",
            "server-default-changed",
            "the server's default",
        ),
    ] {
        default(
            comparison,
            (old.get(keyword), new.get(keyword)),
            (old, new),
            (code, whose),
            context,
        );
    }
    if old.flag("deprecated") != new.flag("deprecated") {
        let (code, message) = if new.flag("deprecated") {
            ("deprecated", "now deprecated")
        } else {
            ("no-longer-deprecated", "no longer deprecated")
        };
        let message = match context.path_steps.last() {
            Some(name) => format!("`{name}` is {message}"),
            None => format!("the schema is {message}"),
        };
        let at = (old.spot("deprecated"), new.spot("deprecated"));
        comparison.report(
            context,
            (Severity::Info, Direction::Neither),
            FindingBuilder::new(code, message),
            at,
        );
    }
    let discriminators = (old.get("discriminator"), new.get("discriminator"));
    if discriminators.0.map(Node::to_value) != discriminators.1.map(Node::to_value) {
        comparison.report(
            context,
            (Severity::Warning, Direction::Both),
            FindingBuilder::new("discriminator-changed", "the discriminator changed"),
            (
                discriminators.0.or(old.node()),
                discriminators.1.or(new.node()),
            ),
        );
    }
}

fn default<'d>(
    comparison: &mut Comparison<'d>,
    (before, after): (Option<Node<'d>>, Option<Node<'d>>),
    (old, new): (&ResolvedSchema<'d>, &ResolvedSchema<'d>),
    (code, whose): (&'static str, &str),
    context: &CompareContext,
) {
    let (was, is) = (before.map(Node::to_value), after.map(Node::to_value));
    if was == is {
        return;
    }
    let text = |value: &Option<serde_json::Value>| {
        value
            .as_ref()
            .map_or("nothing".to_owned(), |value| format!("`{value}`"))
    };
    // A default that was not documented before may have been the same.
    let severity = if was.is_some() && is.is_some() {
        Severity::Warning
    } else {
        Severity::Info
    };
    comparison.report(
        context,
        (severity, Direction::Both),
        FindingBuilder::new(
            code,
            format!("{whose} changed from {} to {}", text(&was), text(&is)),
        ),
        (before.or(old.node()), after.or(new.node())),
    );
}
