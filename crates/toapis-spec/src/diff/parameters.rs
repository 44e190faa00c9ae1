//! Compares parameters in the path, the query, headers and cookies.

use std::collections::BTreeMap;

use super::api::Operation;
use super::bodies;
use super::comparison::{Comparison, FindingBuilder};
use super::context::{Change, CompareContext};
use super::finding::{Direction, Severity};
use super::resolved_schema::Schema;
use super::subject::Step;
use heck::ToSnakeCase as _;
use toapis_openapi::Node;

/// The location and the name of a parameter; the position in the path for a path parameter.
type Key = (String, String);

fn parameters<'d>(operation: &Operation<'d>) -> BTreeMap<Key, Node<'d>> {
    let lists = [operation.item, operation.body].map(|node| node.get("parameters"));
    // Parameters of the operation replace those of the path.
    lists
        .into_iter()
        .flatten()
        .flat_map(Node::items)
        .map(Node::resolve)
        .filter_map(|parameter| Some((key(parameter, operation.path)?, parameter)))
        .collect()
}

fn text<'d>(node: Node<'d>, key: &str) -> Option<&'d str> {
    node.get(key).and_then(Node::as_str)
}

fn key(parameter: Node<'_>, path: &str) -> Option<Key> {
    let (place, name) = (text(parameter, "in")?, text(parameter, "name")?);
    let name = match place {
        "path" => path
            .split(['{', '}'])
            .position(|piece| piece == name)?
            .to_string(),
        "header" => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    };
    Some((place.to_owned(), name))
}

fn is_required(parameter: Node<'_>) -> bool {
    parameter.get("required").and_then(Node::as_bool) == Some(true)
}

/// Compares the parameters of an operation.
pub(super) fn compare<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (&Operation<'d>, &Operation<'d>),
    context: &CompareContext,
) {
    let (before, mut after) = (parameters(old), parameters(new));
    for (key, &was) in &before {
        let name = text(was, "name").unwrap_or_default();
        if let Some(is) = after.remove(key) {
            one(comparison, &site_of(context, is), (was, is));
            continue;
        }
        let elsewhere = after
            .iter()
            .find(|(key_now, _)| {
                // A parameter that was there before did not move.
                let (place, other) = key_now;
                *place != key.0
                    && *place != "path"
                    && other.eq_ignore_ascii_case(name)
                    && !before.contains_key(*key_now)
            })
            .map(|(key, node)| (key.clone(), *node));
        if let Some((other, is)) = elsewhere {
            after.remove(&other);
            let finding = FindingBuilder::new(
                "parameter-moved",
                format!("`{name}` moved from the {} to the {}", key.0, other.0),
            );
            comparison.report(
                &site_of(context, was),
                (Severity::Breaking, Direction::Both),
                finding,
                (Some(was), Some(is)),
            );
        } else {
            removed(comparison, &site_of(context, was), was, new.body);
        }
    }
    for come in after.into_values() {
        added(comparison, &site_of(context, come), old.body, come);
    }
}

fn site_of(context: &CompareContext, parameter: Node<'_>) -> CompareContext {
    let place = text(parameter, "in").unwrap_or_default();
    let mut context = context.below(Step::Property(
        text(parameter, "name").unwrap_or_default().to_owned(),
    ));
    context.part = format!("{place} parameter").into();
    context
}

fn removed<'d>(
    comparison: &mut Comparison<'d>,
    context: &CompareContext,
    gone: Node<'d>,
    new: Node<'d>,
) {
    let name = text(gone, "name").unwrap_or_default();
    let at = (Some(gone), Some(new));
    let finding = FindingBuilder::new(
        "parameter-removed",
        format!("the parameter `{name}` was removed"),
    );
    comparison.report(context, (Severity::Warning, Direction::Client), finding, at);
    if is_required(gone) {
        let finding = FindingBuilder::new(
            "required-parameter-removed",
            format!("the required parameter `{name}` was removed"),
        );
        comparison.report(
            context,
            (Severity::Breaking, Direction::Server),
            finding,
            at,
        );
    }
}

fn added<'d>(
    comparison: &mut Comparison<'d>,
    context: &CompareContext,
    old: Node<'d>,
    come: Node<'d>,
) {
    let name = text(come, "name").unwrap_or_default();
    let at = (Some(old), Some(come));
    let finding = FindingBuilder::new(
        "parameter-added",
        format!("the parameter `{name}` was added"),
    );
    comparison.report(context, (Severity::Info, Direction::Server), finding, at);
    if is_required(come) {
        let finding = FindingBuilder::new(
            "required-parameter-added",
            format!("the required parameter `{name}` was added"),
        );
        comparison.report(
            context,
            (Severity::Breaking, Direction::Client),
            finding,
            at,
        );
    }
}

