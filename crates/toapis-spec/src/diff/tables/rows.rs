//! Compares two tables row by row, and number by number, by their meaning.

use std::collections::{BTreeMap, BTreeSet};

use super::meanings::{MEANINGS, Meaning, meaning};
use crate::diff::comparison::{Comparison, FindingBuilder};
use crate::diff::context::{Change, CompareContext, MessageRole};
use crate::diff::finding::{Direction, Severity};
use crate::diff::resolved_schema::canonical;
use toapis_openapi::{Document, Node};

/// Compares the root of two documents.
pub(super) fn compare<'d>(comparison: &mut Comparison<'d>, old: Node<'d>, new: Node<'d>) {
    let keys: BTreeSet<_> = old
        .entries()
        .chain(new.entries())
        .map(|(key, _)| key)
        .collect();
    for key in keys.into_iter().filter(|key| key.starts_with("x-")) {
        let known = MEANINGS
            .iter()
            .map(|(path, _)| path[0])
            .find(|table| *table == key);
        comparison.table = known;
        let pair = (old.get(key), new.get(key));
        let context = CompareContext::new(MessageRole::Request, None, key);
        match known {
            Some(_) => value(comparison, &[key], pair, (old, new), &context),
            // The meaning of an unknown table is unknown, so only the change is reported.
            None if pair.0.map(Node::to_value) == pair.1.map(Node::to_value)
                || is_provenance(key) => {}
            None => {
                let finding = FindingBuilder::new(
                    "extension-changed",
                    format!("`{key}` changed; its meaning is unknown"),
                );
                comparison.report(
                    &context,
                    (Severity::Info, Direction::Neither),
                    finding,
                    (pair.0.or(Some(old)), pair.1.or(Some(new))),
                );
            }
        }
    }
    comparison.table = None;
}

/// Compares one table, which may be missing on one side.
pub(super) fn one<'d>(
    comparison: &mut Comparison<'d>,
    key: &str,
    within: (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    let pair = (within.0.get(key), within.1.get(key));
    value(comparison, &[key], pair, within, context);
}

fn is_provenance(key: &str) -> bool {
    key == "x-source"
}

type Pair<'d> = (Option<Node<'d>>, Option<Node<'d>>);

/// Compares the values at a path. `within` are the enclosing nodes, for additions and removals.
fn value<'d>(
    comparison: &mut Comparison<'d>,
    path: &[&str],
    pair: Pair<'d>,
    within: (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    let at = (pair.0.or(Some(within.0)), pair.1.or(Some(within.1)));
    match meaning(path) {
        Some(Meaning::Silent) => {}
        Some(Meaning::Rows(what)) => rows(
            comparison,
            path,
            (what, Kind::Usable),
            (named(pair.0), named(pair.1)),
            at,
            context,
        ),
        Some(Meaning::Listed(what, keys)) => {
            rows(
                comparison,
                path,
                (what, Kind::Usable),
                (listed(pair.0, keys), listed(pair.1, keys)),
                at,
                context,
            );
        }
        Some(Meaning::Choices(what)) => {
            rows(
                comparison,
                path,
                (what, Kind::Usable),
                (listed(pair.0, &[]), listed(pair.1, &[])),
                at,
                context,
            );
        }
        Some(Meaning::Answers(what, keys)) => {
            rows(
                comparison,
                path,
                (what, Kind::Answered),
                (listed(pair.0, keys), listed(pair.1, keys)),
                at,
                context,
            );
        }
        Some(Meaning::Rules(what, keys)) => {
            rows(
                comparison,
                path,
                (what, Kind::Kept),
                (listed(pair.0, keys), listed(pair.1, keys)),
                at,
                context,
            );
        }
        Some(meaning) => leaf(comparison, meaning, path, pair, at, context),
        None => below(comparison, path, pair, at, context),
    }
}

