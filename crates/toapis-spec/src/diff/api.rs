//! Compares paths, operations and callbacks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::comparison::{Comparison, FindingBuilder};
use super::context::{CompareContext, MessageRole};
use super::finding::{Direction, Severity};
use super::{bodies, parameters, responses, security, tables};
use toapis_openapi::Node;
use toapis_openapi::operations::METHODS;

/// An operation with its path item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation<'d> {
    /// The path template as written.
    pub(super) path: &'d str,
    pub(super) item: Node<'d>,
    pub(super) body: Node<'d>,
}

impl<'d> Operation<'d> {
    fn id(&self) -> Option<&'d str> {
        self.body.get("operationId").and_then(Node::as_str)
    }

    fn name(&self, method: &str) -> String {
        self.id().map_or_else(
            || format!("{} {}", method.to_uppercase(), self.path),
            str::to_owned,
        )
    }
}

/// Returns all operations by path and method. Names of path parameters are ignored.
fn operations(paths: Option<Node<'_>>) -> BTreeMap<(String, &str), Operation<'_>> {
    let mut operations = BTreeMap::new();
    for (path, item) in paths.into_iter().flat_map(Node::entries) {
        let item = item.resolve();
        for (method, body) in item
            .entries()
            .filter(|(key, _)| METHODS.contains(key) || *key == "trace")
        {
            operations.insert((template(path), method), Operation { path, item, body });
        }
    }
    operations
}

/// The target of a link and what it passes, independent of the names of operations and parameters.
#[derive(PartialEq)]
pub(super) struct Target<'d> {
    operation: Option<(String, &'d str)>,
    parameters: BTreeMap<String, Value>,
    rest: [Option<Value>; 3],
}

/// Returns the target of a link.
pub(super) fn target(link: Node<'_>) -> Target<'_> {
    let link = link.resolve();
    let id = link.get("operationId").and_then(Node::as_str);
    let all = operations(link.document().root().get("paths"));
    let found = all
        .into_iter()
        .find(|(_, operation)| id.is_some() && operation.id() == id);
    let path = found.as_ref().map_or("", |(_, operation)| operation.path);
    let parameters = link.get("parameters").into_iter().flat_map(Node::entries);
    Target {
        parameters: parameters
            .map(|(name, value)| {
                let name = name.strip_prefix("path.").unwrap_or(name);
                let place = path.split(['{', '}']).position(|piece| piece == name);
                let name = place.map_or_else(|| name.to_owned(), |place| place.to_string());
                (name, value.to_value())
            })
            .collect(),
        // A link to an unknown operation is identified by the name that it gives.
        operation: found
            .map(|(key, _)| key)
            .or_else(|| id.map(|id| (id.to_owned(), ""))),
        rest: ["operationRef", "requestBody", "x-request-body"]
            .map(|key| link.get(key).map(Node::to_value)),
    }
}

/// Returns a path without the names of its parameters.
fn template(path: &str) -> String {
    let mut template = String::new();
    for (index, piece) in path.split(['{', '}']).enumerate() {
        template.push_str(if index % 2 == 0 { piece } else { "{}" });
    }
    template
}

/// Compares all operations of two documents.
pub(super) fn compare<'d>(comparison: &mut Comparison<'d>, old: Node<'d>, new: Node<'d>) {
    let paths = (old.get("paths"), new.get("paths"));
    let (before, after) = (operations(paths.0), operations(paths.1));
    let spots = (paths.0.unwrap_or(old), paths.1.unwrap_or(new));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let method = key.1.to_uppercase();
        match (before.get(key), after.get(key)) {
            (Some(old_operation), Some(new_operation)) => {
                operation(
                    comparison,
                    (old_operation, new_operation),
                    key.1,
                    MessageRole::Request,
                );
                security::operation(
                    comparison,
                    (old, new),
                    (old_operation, new_operation),
                    &site(new_operation, key.1),
                );
            }
            (Some(gone), None) => {
                let finding = FindingBuilder::new(
                    "operation-removed",
                    format!("`{method} {}` was removed", gone.path),
                );
                let judged = (Severity::Breaking, Direction::Client);
                comparison.report(
                    &site(gone, key.1),
                    judged,
                    finding,
                    (Some(gone.body), Some(spots.1)),
                );
            }
            (None, Some(come)) => {
                let finding = FindingBuilder::new(
                    "operation-added",
                    format!("`{method} {}` was added", come.path),
                );
                let judged = (Severity::Info, Direction::Server);
                comparison.report(
                    &site(come, key.1),
                    judged,
                    finding,
                    (Some(spots.0), Some(come.body)),
                );
            }
            (None, None) => {}
        }
    }
}

fn site(operation: &Operation<'_>, method: &str) -> CompareContext {
    CompareContext::new(MessageRole::Request, Some(&operation.name(method)), "")
}