/// Compares a parameter or a header.
pub(super) fn one<'d>(
    comparison: &mut Comparison<'d>,
    context: &CompareContext,
    (old, new): (Node<'d>, Node<'d>),
) {
    let at = |key: &str| (old.get(key).or(Some(old)), new.get(key).or(Some(new)));
    let name = context.path_steps.last().unwrap_or_default();
    called_otherwise(comparison, context, (old, new));
    match (is_required(old), is_required(new)) {
        (false, true) => comparison.changed(
            context,
            Change::Narrowed,
            FindingBuilder::new("parameter-required", format!("`{name}` became required")),
            at("required"),
        ),
        (true, false) => comparison.changed(
            context,
            Change::Widened,
            FindingBuilder::new("parameter-optional", format!("`{name}` became optional")),
            at("required"),
        ),
        _ => {}
    }
    for (key, code) in [("style", "style-changed"), ("explode", "explode-changed")] {
        let (was, is) = (spelling(old, key), spelling(new, key));
        if was != is {
            let finding = FindingBuilder::new(
                code,
                format!("`{key}` changed from `{was}` to `{is}`: it is serialized differently"),
            );
            comparison.report(
                context,
                (Severity::Breaking, Direction::Both),
                finding,
                at(key),
            );
        }
    }
    for (key, code) in [
        ("allowReserved", "allow-reserved-changed"),
        ("allowEmptyValue", "allow-empty-value-changed"),
    ] {
        let flag = |node: Node<'_>| node.get(key).and_then(Node::as_bool) == Some(true);
        let change = match (flag(old), flag(new)) {
            (true, false) => Change::Narrowed,
            (false, true) => Change::Widened,
            _ => continue,
        };
        let finding = FindingBuilder::new(
            code,
            format!("`{key}` changed from {} to {}", flag(old), flag(new)),
        );
        comparison.changed(context, change, finding, at(key));
    }
    let deprecated = |node: Node<'_>| node.get("deprecated").and_then(Node::as_bool) == Some(true);
    if deprecated(old) != deprecated(new) {
        let (code, message) = if deprecated(new) {
            ("deprecated", format!("`{name}` was deprecated"))
        } else {
            (
                "no-longer-deprecated",
                format!("`{name}` is no longer deprecated"),
            )
        };
        comparison.report(
            context,
            (Severity::Info, Direction::Neither),
            FindingBuilder::new(code, message),
            at("deprecated"),
        );
    }
    match (old.get("content"), new.get("content")) {
        (Some(_), Some(_)) => bodies::content(comparison, (old, new), context),
        (None, None) => {
            let schema = |node: Node<'d>| Schema::of(node.get("schema"));
            let context = CompareContext {
                is_text: true,
                ..context.clone()
            };
            comparison.schemas(schema(old), schema(new), context);
        }
        (_, is) => {
            let how = is.map_or("a plain value", |_| "a value with a media type");
            let finding = FindingBuilder::new(
                "style-changed",
                format!("`{name}` is now serialized as {how}"),
            );
            comparison.report(
                context,
                (Severity::Breaking, Direction::Both),
                finding,
                at("content"),
            );
        }
    }
}

/// Compares the names of path parameters, which only the generated mocks use.
fn called_otherwise<'d>(
    comparison: &mut Comparison<'d>,
    context: &CompareContext,
    (old, new): (Node<'d>, Node<'d>),
) {
    let (Some(was), Some(is)) = (text(old, "name"), text(new, "name")) else {
        return;
    };
    if text(new, "in") == Some("path") && was.to_snake_case() != is.to_snake_case() {
        let message = format!("the path parameter `{was}` was renamed to `{is}`");
        let finding = FindingBuilder::new("parameter-renamed", message).about(was);
        comparison.report(
            context,
            (Severity::Warning, Direction::Neither),
            finding,
            (old.get("name"), new.get("name")),
        );
    }
}

/// Returns a serialization setting, or its default.
fn spelling(parameter: Node<'_>, key: &str) -> String {
    let style = text(parameter, "style").unwrap_or_else(|| match text(parameter, "in") {
        Some("query" | "cookie") => "form",
        _ => "simple",
    });
    if key == "style" {
        return style.to_owned();
    }
    let explode = parameter.get("explode").and_then(Node::as_bool);
    explode.unwrap_or(style == "form").to_string()
}