/// Descends into a mapping without a meaning of its own.
fn below<'d>(
    comparison: &mut Comparison<'d>,
    path: &[&str],
    pair: Pair<'d>,
    at: Pair<'d>,
    context: &CompareContext,
) {
    let (Some(old), Some(new)) = at else { return };
    let children = |node: Option<Node<'d>>| {
        node.into_iter()
            .flat_map(Node::entries)
            .collect::<BTreeMap<_, _>>()
    };
    let (before, after) = (children(pair.0), children(pair.1));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    for key in keys {
        let path: Vec<_> = path.iter().copied().chain([key]).collect();
        value(
            comparison,
            &path,
            (before.get(key).copied(), after.get(key).copied()),
            (old, new),
            context,
        );
    }
}

fn named(table: Option<Node<'_>>) -> BTreeMap<String, Node<'_>> {
    let entries = table.into_iter().flat_map(Node::entries);
    entries.map(|(name, row)| (name.to_owned(), row)).collect()
}

/// Returns the rows of a list by their keys, or by their whole value if there are no keys.
fn listed<'d>(table: Option<Node<'d>>, keys: &[&str]) -> BTreeMap<String, Node<'d>> {
    let rows = table.into_iter().flat_map(Node::items);
    rows.map(|row| {
        let parts: Vec<_> = keys
            .iter()
            .filter_map(|key| row.get(key))
            .map(|part| text(Some(part)))
            .collect();
        let name = if keys.is_empty() {
            text(Some(row))
        } else {
            parts.join(" ")
        };
        (name, row)
    })
    .collect()
}

/// The effect of a row that is added or removed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Requests use it.
    Usable,
    /// Responses use it.
    Answered,
    /// Requests obey it.
    Kept,
}

fn rows<'d>(
    comparison: &mut Comparison<'d>,
    path: &[&str],
    (what, kind): (&str, Kind),
    (before, after): (BTreeMap<String, Node<'d>>, BTreeMap<String, Node<'d>>),
    at: Pair<'d>,
    context: &CompareContext,
) {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for name in names {
        // The row of the table has the Rust item, at any depth below it.
        let row = if path.len() > 2 { path[1] } else { name };
        let context = &CompareContext {
            part: format!("{}, {name}", context.part).into(),
            ..context.clone()
        };
        match (before.get(name), after.get(name)) {
            (Some(was), Some(is)) => {
                let path: Vec<_> = path.iter().copied().chain([name.as_str()]).collect();
                if matches!(meaning(&path), Some(Meaning::Rows(_))) {
                    value(
                        comparison,
                        &path,
                        (Some(*was), Some(*is)),
                        (*was, *is),
                        context,
                    );
                } else {
                    below(
                        comparison,
                        &path,
                        (Some(*was), Some(*is)),
                        (Some(*was), Some(*is)),
                        context,
                    );
                }
            }
            (Some(gone), None) => {
                let successor =
                    at.1.and_then(|new| successor(path, name, gone.document(), new.document()));
                let finding = match successor {
                    Some(successor) => FindingBuilder::new(
                        "row-moved",
                        format!("the {what} `{name}` moved from `{row}` to `{successor}`"),
                    ),
                    None => FindingBuilder::new(
                        code(kind, false),
                        format!("the {what} `{name}` was removed"),
                    ),
                }
                .about(row);
                let judged = match kind {
                    Kind::Usable => (Severity::Breaking, Direction::Client),
                    Kind::Answered => (Severity::Info, Direction::Server),
                    Kind::Kept => Change::Widened.classify(MessageRole::Request),
                };
                comparison.report(context, judged, finding, (Some(*gone), at.1));
            }
            (None, Some(come)) => {
                // With the documents swapped, the alias moved in the other direction.
                if at.0.is_some_and(|old| {
                    successor(path, name, come.document(), old.document()).is_some()
                }) {
                    continue;
                }
                let finding =
                    FindingBuilder::new(code(kind, true), format!("the {what} `{name}` was added"))
                        .about(row);
                let judged = match kind {
                    Kind::Usable => (Severity::Info, Direction::Server),
                    Kind::Answered => (Severity::Info, Direction::Client),
                    Kind::Kept => Change::Narrowed.classify(MessageRole::Request),
                };
                comparison.report(context, judged, finding, (at.0, Some(*come)));
            }
            (None, None) => {}
        }
    }
}

