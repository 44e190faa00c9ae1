//! `enum` and `const`, open or closed, and the states of a task.

use crate::diff::finding::{Direction, Severity};
use crate::diff::view::View;
use crate::diff::walk::{Change, Position, Said, Site, Walk};
use toapis_openapi::Node;

/// Compares the lists of values.
pub(in crate::diff) fn values<'d>(
    walk: &mut Walk<'d>,
    old: &View<'d>,
    new: &View<'d>,
    site: &Site,
) {
    let at = (old.spot("enum"), new.spot("enum"));
    // An enum that may grow in answers constrains none of them: its values are those known.
    let is_open = |view: &View<'_>| {
        site.position == Position::Response && !site.inverted && view.flag("x-extensible-enum")
    };
    let opened = (is_open(old), is_open(new));
    match (old.values(), new.values()) {
        (None, None) => {}
        (None, Some(_)) if opened.1 => {}
        (Some(_), None) if opened.0 => {}
        (None, Some(after)) => walk.changed(
            site,
            Change::Narrowed,
            Said::new(
                "enum-added",
                format!("any value was allowed, now only {}", list(after.keys())),
            ),
            at,
        ),
        (Some(before), None) => walk.changed(
            site,
            Change::Widened,
            Said::new(
                "enum-removed",
                format!(
                    "only {} were allowed, now any value is",
                    list(before.keys())
                ),
            ),
            at,
        ),
        (Some(before), Some(after)) => {
            for (value, node) in before
                .iter()
                .filter(|(value, _)| !after.contains_key(*value))
            {
                removed(
                    walk,
                    site,
                    value,
                    (Some(*node), at.1),
                    opened == (true, true),
                );
            }
            for (value, node) in after
                .iter()
                .filter(|(value, _)| !before.contains_key(*value))
            {
                added(
                    walk,
                    site,
                    value,
                    (at.0, Some(*node)),
                    opened == (true, true),
                    new,
                );
            }
            openness(walk, old, new, site, opened);
        }
    }
    cases(walk, old, new, site);
    states(walk, old, new, site);
}

fn list<'v>(values: impl Iterator<Item = &'v String>) -> String {
    values
        .map(|value| format!("`{value}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The value without the quotes of JSON.
fn plain(value: &str) -> &str {
    value.trim_matches('"')
}

fn removed<'d>(
    walk: &mut Walk<'d>,
    site: &Site,
    value: &str,
    at: (Option<Node<'d>>, Option<Node<'d>>),
    is_open: bool,
) {
    let value = plain(value);
    if site.is_moved(value) {
        let said = Said::new(
            "enum-value-moved",
            format!("`{value}` is described by another branch now"),
        )
        .about(value);
        walk.report(site, (Severity::Info, Direction::Neither), said, at);
        return;
    }
    let said = Said::new(
        "enum-value-removed",
        format!("`{value}` is no longer among the values"),
    )
    .about(value);
    if is_open {
        walk.report(site, (Severity::Info, Direction::Server), said, at);
    } else {
        walk.changed(site, Change::Narrowed, said, at);
    }
}

fn added<'d>(
    walk: &mut Walk<'d>,
    site: &Site,
    value: &str,
    at: (Option<Node<'d>>, Option<Node<'d>>),
    is_open: bool,
    new: &View<'d>,
) {
    let value = plain(value);
    if site.is_moved(value) {
        let said = Said::new(
            "enum-value-moved",
            format!("`{value}` was described by another branch before"),
        )
        .about(value);
        walk.report(site, (Severity::Info, Direction::Neither), said, at);
        return;
    }
    let said = Said::new(
        "enum-value-added",
        format!("`{value}` is new among the values"),
    )
    .about(value);
    if !is_open {
        walk.changed(site, Change::Widened, said, at);
        return;
    }
    // A client that does not know the state goes on asking.
    let is_final = new
        .get("x-states")
        .and_then(|states| states.at(&[value, "final"]))
        .and_then(Node::as_bool)
        == Some(true);
    if is_final {
        let said = Said {
            code: "final-state-added",
            message: format!(
                "`{value}` is a new state, and final: who does not know it waits until the deadline"
            ),
            ..said
        };
        walk.report(site, (Severity::Warning, Direction::Client), said, at);
    } else {
        walk.report(site, (Severity::Info, Direction::Client), said, at);
    }
}

fn openness<'d>(
    walk: &mut Walk<'d>,
    old: &View<'d>,
    new: &View<'d>,
    site: &Site,
    opened: (bool, bool),
) {
    let at = (old.spot("x-extensible-enum"), new.spot("x-extensible-enum"));
    match opened {
        (true, false) => walk.changed(
            site,
            Change::Narrowed,
            Said::new("enum-closed", "the enum may no longer grow"),
            at,
        ),
        (false, true) => walk.changed(
            site,
            Change::Widened,
            Said::new(
                "enum-opened",
                "the enum may grow: values that are not listed may come",
            ),
            at,
        ),
        _ => {}
    }
}

fn cases<'d>(walk: &mut Walk<'d>, old: &View<'d>, new: &View<'d>, site: &Site) {
    let at = (old.spot("x-ignore-case"), new.spot("x-ignore-case"));
    match (old.flag("x-ignore-case"), new.flag("x-ignore-case")) {
        (true, false) => walk.changed(
            site,
            Change::Narrowed,
            Said::new("case-matters", "upper and lower case are told apart now"),
            at,
        ),
        (false, true) => walk.changed(
            site,
            Change::Widened,
            Said::new("case-ignored", "upper and lower case are the same now"),
            at,
        ),
        _ => {}
    }
}

/// Whether a state is final is what ends a wait.
fn states<'d>(walk: &mut Walk<'d>, old: &View<'d>, new: &View<'d>, site: &Site) {
    let (Some(before), Some(after)) = (old.get("x-states"), new.get("x-states")) else {
        return;
    };
    for (state, was) in before.entries() {
        let Some(is) = after.get(state) else { continue };
        let flags = (was.get("final"), is.get("final"));
        let (Some(was), Some(is)) = (
            flags.0.and_then(Node::as_bool),
            flags.1.and_then(Node::as_bool),
        ) else {
            continue;
        };
        if was != is {
            let message = if is {
                format!(
                    "`{state}` is final now: clients that are out go on asking, servers that are out go on working"
                )
            } else {
                format!("`{state}` is no longer final: clients that are out stop too early")
            };
            let said = Said::new("state-final-changed", message).about(state);
            walk.report(site, (Severity::Breaking, Direction::Both), said, flags);
        }
    }
}
