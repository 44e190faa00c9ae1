//! Answers: their status codes, bodies, headers and links.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Direction, Severity};
use super::subject::Step;
use super::walk::{Change, Said, Site, Walk};
use super::{api, bodies, parameters};
use toapis_openapi::Node;

/// Answers by status, `4XX` or `default`, in capitals or not.
fn answers(operation: Node<'_>) -> BTreeMap<String, Node<'_>> {
    operation
        .get("responses")
        .into_iter()
        .flat_map(Node::entries)
        .filter(|(status, _)| !status.starts_with("x-"))
        .map(|(status, node)| (status.to_ascii_uppercase(), node.resolve()))
        .collect()
}

/// The answer that a status falls under: its own, its class, or the default.
fn covering<'d>(answers: &BTreeMap<String, Node<'d>>, status: &str) -> Option<Node<'d>> {
    let class = format!("{}XX", status.get(..1).unwrap_or_default());
    [status, &class, "DEFAULT"]
        .into_iter()
        .find_map(|status| answers.get(status).copied())
}

/// Compares the answers of an operation. `asks` of the site is who asks; the other one answers.
pub(super) fn compare<'d>(walk: &mut Walk<'d>, (old, new): (Node<'d>, Node<'d>), site: &Site) {
    let (before, after) = (answers(old), answers(new));
    let statuses: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for status in statuses {
        let site = Site {
            position: site.position.other(),
            part: format!("response {}", status.replace("DEFAULT", "default")).into(),
            ..site.clone()
        };
        match (covering(&before, status), covering(&after, status)) {
            (Some(was), Some(is)) => {
                bodies::content(walk, (was, is), &site);
                headers(walk, (was, is), &site);
                links(walk, (was, is), &site);
            }
            (Some(gone), None) => {
                let said = Said::new(
                    "response-removed",
                    format!("`{}` is no longer answered", status.to_lowercase()),
                )
                .about(status);
                let at = (Some(gone), new.get("responses").or(Some(new)));
                walk.report(&site, judged(status, Change::Narrowed, &site), said, at);
            }
            (None, Some(come)) => {
                let said = Said::new(
                    "response-added",
                    format!("`{}` may be answered now", status.to_lowercase()),
                )
                .about(status);
                let at = (old.get("responses").or(Some(old)), Some(come));
                walk.report(&site, judged(status, Change::Widened, &site), said, at);
            }
            (None, None) => {}
        }
    }
}

/// Only a success that is documented is taken for one. Of any other status its class says enough.
fn judged(status: &str, change: Change, site: &Site) -> (Severity, Direction) {
    let (_, direction) = change.judged(site.position);
    let severity = match status.get(..1) {
        Some("2" | "D") => Severity::Breaking,
        Some("4" | "5") => Severity::Info,
        _ => Severity::Warning,
    };
    (severity, direction)
}

/// Compares the headers of an answer, or of a part of a form.
pub(super) fn headers<'d>(walk: &mut Walk<'d>, (old, new): (Node<'d>, Node<'d>), site: &Site) {
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
        let mut site = site.below(Step::Header(spelled.to_owned()));
        site.part = format!("{}, header", site.part).into();
        let is_required = |header: Node<'_>| {
            header.resolve().get("required").and_then(Node::as_bool) == Some(true)
        };
        match pair {
            (Some(was), Some(is)) => parameters::one(walk, &site, (was.resolve(), is.resolve())),
            (Some(gone), None) => {
                let at = (Some(gone), new.get("headers").or(Some(new)));
                let said = Said::new("header-removed", format!("the header `{spelled}` is gone"));
                walk.report(&site, (Severity::Warning, Direction::Client), said, at);
                if is_required(gone) {
                    let said = Said::new(
                        "required-header-removed",
                        format!("the header `{spelled}` was always there"),
                    );
                    walk.changed(&site, Change::Widened, said, at);
                }
            }
            (None, Some(come)) => {
                let at = (old.get("headers").or(Some(old)), Some(come));
                let said = Said::new("header-added", format!("the header `{spelled}` is new"));
                walk.report(&site, (Severity::Info, Direction::Server), said, at);
                if is_required(come) {
                    let said = Said::new(
                        "required-header-added",
                        format!("the header `{spelled}` is always there now"),
                    );
                    walk.changed(&site, Change::Narrowed, said, at);
                }
            }
            (None, None) => {}
        }
    }
}

fn links<'d>(walk: &mut Walk<'d>, (old, new): (Node<'d>, Node<'d>), site: &Site) {
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
            let said = Said::new("link-removed", format!("the link `{name}` is gone"));
            walk.report(site, (Severity::Warning, Direction::Client), said, at);
            continue;
        };
        if api::target(*was) != api::target(*is) {
            let said = Said::new("link-changed", format!("the link `{name}` leads elsewhere"));
            walk.report(site, (Severity::Warning, Direction::Both), said, at);
        }
    }
    for (name, come) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let said = Said::new("link-added", format!("the link `{name}` is new"));
        walk.report(
            site,
            (Severity::Info, Direction::Server),
            said,
            (old.get("links").or(Some(old)), Some(*come)),
        );
    }
}
