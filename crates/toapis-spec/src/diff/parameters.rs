//! Parameters in the path, the query, headers and cookies.

use std::collections::BTreeMap;

use super::api::Operation;
use super::bodies;
use super::finding::{Direction, Severity};
use super::subject::Step;
use super::view::Schema;
use super::walk::{Change, Said, Site, Walk};
use heck::ToSnakeCase as _;
use toapis_openapi::Node;

/// Where a parameter stands and what it is called; path parameters by their place in the path.
type Key = (String, String);

fn parameters<'d>(operation: &Operation<'d>) -> BTreeMap<Key, Node<'d>> {
    let lists = [operation.item, operation.body].map(|node| node.get("parameters"));
    // The operation's own come last, and so in the place of the path's.
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
    walk: &mut Walk<'d>,
    (old, new): (&Operation<'d>, &Operation<'d>),
    site: &Site,
) {
    let (before, mut after) = (parameters(old), parameters(new));
    for (key, &was) in &before {
        let name = text(was, "name").unwrap_or_default();
        if let Some(is) = after.remove(key) {
            one(walk, &site_of(site, is), (was, is));
            continue;
        }
        let elsewhere = after
            .iter()
            .find(|(key_now, _)| {
                // One that was there already is no other that came there.
                let (place, other) = key_now;
                *place != key.0
                    && *place != "path"
                    && other.eq_ignore_ascii_case(name)
                    && !before.contains_key(*key_now)
            })
            .map(|(key, node)| (key.clone(), *node));
        if let Some((other, is)) = elsewhere {
            after.remove(&other);
            let said = Said::new(
                "parameter-moved",
                format!("`{name}` went from the {} to the {}", key.0, other.0),
            );
            walk.report(
                &site_of(site, was),
                (Severity::Breaking, Direction::Both),
                said,
                (Some(was), Some(is)),
            );
        } else {
            removed(walk, &site_of(site, was), was, new.body);
        }
    }
    for come in after.into_values() {
        added(walk, &site_of(site, come), old.body, come);
    }
}

fn site_of(site: &Site, parameter: Node<'_>) -> Site {
    let place = text(parameter, "in").unwrap_or_default();
    let mut site = site.below(Step::Property(
        text(parameter, "name").unwrap_or_default().to_owned(),
    ));
    site.part = format!("{place} parameter").into();
    site
}

fn removed<'d>(walk: &mut Walk<'d>, site: &Site, gone: Node<'d>, new: Node<'d>) {
    let name = text(gone, "name").unwrap_or_default();
    let at = (Some(gone), Some(new));
    let said = Said::new(
        "parameter-removed",
        format!("the parameter `{name}` is gone"),
    );
    walk.report(site, (Severity::Warning, Direction::Client), said, at);
    if is_required(gone) {
        let said = Said::new(
            "required-parameter-removed",
            format!("the parameter `{name}` was required, and nobody knows of it now"),
        );
        walk.report(site, (Severity::Breaking, Direction::Server), said, at);
    }
}

fn added<'d>(walk: &mut Walk<'d>, site: &Site, old: Node<'d>, come: Node<'d>) {
    let name = text(come, "name").unwrap_or_default();
    let at = (Some(old), Some(come));
    let said = Said::new("parameter-added", format!("the parameter `{name}` is new"));
    walk.report(site, (Severity::Info, Direction::Server), said, at);
    if is_required(come) {
        let said = Said::new(
            "required-parameter-added",
            format!("the parameter `{name}` is new and required"),
        );
        walk.report(site, (Severity::Breaking, Direction::Client), said, at);
    }
}

/// Compares a parameter, or a header, with its former self.
pub(super) fn one<'d>(walk: &mut Walk<'d>, site: &Site, (old, new): (Node<'d>, Node<'d>)) {
    let at = |key: &str| (old.get(key).or(Some(old)), new.get(key).or(Some(new)));
    let name = site.trail.last().unwrap_or_default();
    called_otherwise(walk, site, (old, new));
    match (is_required(old), is_required(new)) {
        (false, true) => walk.changed(
            site,
            Change::Narrowed,
            Said::new("parameter-required", format!("`{name}` must be there now")),
            at("required"),
        ),
        (true, false) => walk.changed(
            site,
            Change::Widened,
            Said::new(
                "parameter-optional",
                format!("`{name}` need not be there now"),
            ),
            at("required"),
        ),
        _ => {}
    }
    for (key, code) in [("style", "style-changed"), ("explode", "explode-changed")] {
        let (was, is) = (spelling(old, key), spelling(new, key));
        if was != is {
            let said = Said::new(
                code,
                format!("`{key}` went from `{was}` to `{is}`: it is written another way"),
            );
            walk.report(site, (Severity::Breaking, Direction::Both), said, at(key));
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
        let said = Said::new(
            code,
            format!("`{key}` went from {} to {}", flag(old), flag(new)),
        );
        walk.changed(site, change, said, at(key));
    }
    let deprecated = |node: Node<'_>| node.get("deprecated").and_then(Node::as_bool) == Some(true);
    if deprecated(old) != deprecated(new) {
        let (code, message) = if deprecated(new) {
            ("deprecated", format!("`{name}` is deprecated now"))
        } else {
            (
                "no-longer-deprecated",
                format!("`{name}` is no longer deprecated"),
            )
        };
        walk.report(
            site,
            (Severity::Info, Direction::Neither),
            Said::new(code, message),
            at("deprecated"),
        );
    }
    match (old.get("content"), new.get("content")) {
        (Some(_), Some(_)) => bodies::content(walk, (old, new), site),
        (None, None) => {
            let schema = |node: Node<'d>| Schema::of(node.get("schema"));
            let site = Site {
                is_text: true,
                ..site.clone()
            };
            walk.schemas(schema(old), schema(new), site);
        }
        (_, is) => {
            let how = is.map_or("a plain value", |_| "a body of a media type");
            let said = Said::new("style-changed", format!("`{name}` is written as {how} now"));
            walk.report(
                site,
                (Severity::Breaking, Direction::Both),
                said,
                at("content"),
            );
        }
    }
}

/// The name of a path parameter is nothing to the wire, and is that of a function of the mocks.
fn called_otherwise<'d>(walk: &mut Walk<'d>, site: &Site, (old, new): (Node<'d>, Node<'d>)) {
    let (Some(was), Some(is)) = (text(old, "name"), text(new, "name")) else {
        return;
    };
    if text(new, "in") == Some("path") && was.to_snake_case() != is.to_snake_case() {
        let message = format!("the path parameter `{was}` is called `{is}` now");
        let said = Said::new("parameter-renamed", message).about(was);
        walk.report(
            site,
            (Severity::Warning, Direction::Neither),
            said,
            (old.get("name"), new.get("name")),
        );
    }
}

/// How a parameter is written, with what holds where nothing is said.
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
