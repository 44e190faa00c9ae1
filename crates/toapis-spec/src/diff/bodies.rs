//! Compares request bodies, and the media types of all bodies.

use std::collections::{BTreeMap, BTreeSet};

use super::comparison::{Comparison, FindingBuilder};
use super::context::{Change, CompareContext, MessageRole};
use super::finding::{Direction, Severity};
use super::resolved_schema::Schema;
use super::responses;
use super::subject::Step;
use toapis_openapi::Node;

fn is_required(body: Node<'_>) -> bool {
    body.get("required").and_then(Node::as_bool) == Some(true)
}

/// Compares the request bodies of an operation.
pub(super) fn request<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    let context = &CompareContext {
        part: "request body".into(),
        ..context.clone()
    };
    let body = |operation: Node<'d>| operation.get("requestBody").map(Node::resolve);
    match (body(old), body(new)) {
        (None, None) => {}
        (Some(gone), None) => {
            let finding =
                FindingBuilder::new("request-body-removed", "the request body was removed");
            comparison.report(
                context,
                (Severity::Breaking, Direction::Client),
                finding,
                (Some(gone), Some(new)),
            );
        }
        (None, Some(come)) => {
            let at = (Some(old), Some(come));
            let finding = FindingBuilder::new("request-body-added", "a request body was added");
            comparison.report(context, (Severity::Info, Direction::Server), finding, at);
            if is_required(come) {
                let finding =
                    FindingBuilder::new("request-body-required", "the request body is required");
                comparison.changed(context, Change::Narrowed, finding, at);
            }
        }
        (Some(was), Some(is)) => {
            let at = (
                was.get("required").or(Some(was)),
                is.get("required").or(Some(is)),
            );
            match (is_required(was), is_required(is)) {
                (false, true) => {
                    let finding = FindingBuilder::new(
                        "request-body-required",
                        "the request body became required",
                    );
                    comparison.changed(context, Change::Narrowed, finding, at);
                }
                (true, false) => {
                    let finding = FindingBuilder::new(
                        "request-body-optional",
                        "the request body became optional",
                    );
                    comparison.changed(context, Change::Widened, finding, at);
                }
                _ => {}
            }
            content(comparison, (was, is), context);
        }
    }
}

/// Returns media types without parameters: `application/json` for `Application/JSON;
/// charset=utf-8`.
fn media_types(holder: Node<'_>) -> BTreeMap<String, Node<'_>> {
    let content = holder.get("content").into_iter().flat_map(Node::entries);
    content
        .map(|(name, node)| {
            let name = name.split(';').next().unwrap_or(name);
            (name.trim().to_ascii_lowercase(), node)
        })
        .collect()
}

/// Returns the media type that covers another: itself, `application/*` or `*/*`.
fn covering<'d>(types: &BTreeMap<String, Node<'d>>, name: &str) -> Option<Node<'d>> {
    let family = name.split('/').next().unwrap_or(name);
    [name, &format!("{family}/*"), "*/*"]
        .into_iter()
        .find_map(|range| types.get(range).copied())
}

/// Compares the media types of requests, responses, parameters and headers.
pub(super) fn content<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    let (before, after) = (media_types(old), media_types(new));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let is_answer = context.role == MessageRole::Response;
    for name in names {
        match (covering(&before, name), covering(&after, name)) {
            (Some(was), Some(is)) => media_type(comparison, (was, is), context),
            (Some(gone), None) => {
                let finding = FindingBuilder::new(
                    "media-type-removed",
                    format!("`{name}` is no longer an allowed media type"),
                )
                .about(name);
                // Clients that accept only this type fail, and new clients may receive it from
                // shipped servers.
                let whom = if is_answer {
                    Direction::Both
                } else {
                    Direction::Client
                };
                comparison.report(
                    context,
                    (Severity::Breaking, whom),
                    finding,
                    (Some(gone), new.get("content").or(Some(new))),
                );
            }
            (None, Some(come)) => {
                let finding = FindingBuilder::new(
                    "media-type-added",
                    format!("`{name}` is a new media type"),
                )
                .about(name);
                let judged = if is_answer {
                    (Severity::Warning, Direction::Both)
                } else {
                    (Severity::Info, Direction::Server)
                };
                comparison.report(
                    context,
                    judged,
                    finding,
                    (old.get("content").or(Some(old)), Some(come)),
                );
            }
            (None, None) => {}
        }
    }
}

fn media_type<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    let schema = |node: Node<'d>| Schema::of(node.get("schema"));
    comparison.schemas(schema(old), schema(new), context.clone());
    let parts = |node: Node<'d>| -> BTreeMap<_, _> {
        node.get("encoding")
            .into_iter()
            .flat_map(Node::entries)
            .collect()
    };
    let (before, after) = (parts(old), parts(new));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    for name in names {
        let context = context.below(Step::Property(name.to_owned()));
        encoding(
            comparison,
            (before.get(name).copied(), after.get(name).copied()),
            (old, new),
            &context,
        );
    }
}

fn encoding<'d>(
    comparison: &mut Comparison<'d>,
    (was, is): (Option<Node<'d>>, Option<Node<'d>>),
    (old, new): (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    let at = (was.or(Some(old)), is.or(Some(new)));
    let types = |node: Option<Node<'d>>| -> Option<BTreeSet<String>> {
        let text = node?.get("contentType")?.as_str()?;
        Some(
            text.split(',')
                .map(|name| name.trim().to_ascii_lowercase())
                .collect(),
        )
    };
    match (types(was), types(is)) {
        (None, None) => {}
        (None, Some(_)) => comparison.changed(
            context,
            Change::Narrowed,
            FindingBuilder::new("part-type-added", "the part's media type was restricted"),
            at,
        ),
        (Some(_), None) => comparison.changed(
            context,
            Change::Widened,
            FindingBuilder::new(
                "part-type-removed",
                "the part's media type is no longer restricted",
            ),
            at,
        ),
        (Some(before), Some(after)) => {
            for gone in before.difference(&after) {
                let finding = FindingBuilder::new(
                    "part-type-removed",
                    format!("the part no longer allows `{gone}`"),
                )
                .about(gone);
                comparison.changed(context, Change::Narrowed, finding, at);
            }
            for come in after.difference(&before) {
                let finding = FindingBuilder::new(
                    "part-type-added",
                    format!("the part newly allows `{come}`"),
                )
                .about(come);
                comparison.changed(context, Change::Widened, finding, at);
            }
        }
    }
    for key in ["style", "explode", "allowReserved"] {
        let value =
            |node: Option<Node<'d>>| node.and_then(|node| node.get(key)).map(Node::to_value);
        if value(was) != value(is) {
            let finding = FindingBuilder::new(
                "part-encoding-changed",
                format!("`{key}` of the part changed: it is serialized differently"),
            );
            comparison.report(context, (Severity::Breaking, Direction::Both), finding, at);
        }
    }
    if let (Some(was), Some(is)) = (was, is) {
        responses::headers(comparison, (was, is), context);
    }
}