/// Returns the row that has a value in its list now and did not before, as when an alias moves to
/// another model.
fn successor<'d>(path: &[&str], value: &str, old: &Document, new: &'d Document) -> Option<&'d str> {
    let [table, row, list] = path else {
        return None;
    };
    let has =
        |document: &'d Document, other: &str| holds(document.root(), [table, other, list], value);
    let rows = new.root().get(table)?.entries();
    rows.map(|(other, _)| other).find(|other| {
        other != row && has(new, other) && !holds(old.root(), [table, other, list], value)
    })
}

fn holds(root: Node<'_>, list: [&str; 3], value: &str) -> bool {
    root.at(&list)
        .is_some_and(|list| list.items().any(|item| text(Some(item)) == value))
}

fn code(kind: Kind, is_new: bool) -> &'static str {
    match (kind, is_new) {
        (Kind::Usable, true) => "row-added",
        (Kind::Usable, false) => "row-removed",
        (Kind::Answered, true) => "answer-added",
        (Kind::Answered, false) => "answer-removed",
        (Kind::Kept, true) => "rule-added",
        (Kind::Kept, false) => "rule-removed",
    }
}

fn text(node: Option<Node<'_>>) -> String {
    node.map_or("nothing".to_owned(), |node| {
        node.as_str()
            .map_or_else(|| canonical(&node.to_value()), str::to_owned)
    })
}

fn leaf<'d>(
    comparison: &mut Comparison<'d>,
    meaning: Meaning,
    path: &[&str],
    pair: Pair<'d>,
    at: Pair<'d>,
    context: &CompareContext,
) {
    let (was, is) = (text(pair.0), text(pair.1));
    if was == is {
        return;
    }
    let key = path.last().copied().unwrap_or_default();
    let row = path.get(1).copied().unwrap_or_default();
    let message = format!("`{key}` changed from {was} to {is}");
    let number = |node: Option<Node<'_>>| {
        node.and_then(Node::as_number)
            .and_then(serde_json::Number::as_f64)
    };
    let (before, after) = (number(pair.0), number(pair.1));
    let ceiling = Change::of_ceiling(before, after);
    let (code, judged) = match meaning {
        Meaning::Ceiling | Meaning::Floor | Meaning::Promise => {
            let change = match (meaning, ceiling) {
                // A missing minimum is lower than any.
                (Meaning::Floor, _) => Change::of_ceiling(
                    after.or(Some(f64::NEG_INFINITY)),
                    before.or(Some(f64::NEG_INFINITY)),
                ),
                (_, change) => change,
            };
            let code = match change {
                Some(Change::Narrowed) => "limit-tightened",
                Some(Change::Widened) => "limit-loosened",
                _ => "limit-changed",
            };
            (
                code,
                change
                    .unwrap_or(Change::Altered)
                    .classify(MessageRole::Request),
            )
        }
        Meaning::Fact => ("fact-changed", (Severity::Breaking, Direction::Both)),
        Meaning::Licence(order) => {
            let rank = |word: &str| order.iter().position(|other| *other == word);
            match rank(&was).cmp(&rank(&is)) {
                std::cmp::Ordering::Less => {
                    ("licence-withdrawn", (Severity::Breaking, Direction::Client))
                }
                _ => ("licence-given", (Severity::Warning, Direction::Server)),
            }
        }
        Meaning::RustName => ("rust-name-changed", (Severity::Warning, Direction::Neither)),
        Meaning::Advice => ("advice-changed", (Severity::Info, Direction::Neither)),
        _ => ("behaviour-changed", (Severity::Warning, Direction::Both)),
    };
    comparison.report(
        context,
        judged,
        FindingBuilder::new(code, message).about(row),
        at,
    );
}
