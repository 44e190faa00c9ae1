//! Compares responses: their status codes, bodies, headers and links.

use std::collections::{BTreeMap, BTreeSet};

use super::comparison::{Comparison, FindingBuilder};
use super::context::{Change, CompareContext};
use super::finding::{Direction, Severity};
use super::subject::Step;
use super::{api, bodies, parameters};
use toapis_openapi::Node;

/// Returns the responses by status code, `4XX` or `DEFAULT`, in upper case.
fn answers(operation: Node<'_>) -> BTreeMap<String, Node<'_>> {
    operation
        .get("responses")
        .into_iter()
        .flat_map(Node::entries)
        .filter(|(status, _)| !status.starts_with("x-"))
        .map(|(status, node)| (status.to_ascii_uppercase(), node.resolve()))
        .collect()
}

/// Returns the response for a status: its own, its class, or the default.
fn covering<'d>(answers: &BTreeMap<String, Node<'d>>, status: &str) -> Option<Node<'d>> {
    let class = format!("{}XX", status.get(..1).unwrap_or_default());
    [status, &class, "DEFAULT"]
        .into_iter()
        .find_map(|status| answers.get(status).copied())
}

/// Compares the responses of an operation. `context` has the role of the request.
pub(super) fn compare<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    let (before, after) = (answers(old), answers(new));
    let statuses: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for status in statuses {
        let context = CompareContext {
            role: context.role.other(),
            part: format!("response {}", status.replace("DEFAULT", "default")).into(),
            ..context.clone()
        };
        match (covering(&before, status), covering(&after, status)) {
            (Some(was), Some(is)) => {
                bodies::content(comparison, (was, is), &context);
                headers(comparison, (was, is), &context);
                links(comparison, (was, is), &context);
            }
            (Some(gone), None) => {
                let finding = FindingBuilder::new(
                    "response-removed",
                    format!("`{}` is no longer returned", status.to_lowercase()),
                )
                .about(status);
                let at = (Some(gone), new.get("responses").or(Some(new)));
                comparison.report(
                    &context,
                    judged(status, Change::Narrowed, &context),
                    finding,
                    at,
                );
            }
            (None, Some(come)) => {
                let finding = FindingBuilder::new(
                    "response-added",
                    format!("`{}` may now be returned", status.to_lowercase()),
                )
                .about(status);
                let at = (old.get("responses").or(Some(old)), Some(come));
                comparison.report(
                    &context,
                    judged(status, Change::Widened, &context),
                    finding,
                    at,
                );
            }
            (None, None) => {}
        }
    }
}

/// Only documented successes are accepted as such. For other statuses, the class is enough.
fn judged(status: &str, change: Change, context: &CompareContext) -> (Severity, Direction) {
    let (_, direction) = change.classify(context.role);
    let severity = match status.get(..1) {
        Some("2" | "D") => Severity::Breaking,
        Some("4" | "5") => Severity::Info,
        _ => Severity::Warning,
    };
    (severity, direction)
}

/// Compares the headers of a response, or of a part of a form.
pub(super) fn headers<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    let all = |node: Node<'d>| -> BTreeMap<String, Node<'d>> {
        node.get("headers")
            .into_iter()
            .flat_map(Node::entries)
            .map(|(name, header)| (name.to_ascii_lowercase(), header))
            .collect()
    };
    let (before, after) = (all(old), all(new));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for name in names {
        let pair = (before.get(name).copied(), after.get(name).copied());
        let Some(spelled) = pair.1.or(pair.0).and_then(Node::key) else {
            continue;
        };
        let mut context = context.below(Step::Header(spelled.to_owned()));
        context.part = format!("{}, header", context.part).into();
        let is_required = |header: Node<'_>| {
            header.resolve().get("required").and_then(Node::as_bool) == Some(true)
        };
        match pair {
            (Some(was), Some(is)) => {
                parameters::one(comparison, &context, (was.resolve(), is.resolve()));
            }
            (Some(gone), None) => {
                let at = (Some(gone), new.get("headers").or(Some(new)));
                let finding = FindingBuilder::new(
                    "header-removed",
                    format!("the header `{spelled}` was removed"),
                );
                comparison.report(
                    &context,
                    (Severity::Warning, Direction::Client),
                    finding,
                    at,
                );
                if is_required(gone) {
                    let finding = FindingBuilder::new(
                        "required-header-removed",
                        format!("the required header `{spelled}` was removed"),
                    );
                    comparison.changed(&context, Change::Widened, finding, at);
                }
            }
            (None, Some(come)) => {
                let at = (old.get("headers").or(Some(old)), Some(come));
                let finding = FindingBuilder::new(
                    "header-added",
                    format!("the header `{spelled}` was added"),
                );
                comparison.report(&context, (Severity::Info, Direction::Server), finding, at);
                if is_required(come) {
                    let finding = FindingBuilder::new(
                        "required-header-added",
                        format!("the required header `{spelled}` was added"),
                    );
                    comparison.changed(&context, Change::Narrowed, finding, at);
                }
            }
            (None, None) => {}
        }
    }
}

fn links<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    let all = |node: Node<'d>| -> BTreeMap<&str, Node<'d>> {
        node.get("links")
            .into_iter()
            .flat_map(Node::entries)
            .collect()
    };
    let (before, after) = (all(old), all(new));
    for (name, was) in &before {
        let at = (
            Some(*was),
            after.get(name).copied().or(new.get("links")).or(Some(new)),
        );
        let Some(is) = after.get(name) else {
            let finding =
                FindingBuilder::new("link-removed", format!("the link `{name}` was removed"));
            comparison.report(context, (Severity::Warning, Direction::Client), finding, at);
            continue;
        };
        if api::target(*was) != api::target(*is) {
            let finding = FindingBuilder::new(
                "link-changed",
                format!("the link `{name}` has another target"),
            );
            comparison.report(context, (Severity::Warning, Direction::Both), finding, at);
        }
    }
    for (name, come) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let finding = FindingBuilder::new("link-added", format!("the link `{name}` was added"));
        comparison.report(
            context,
            (Severity::Info, Direction::Server),
            finding,
            (old.get("links").or(Some(old)), Some(*come)),
        );
    }
}
