//! Bodies of requests, and the media types of all bodies.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Direction, Severity};
use super::responses;
use super::subject::Step;
use super::view::Schema;
use super::walk::{Change, Position, Said, Site, Walk};
use toapis_openapi::Node;

fn is_required(body: Node<'_>) -> bool {
    body.get("required").and_then(Node::as_bool) == Some(true)
}

/// Compares the bodies of an operation's requests.
pub(super) fn request<'d>(walk: &mut Walk<'d>, (old, new): (Node<'d>, Node<'d>), site: &Site) {
    let site = &Site {
        part: "request body".into(),
        ..site.clone()
    };
    let body = |operation: Node<'d>| operation.get("requestBody").map(Node::resolve);
    match (body(old), body(new)) {
        (None, None) => {}
        (Some(gone), None) => {
            let said = Said::new("request-body-removed", "there is no body any more");
            walk.report(
                site,
                (Severity::Breaking, Direction::Client),
                said,
                (Some(gone), Some(new)),
            );
        }
        (None, Some(come)) => {
            let at = (Some(old), Some(come));
            let said = Said::new("request-body-added", "there is a body now");
            walk.report(site, (Severity::Info, Direction::Server), said, at);
            if is_required(come) {
                let said = Said::new("request-body-required", "the body must be there");
                walk.changed(site, Change::Narrowed, said, at);
            }
        }
        (Some(was), Some(is)) => {
            let at = (
                was.get("required").or(Some(was)),
                is.get("required").or(Some(is)),
            );
            match (is_required(was), is_required(is)) {
                (false, true) => {
                    let said = Said::new("request-body-required", "the body must be there now");
                    walk.changed(site, Change::Narrowed, said, at);
                }
                (true, false) => {
                    let said = Said::new("request-body-optional", "the body need not be there now");
                    walk.changed(site, Change::Widened, said, at);
                }
                _ => {}
            }
            content(walk, (was, is), site);
        }
    }
}

/// Media types by their names alone: `application/json` of `Application/JSON; charset=utf-8`.
fn media_types(holder: Node<'_>) -> BTreeMap<String, Node<'_>> {
    let content = holder.get("content").into_iter().flat_map(Node::entries);
    content
        .map(|(name, node)| {
            let name = name.split(';').next().unwrap_or(name);
            (name.trim().to_ascii_lowercase(), node)
        })
        .collect()
}

/// The media type that covers another: `application/*`, `*/*`.
fn covering<'d>(types: &BTreeMap<String, Node<'d>>, name: &str) -> Option<Node<'d>> {
    let family = name.split('/').next().unwrap_or(name);
    [name, &format!("{family}/*"), "*/*"]
        .into_iter()
        .find_map(|range| types.get(range).copied())
}

/// Compares what bodies may be of, in requests, answers, parameters and headers.
pub(super) fn content<'d>(walk: &mut Walk<'d>, (old, new): (Node<'d>, Node<'d>), site: &Site) {
    let (before, after) = (media_types(old), media_types(new));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let is_answer = site.position == Position::Response;
    for name in names {
        match (covering(&before, name), covering(&after, name)) {
            (Some(was), Some(is)) => media_type(walk, (was, is), site),
            (Some(gone), None) => {
                let said = Said::new(
                    "media-type-removed",
                    format!("`{name}` is no longer among the media types"),
                )
                .about(name);
                // Who asks for it in an answer no longer gets it; who knows it no more may still be sent it.
                let whom = if is_answer {
                    Direction::Both
                } else {
                    Direction::Client
                };
                walk.report(
                    site,
                    (Severity::Breaking, whom),
                    said,
                    (Some(gone), new.get("content").or(Some(new))),
                );
            }
            (None, Some(come)) => {
                let said = Said::new(
                    "media-type-added",
                    format!("`{name}` is new among the media types"),
                )
                .about(name);
                let judged = if is_answer {
                    (Severity::Warning, Direction::Both)
                } else {
                    (Severity::Info, Direction::Server)
                };
                walk.report(
                    site,
                    judged,
                    said,
                    (old.get("content").or(Some(old)), Some(come)),
                );
            }
            (None, None) => {}
        }
    }
}

fn media_type<'d>(walk: &mut Walk<'d>, (old, new): (Node<'d>, Node<'d>), site: &Site) {
    let schema = |node: Node<'d>| Schema::of(node.get("schema"));
    walk.schemas(schema(old), schema(new), site.clone());
    let parts = |node: Node<'d>| -> BTreeMap<_, _> {
        node.get("encoding")
            .into_iter()
            .flat_map(Node::entries)
            .collect()
    };
    let (before, after) = (parts(old), parts(new));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    for name in names {
        let site = site.below(Step::Property(name.to_owned()));
        encoding(
            walk,
            (before.get(name).copied(), after.get(name).copied()),
            (old, new),
            &site,
        );
    }
}

fn encoding<'d>(
    walk: &mut Walk<'d>,
    (was, is): (Option<Node<'d>>, Option<Node<'d>>),
    (old, new): (Node<'d>, Node<'d>),
    site: &Site,
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
        (None, Some(_)) => walk.changed(
            site,
            Change::Narrowed,
            Said::new("part-type-added", "the part's media type is limited now"),
            at,
        ),
        (Some(_), None) => walk.changed(
            site,
            Change::Widened,
            Said::new(
                "part-type-removed",
                "the part's media type is no longer limited",
            ),
            at,
        ),
        (Some(before), Some(after)) => {
            for gone in before.difference(&after) {
                let said = Said::new(
                    "part-type-removed",
                    format!("the part may no longer be `{gone}`"),
                )
                .about(gone);
                walk.changed(site, Change::Narrowed, said, at);
            }
            for come in after.difference(&before) {
                let said = Said::new("part-type-added", format!("the part may be `{come}` now"))
                    .about(come);
                walk.changed(site, Change::Widened, said, at);
            }
        }
    }
    for key in ["style", "explode", "allowReserved"] {
        let value =
            |node: Option<Node<'d>>| node.and_then(|node| node.get(key)).map(Node::to_value);
        if value(was) != value(is) {
            let said = Said::new(
                "part-encoding-changed",
                format!("`{key}` of the part changed: it is written another way"),
            );
            walk.report(site, (Severity::Breaking, Direction::Both), said, at);
        }
    }
    if let (Some(was), Some(is)) = (was, is) {
        responses::headers(walk, (was, is), site);
    }
}
