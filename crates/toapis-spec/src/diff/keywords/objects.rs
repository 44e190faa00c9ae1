//! Compares `properties`, `required`, `additionalProperties`, `items`, `readOnly` and `writeOnly`.

use std::collections::BTreeMap;

use crate::diff::comparison::{Comparison, FindingBuilder};
use crate::diff::context::{Change, CompareContext, MessageRole};
use crate::diff::finding::{Direction, Severity};
use crate::diff::resolved_schema::{ResolvedSchema, Schema, is_hidden};
use crate::diff::subject::Step;
use toapis_openapi::Node;

/// Compares objects and lists.
pub(in crate::diff) fn objects<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    let (before, after) = (old.properties(), new.properties());
    let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    for name in names {
        let context = context.below(Step::Property(name.to_owned()));
        let visible = |schema: Option<&Schema<'d>>| {
            schema
                .filter(|schema| !is_hidden(&schema.resolved(), context.role))
                .cloned()
        };
        match (visible(before.get(name)), visible(after.get(name))) {
            (Some(old), Some(new)) => comparison.schemas(old, new, context),
            (Some(gone), None) => {
                // For a property that became hidden, report its flag.
                let at = (
                    gone.resolved().node(),
                    after
                        .get(name)
                        .and_then(|schema| schema.resolved().node())
                        .or(new.node()),
                );
                removed(
                    comparison,
                    &context,
                    (name, after.contains_key(name)),
                    at,
                    new.is_closed(),
                );
                if new.required().contains_key(name) && !after.contains_key(name) {
                    comparison.schemas(gone, Schema::of([]), context);
                }
            }
            (None, Some(come)) => {
                let at = (
                    before
                        .get(name)
                        .and_then(|schema| schema.resolved().node())
                        .or(old.node()),
                    come.resolved().node(),
                );
                added(
                    comparison,
                    &context,
                    (name, before.contains_key(name)),
                    at,
                    old.is_closed(),
                );
                if old.required().contains_key(name) && !before.contains_key(name) {
                    comparison.schemas(Schema::of([]), come, context);
                }
            }
            (None, None) => {}
        }
    }
    required(comparison, (old, new), (&before, &after), context);
    unlisted(comparison, old, new, context);
    if let Some((old, new)) = both(old.sub("items"), new.sub("items")) {
        comparison.schemas(old, new, context.below(Step::Items));
    }
}

/// Returns two schemas, an empty one for a missing one; `None` if both are missing.
fn both<'d>(old: Option<Schema<'d>>, new: Option<Schema<'d>>) -> Option<(Schema<'d>, Schema<'d>)> {
    if old.is_none() && new.is_none() {
        return None;
    }
    Some((
        old.unwrap_or_else(|| Schema::of([])),
        new.unwrap_or_else(|| Schema::of([])),
    ))
}

fn removed<'d>(
    comparison: &mut Comparison<'d>,
    context: &CompareContext,
    (name, is_hidden): (&str, bool),
    at: (Option<Node<'d>>, Option<Node<'d>>),
    is_closed: bool,
) {
    let (code, message) = match (is_hidden, context.role) {
        (false, _) => ("property-removed", format!("`{name}` was removed")),
        (true, MessageRole::Request) => (
            "became-read-only",
            format!("`{name}` is now in responses only"),
        ),
        (true, MessageRole::Response) => (
            "became-write-only",
            format!("`{name}` is now in requests only"),
        ),
    };
    let finding = FindingBuilder::new(code, message);
    match (is_closed, context.role) {
        (true, MessageRole::Request) => {
            comparison.report(
                context,
                (Severity::Breaking, Direction::Client),
                finding,
                at,
            );
        }
        (false, _) => {
            comparison.report(context, (Severity::Warning, Direction::Client), finding, at);
        }
        // New clients reject it from servers that still send it.
        (true, MessageRole::Response) => {
            comparison.report(
                context,
                (Severity::Breaking, Direction::Server),
                finding.clone(),
                at,
            );
            comparison.report(context, (Severity::Warning, Direction::Client), finding, at);
        }
    }
}

