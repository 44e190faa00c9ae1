//! `type`, `nullable`, `format`, `pattern`, and what is only said: `default`, `deprecated`.

use std::collections::BTreeSet;

use crate::diff::finding::{Direction, Severity};
use crate::diff::view::View;
use crate::diff::walk::{Change, Said, Site, Walk};
use toapis_openapi::Node;

/// Compares the types. False if no value is of both.
pub(in crate::diff) fn types<'d>(
    walk: &mut Walk<'d>,
    old: &View<'d>,
    new: &View<'d>,
    site: &Site,
) -> bool {
    let at = (old.spot("type"), new.spot("type"));
    let (change, message) = match (old.types(), new.types()) {
        (None, None) => return true,
        (None, Some(new)) => (
            Change::Narrowed,
            format!("any type was allowed, now {}", list(new)),
        ),
        (Some(old), None) => (
            Change::Widened,
            format!("the type was {}, now any is allowed", list(old)),
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
                format!("the type went from {} to {}", list(old), list(new)),
            )
        }
    };
    walk.changed(site, change, Said::new("type-changed", message), at);
    change != Change::Altered
}

/// Is every value of the one a value of the other? An integer is a number.
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
    walk: &mut Walk<'d>,
    old: &View<'d>,
    new: &View<'d>,
    site: &Site,
) {
    // Of a schema without a type it is the type that is compared.
    if old.types().is_none() || new.types().is_none() {
        return;
    }
    let at = (old.spot("nullable"), new.spot("nullable"));
    match (old.nullable(), new.nullable()) {
        (true, false) => walk.changed(
            site,
            Change::Narrowed,
            Said::new("nullable-removed", "`null` is no longer allowed"),
            at,
        ),
        (false, true) => walk.changed(
            site,
            Change::Widened,
            Said::new("nullable-added", "`null` is newly allowed"),
            at,
        ),
        _ => {}
    }
}

/// Compares the formats. One that is within another is narrower, any other two differ.
pub(in crate::diff) fn formats<'d>(
    walk: &mut Walk<'d>,
    old: &View<'d>,
    new: &View<'d>,
    site: &Site,
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
            format!("the format must be `{}` now", come.join("`, `")),
        ),
        (gone, []) => (
            "format-removed",
            Change::Widened,
            format!("the format need not be `{}` now", gone.join("`, `")),
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
                    "the format went from `{}` to `{}`",
                    gone.join("`, `"),
                    come.join("`, `")
                ),
            )
        }
    };
    walk.changed(site, change, Said::new(code, message), at);
}

/// Compares the patterns. Which of two allows more cannot be told, so a change of one is looked at by people.
pub(in crate::diff) fn patterns<'d>(
    walk: &mut Walk<'d>,
    old: &View<'d>,
    new: &View<'d>,
    site: &Site,
) {
    let (before, after) = (old.texts("pattern"), new.texts("pattern"));
    let at = (old.spot("pattern"), new.spot("pattern"));
    let gone: Vec<_> = before.difference(&after).copied().collect();
    let come: Vec<_> = after.difference(&before).copied().collect();
    match (gone.as_slice(), come.as_slice()) {
        ([], []) => {}
        ([], come) => walk.changed(
            site,
            Change::Narrowed,
            Said::new(
                "pattern-added",
                format!("must match `{}` now", come.join("` and `")),
            ),
            at,
        ),
        (gone, []) => walk.changed(
            site,
            Change::Widened,
            Said::new(
                "pattern-removed",
                format!("need not match `{}` now", gone.join("` and `")),
            ),
            at,
        ),
        (gone, come) => walk.report(
            site,
            (Severity::Warning, Direction::Both),
            Said::new(
                "pattern-changed",
                format!(
                    "the pattern went from `{}` to `{}`",
                    gone.join("` and `"),
                    come.join("` and `")
                ),
            ),
            at,
        ),
    }
}

/// Compares what constrains nothing, and is to know all the same.
pub(in crate::diff) fn notes<'d>(walk: &mut Walk<'d>, old: &View<'d>, new: &View<'d>, site: &Site) {
    for (keyword, code, whose) in [
        ("default", "default-changed", "the default"),
        (
            "x-default",
            "server-default-changed",
            "the server's default",
        ),
    ] {
        default(
            walk,
            (old.get(keyword), new.get(keyword)),
            (old, new),
            (code, whose),
            site,
        );
    }
    if old.flag("deprecated") != new.flag("deprecated") {
        let (code, message) = if new.flag("deprecated") {
            ("deprecated", "deprecated now")
        } else {
            ("no-longer-deprecated", "no longer deprecated")
        };
        let message = match site.trail.last() {
            Some(name) => format!("`{name}` is {message}"),
            None => format!("the whole is {message}"),
        };
        let at = (old.spot("deprecated"), new.spot("deprecated"));
        walk.report(
            site,
            (Severity::Info, Direction::Neither),
            Said::new(code, message),
            at,
        );
    }
    let discriminators = (old.get("discriminator"), new.get("discriminator"));
    if discriminators.0.map(Node::to_value) != discriminators.1.map(Node::to_value) {
        walk.report(
            site,
            (Severity::Warning, Direction::Both),
            Said::new(
                "discriminator-changed",
                "the discriminator that chooses between the schemas changed",
            ),
            (
                discriminators.0.or(old.node()),
                discriminators.1.or(new.node()),
            ),
        );
    }
}

fn default<'d>(
    walk: &mut Walk<'d>,
    (before, after): (Option<Node<'d>>, Option<Node<'d>>),
    (old, new): (&View<'d>, &View<'d>),
    (code, whose): (&'static str, &str),
    site: &Site,
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
    // A default that was not told before may have been the same.
    let severity = if was.is_some() && is.is_some() {
        Severity::Warning
    } else {
        Severity::Info
    };
    walk.report(
        site,
        (severity, Direction::Both),
        Said::new(
            code,
            format!("{whose} went from {} to {}", text(&was), text(&is)),
        ),
        (before.or(old.node()), after.or(new.node())),
    );
}
