//! Compares security requirements and servers.

use std::collections::{BTreeMap, BTreeSet};

use super::api::Operation;
use super::comparison::{Comparison, FindingBuilder};
use super::context::{CompareContext, MessageRole};
use super::finding::{Direction, Severity};
use toapis_openapi::Node;

/// A security requirement: schemes with their scopes. Schemes are identified by their settings, not
/// by their names.
type Way = BTreeMap<String, BTreeSet<String>>;

fn ways(root: Node<'_>, operation: Node<'_>) -> Vec<Way> {
    let Some(list) = operation.get("security").or_else(|| root.get("security")) else {
        return vec![Way::new()];
    };
    let ways: Vec<_> = list
        .items()
        .map(|way| {
            way.entries()
                .map(|(name, scopes)| {
                    let scopes = scopes.items().filter_map(Node::as_str).map(str::to_owned);
                    (scheme(root, name), scopes.collect())
                })
                .collect()
        })
        .collect();
    // An empty list requires nothing.
    if ways.is_empty() {
        vec![Way::new()]
    } else {
        ways
    }
}

/// Returns a description of a scheme: `http bearer`, `key in header X-Key`.
fn scheme(root: Node<'_>, name: &str) -> String {
    let Some(scheme) = root
        .at(&["components", "securitySchemes", name])
        .map(Node::resolve)
    else {
        return name.to_owned();
    };
    let text = |key: &str| scheme.get(key).and_then(Node::as_str).unwrap_or_default();
    match text("type") {
        "http" => format!("http {}", text("scheme").to_ascii_lowercase()),
        "apiKey" => format!("key in {} `{}`", text("in"), text("name")),
        "openIdConnect" => format!("OpenID Connect at {}", text("openIdConnectUrl")),
        "oauth2" => format!("OAuth 2 by {}", flows(scheme)),
        other => format!("{other} {name}"),
    }
}

fn flows(scheme: Node<'_>) -> String {
    let flows = scheme
        .get("flows")
        .into_iter()
        .flat_map(Node::entries)
        .map(|(flow, node)| {
            let urls = ["authorizationUrl", "tokenUrl", "refreshUrl"]
                .map(|key| node.get(key).and_then(Node::as_str).unwrap_or_default());
            format!("{flow} {}", urls.join(" ").trim())
        });
    flows.collect::<Vec<_>>().join(", ")
}

/// Returns true if the credentials `shown` satisfy the requirement `asked`.
fn satisfies(shown: &Way, asked: &Way) -> bool {
    asked.iter().all(|(scheme, scopes)| {
        shown
            .get(scheme)
            .is_some_and(|revision| scopes.is_subset(revision))
    })
}

fn text(way: &Way) -> String {
    if way.is_empty() {
        return "nothing".to_owned();
    }
    let schemes = way.iter().map(|(scheme, scopes)| {
        let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
        if scopes.is_empty() {
            scheme.clone()
        } else {
            format!("{scheme} ({})", scopes.join(" "))
        }
    });
    schemes.collect::<Vec<_>>().join(" and ")
}

/// Compares the security requirements of an operation.
pub(super) fn operation<'d>(
    comparison: &mut Comparison<'d>,
    roots: (Node<'d>, Node<'d>),
    pair: (&Operation<'d>, &Operation<'d>),
    context: &CompareContext,
) {
    let context = &CompareContext {
        part: "security".into(),
        ..context.clone()
    };
    let (before, after) = (ways(roots.0, pair.0.body), ways(roots.1, pair.1.body));
    let spot = |root: Node<'d>, body: Node<'d>| {
        body.get("security")
            .or_else(|| root.get("security"))
            .or(Some(body))
    };
    let at = (spot(roots.0, pair.0.body), spot(roots.1, pair.1.body));
    for was in &before {
        if !after.iter().any(|is| satisfies(was, is)) {
            let finding = FindingBuilder::new(
                "security-tightened",
                format!("{} no longer grants access", text(was)),
            );
            comparison.report(
                context,
                (Severity::Breaking, Direction::Client),
                finding,
                at,
            );
        }
    }
    for is in &after {
        if !before.iter().any(|was| satisfies(is, was)) {
            let finding = FindingBuilder::new(
                "security-loosened",
                format!("{} now grants access", text(is)),
            );
            // An additional option may be ignored. If the old options are gone, every client uses
            // the new one.
            let is_choice = before.iter().all(|was| after.contains(was));
            let severity = if is_choice {
                Severity::Warning
            } else {
                Severity::Breaking
            };
            comparison.report(context, (severity, Direction::Server), finding, at);
        }
    }
}

/// Compares the servers of the document.
pub(super) fn servers<'d>(comparison: &mut Comparison<'d>, old: Node<'d>, new: Node<'d>) {
    let context = CompareContext::new(MessageRole::Request, None, "servers");
    hosts(comparison, (old, new), &context);
}

/// Compares the servers of an operation, if it or its path has its own.
pub(super) fn own_servers<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (&Operation<'d>, &Operation<'d>),
    context: &CompareContext,
) {
    let context = CompareContext {
        part: "servers".into(),
        ..context.clone()
    };
    let holder = |operation: &Operation<'d>| {
        let all = [operation.body, operation.item];
        all.into_iter().find(|node| node.get("servers").is_some())
    };
    let pair = (holder(old), holder(new));
    if pair.0.is_some() || pair.1.is_some() {
        // Without own servers, those of the document apply.
        let root = |node: Node<'d>| node.document().root();
        let pair = (
            pair.0.unwrap_or_else(|| root(old.body)),
            pair.1.unwrap_or_else(|| root(new.body)),
        );
        hosts(comparison, pair, &context);
    }
}

fn hosts<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (Node<'d>, Node<'d>),
    context: &CompareContext,
) {
    let all = |root: Node<'d>| -> Vec<(&str, Node<'d>)> {
        let servers = root.get("servers").into_iter().flat_map(Node::items);
        servers
            .filter_map(|server| {
                let url = server.get("url").and_then(Node::as_str)?;
                Some((url.trim_end_matches('/'), server))
            })
            .collect()
    };
    let (before, after) = (all(old), all(new));
    let spots = (
        old.get("servers").unwrap_or(old),
        new.get("servers").unwrap_or(new),
    );
    let has = |list: &[(&str, Node<'_>)], url: &str| list.iter().any(|(other, _)| *other == url);
    for (url, gone) in before.iter().filter(|(url, _)| !has(&after, url)) {
        let finding = FindingBuilder::new(
            "server-removed",
            format!("`{url}` is no longer a server of the API"),
        )
        .about(url);
        comparison.report(
            context,
            (Severity::Breaking, Direction::Client),
            finding,
            (Some(*gone), Some(spots.1)),
        );
    }
    for (url, come) in after.iter().filter(|(url, _)| !has(&before, url)) {
        let finding = FindingBuilder::new(
            "server-added",
            format!("`{url}` is a new server of the API"),
        )
        .about(url);
        comparison.report(
            context,
            (Severity::Info, Direction::Server),
            finding,
            (Some(spots.0), Some(*come)),
        );
    }
    if let (Some((was, old)), Some((is, new))) = (before.first(), after.first())
        && was != is
    {
        let finding = FindingBuilder::new(
            "default-server-changed",
            format!("the first server changed from `{was}` to `{is}`"),
        );
        comparison.report(
            context,
            (Severity::Warning, Direction::Neither),
            finding,
            (Some(*old), Some(*new)),
        );
    }
}