fn added<'d>(
    comparison: &mut Comparison<'d>,
    context: &CompareContext,
    (name, was_hidden): (&str, bool),
    at: (Option<Node<'d>>, Option<Node<'d>>),
    was_closed: bool,
) {
    let (code, message) = match (was_hidden, context.role) {
        (false, _) => ("property-added", format!("`{name}` was added")),
        (true, MessageRole::Request) => (
            "no-longer-read-only",
            format!("`{name}` is now in requests too"),
        ),
        (true, MessageRole::Response) => (
            "no-longer-write-only",
            format!("`{name}` is now in responses too"),
        ),
    };
    let finding = FindingBuilder::new(code, message);
    match (was_closed, context.role) {
        (true, MessageRole::Request) => {
            comparison.report(context, (Severity::Warning, Direction::Server), finding, at);
        }
        (false, _) => comparison.report(context, (Severity::Info, Direction::Server), finding, at),
        // Shipped clients reject properties that are not listed.
        (true, MessageRole::Response) => {
            comparison.report(
                context,
                (Severity::Breaking, Direction::Client),
                finding.clone(),
                at,
            );
            comparison.report(context, (Severity::Info, Direction::Server), finding, at);
        }
    }
}

fn required<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (&ResolvedSchema<'d>, &ResolvedSchema<'d>),
    (before, after): (
        &BTreeMap<&'d str, Schema<'d>>,
        &BTreeMap<&'d str, Schema<'d>>,
    ),
    context: &CompareContext,
) {
    let visible = |properties: &BTreeMap<&'d str, Schema<'d>>, name: &str| {
        !properties
            .get(name)
            .is_some_and(|schema| is_hidden(&schema.resolved(), context.role))
    };
    let (mut was, mut is) = (old.required(), new.required());
    was.retain(|name, _| visible(before, name));
    is.retain(|name, _| visible(after, name));
    for (name, node) in is.iter().filter(|(name, _)| !was.contains_key(*name)) {
        let context = context.below(Step::Property((*name).to_owned()));
        let finding = FindingBuilder::new("required-added", format!("`{name}` became required"));
        comparison.changed(
            &context,
            Change::Narrowed,
            finding,
            (old.spot("required"), Some(*node)),
        );
    }
    for (name, node) in was.iter().filter(|(name, _)| !is.contains_key(*name)) {
        let context = context.below(Step::Property((*name).to_owned()));
        let at = (Some(*node), new.spot("required"));
        let finding = FindingBuilder::new("required-removed", format!("`{name}` became optional"));
        if context.role == MessageRole::Request && !context.inverted && !after.contains_key(name) {
            // Clients of the new contract do not know that it is required.
            let judged = (Severity::Breaking, Direction::Server);
            comparison.changed_as(&context, Change::Widened, judged, finding, at);
        } else {
            comparison.changed(&context, Change::Widened, finding, at);
        }
    }
}

fn unlisted<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    const KEYWORD: &str = "additionalProperties";
    let at = (old.spot(KEYWORD), new.spot(KEYWORD));
    match (old.is_closed(), new.is_closed()) {
        (false, true) => comparison.changed(
            context,
            Change::Narrowed,
            FindingBuilder::new(
                "additional-properties-closed",
                "unlisted properties are no longer allowed",
            ),
            at,
        ),
        (true, false) => comparison.changed(
            context,
            Change::Widened,
            FindingBuilder::new(
                "additional-properties-opened",
                "unlisted properties are newly allowed",
            ),
            at,
        ),
        (true, true) => {}
        (false, false) => {
            if let Some((old, new)) = both(old.sub(KEYWORD), new.sub(KEYWORD)) {
                comparison.schemas(old, new, context.below(Step::Property("*".to_owned())));
            }
        }
    }
}