/// Compares one operation. In a callback, the server sends the request.
fn operation<'d>(
    comparison: &mut Comparison<'d>,
    pair: (&Operation<'d>, &Operation<'d>),
    method: &str,
    asks: MessageRole,
) {
    let (old, new) = pair;
    if !comparison.is_first(old.body, new.body, asks) {
        return;
    }
    let context = CompareContext {
        role: asks,
        ..site(new, method)
    };
    let spots = (Some(old.body), Some(new.body));
    if old.id() != new.id() {
        let text = |id: Option<&str>| id.map_or("no id".to_owned(), |id| format!("`{id}`"));
        let message = format!(
            "the operation was renamed from {} to {}",
            text(old.id()),
            text(new.id())
        );
        let finding = FindingBuilder {
            former: old.id().map(str::to_owned),
            ..FindingBuilder::new("operation-id-changed", message)
        };
        let at = (
            old.body.get("operationId").or(spots.0),
            new.body.get("operationId").or(spots.1),
        );
        comparison.report(
            &context,
            (Severity::Warning, Direction::Neither),
            finding,
            at,
        );
    }
    notes(comparison, (old.body, new.body), &context);
    security::own_servers(comparison, pair, &context);
    parameters::compare(comparison, pair, &context);
    bodies::request(comparison, (old.body, new.body), &context);
    responses::compare(comparison, (old.body, new.body), &context);
    callbacks(comparison, (old.body, new.body), &context);
}

fn notes<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    let flag = |node: Node<'_>, key| node.get(key).and_then(Node::as_bool) == Some(true);
    let spots = |key| (old.get(key).or(Some(old)), new.get(key).or(Some(new)));
    if flag(old, "deprecated") != flag(new, "deprecated") {
        let (code, message) = if flag(new, "deprecated") {
            ("deprecated", "the operation was deprecated")
        } else {
            (
                "no-longer-deprecated",
                "the operation is no longer deprecated",
            )
        };
        comparison.report(
            context,
            (Severity::Info, Direction::Neither),
            FindingBuilder::new(code, message),
            spots("deprecated"),
        );
    }
    // Clients may rely on this promise.
    match (flag(old, "x-safe-to-repeat"), flag(new, "x-safe-to-repeat")) {
        (true, false) => {
            let finding = FindingBuilder::new(
                "safe-to-repeat-withdrawn",
                "the operation is no longer safe to repeat",
            );
            comparison.report(
                context,
                (Severity::Breaking, Direction::Client),
                finding,
                spots("x-safe-to-repeat"),
            );
        }
        (false, true) => {
            let finding = FindingBuilder::new(
                "safe-to-repeat-given",
                "the operation became safe to repeat",
            );
            comparison.report(
                context,
                (Severity::Warning, Direction::Server),
                finding,
                spots("x-safe-to-repeat"),
            );
        }
        _ => {}
    }
    tables::extension(comparison, "x-webhook", (old, new), context);
    let bucket = |node: Node<'d>| node.get("x-rate-limit").and_then(Node::as_str);
    if bucket(old) != bucket(new) {
        let text =
            |name: Option<&str>| name.map_or("no bucket".to_owned(), |name| format!("`{name}`"));
        let finding = FindingBuilder::new(
            "rate-limit-bucket-changed",
            format!(
                "the operation's rate limit changed from {} to {}",
                text(bucket(old)),
                text(bucket(new))
            ),
        );
        comparison.report(
            context,
            (Severity::Warning, Direction::Both),
            finding,
            spots("x-rate-limit"),
        );
    }
}

/// Compares callbacks, which the server sends to the client.
fn callbacks<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    let all = |body: Node<'d>| {
        let mut all = BTreeMap::new();
        for (name, callback) in body.get("callbacks").into_iter().flat_map(Node::entries) {
            for ((_, method), operation) in operations(Some(callback.resolve())) {
                all.insert((name, operation.path, method), operation);
            }
        }
        all
    };
    let (before, after) = (all(old), all(new));
    for (key, old_operation) in &before {
        if let Some(new_operation) = after.get(key) {
            operation(
                comparison,
                (old_operation, new_operation),
                key.2,
                context.role.other(),
            );
        } else {
            let finding = FindingBuilder::new(
                "callback-removed",
                format!("the callback `{}` was removed", key.0),
            );
            comparison.report(
                context,
                (Severity::Breaking, Direction::Client),
                finding,
                (Some(old_operation.body), Some(new)),
            );
        }
    }
    for (key, come) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        let finding = FindingBuilder::new(
            "callback-added",
            format!("the callback `{}` was added", key.0),
        );
        comparison.report(
            context,
            (Severity::Info, Direction::Server),
            finding,
            (Some(old), Some(come.body)),
        );
    }
}
