//! Compares `enum` and `const`, and the statuses of a task.

use crate::diff::comparison::{Comparison, FindingBuilder};
use crate::diff::context::{Change, CompareContext, MessageRole};
use crate::diff::finding::{Direction, Severity};
use crate::diff::resolved_schema::ResolvedSchema;
use toapis_openapi::Node;

/// Compares the lists of values.
pub(in crate::diff) fn values<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    let at = (old.spot("enum"), new.spot("enum"));
    // In responses, an extensible enum allows any value.
    let is_open = |view: &ResolvedSchema<'_>| {
        context.role == MessageRole::Response && !context.inverted && view.flag("x-extensible-enum")
    };
    let opened = (is_open(old), is_open(new));
    match (old.values(), new.values()) {
        (None, None) => {}
        (None, Some(_)) if opened.1 => {}
        (Some(_), None) if opened.0 => {}
        (None, Some(after)) => comparison.changed(
            context,
            Change::Narrowed,
            FindingBuilder::new(
                "enum-added",
                format!(
                    "the allowed values changed from any to {}",
                    list(after.keys())
                ),
            ),
            at,
        ),
        (Some(before), None) => comparison.changed(
            context,
            Change::Widened,
            FindingBuilder::new(
                "enum-removed",
                format!(
                    "the allowed values changed from {} to any",
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
                    comparison,
                    context,
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
                    comparison,
                    context,
                    value,
                    (at.0, Some(*node)),
                    opened == (true, true),
                    new,
                );
            }
            openness(comparison, old, new, context, opened);
        }
    }
    cases(comparison, old, new, context);
    states(comparison, old, new, context);
}

fn list<'v>(values: impl Iterator<Item = &'v String>) -> String {
    values
        .map(|value| format!("`{value}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns the value without the quotes of JSON.
fn plain(value: &str) -> &str {
    value.trim_matches('"')
}

fn removed<'d>(
    comparison: &mut Comparison<'d>,
    context: &CompareContext,
    value: &str,
    at: (Option<Node<'d>>, Option<Node<'d>>),
    is_open: bool,
) {
    let value = plain(value);
    if context.is_moved(value) {
        let finding = FindingBuilder::new(
            "enum-value-moved",
            format!("`{value}` moved to another branch"),
        )
        .about(value);
        comparison.report(context, (Severity::Info, Direction::Neither), finding, at);
        return;
    }
    let finding = FindingBuilder::new(
        "enum-value-removed",
        format!("`{value}` is no longer an allowed value"),
    )
    .about(value);
    if is_open {
        comparison.report(context, (Severity::Info, Direction::Server), finding, at);
    } else {
        comparison.changed(context, Change::Narrowed, finding, at);
    }
}

fn added<'d>(
    comparison: &mut Comparison<'d>,
    context: &CompareContext,
    value: &str,
    at: (Option<Node<'d>>, Option<Node<'d>>),
    is_open: bool,
    new: &ResolvedSchema<'d>,
) {
    let value = plain(value);
    if context.is_moved(value) {
        let finding = FindingBuilder::new(
            "enum-value-moved",
            format!("`{value}` moved from another branch"),
        )
        .about(value);
        comparison.report(context, (Severity::Info, Direction::Neither), finding, at);
        return;
    }
    let finding =
        FindingBuilder::new("enum-value-added", format!("`{value}` is a new value")).about(value);
    if !is_open {
        comparison.changed(context, Change::Widened, finding, at);
        return;
    }
    // A client that does not know the status keeps polling.
    let is_final = new
        .get("x-states")
        .and_then(|states| states.at(&[value, "final"]))
        .and_then(Node::as_bool)
        == Some(true);
    if is_final {
        let finding = FindingBuilder {
            code: "final-state-added",
            message: format!(
                "`{value}` is a new final status: a client that does not know it polls until its timeout"
            ),
            ..finding
        };
        comparison.report(context, (Severity::Warning, Direction::Client), finding, at);
    } else {
        comparison.report(context, (Severity::Info, Direction::Client), finding, at);
    }
}

fn openness<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
    opened: (bool, bool),
) {
    let at = (old.spot("x-extensible-enum"), new.spot("x-extensible-enum"));
    match opened {
        (true, false) => comparison.changed(
            context,
            Change::Narrowed,
            FindingBuilder::new("enum-closed", "the enum is no longer extensible"),
            at,
        ),
        (false, true) => comparison.changed(
            context,
            Change::Widened,
            FindingBuilder::new(
                "enum-opened",
                "the enum became extensible: unlisted values are possible",
            ),
            at,
        ),
        _ => {}
    }
}

fn cases<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    let at = (old.spot("x-ignore-case"), new.spot("x-ignore-case"));
    match (old.flag("x-ignore-case"), new.flag("x-ignore-case")) {
        (true, false) => comparison.changed(
            context,
            Change::Narrowed,
            FindingBuilder::new("case-matters", "values became case-sensitive"),
            at,
        ),
        (false, true) => comparison.changed(
            context,
            Change::Widened,
            FindingBuilder::new("case-ignored", "values became case-insensitive"),
            at,
        ),
        _ => {}
    }
}

/// Compares which statuses are final. Polling ends with a final status.
fn states<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
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
                    "`{state}` is now final: shipped clients keep polling, and shipped servers keep working"
                )
            } else {
                format!("`{state}` is no longer final: shipped clients stop polling too early")
            };
            let finding = FindingBuilder::new("state-final-changed", message).about(state);
            comparison.report(
                context,
                (Severity::Breaking, Direction::Both),
                finding,
                flags,
            );
        }
    }
}
