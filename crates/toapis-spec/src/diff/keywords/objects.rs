//! `properties`, `required`, `additionalProperties`, `items`, `readOnly` and `writeOnly`.

use std::collections::BTreeMap;

use crate::diff::finding::{Direction, Severity};
use crate::diff::subject::Step;
use crate::diff::view::{Schema, View, is_hidden};
use crate::diff::walk::{Change, Position, Said, Site, Walk};
use toapis_openapi::Node;

/// Compares objects and lists.
pub(in crate::diff) fn objects<'d>(
    walk: &mut Walk<'d>,
    old: &View<'d>,
    new: &View<'d>,
    site: &Site,
) {
    let (before, after) = (old.properties(), new.properties());
    let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    for name in names {
        let site = site.below(Step::Property(name.to_owned()));
        let visible = |schema: Option<&Schema<'d>>| {
            schema
                .filter(|schema| !is_hidden(&schema.view(), site.position))
                .cloned()
        };
        match (visible(before.get(name)), visible(after.get(name))) {
            (Some(old), Some(new)) => walk.schemas(old, new, site),
            (Some(gone), None) => {
                // Where it is only hidden, its flag is what is told.
                let at = (
                    gone.view().node(),
                    after
                        .get(name)
                        .and_then(|schema| schema.view().node())
                        .or(new.node()),
                );
                removed(
                    walk,
                    &site,
                    (name, after.contains_key(name)),
                    at,
                    new.is_closed(),
                );
                if new.required().contains_key(name) && !after.contains_key(name) {
                    walk.schemas(gone, Schema::of([]), site);
                }
            }
            (None, Some(come)) => {
                let at = (
                    before
                        .get(name)
                        .and_then(|schema| schema.view().node())
                        .or(old.node()),
                    come.view().node(),
                );
                added(
                    walk,
                    &site,
                    (name, before.contains_key(name)),
                    at,
                    old.is_closed(),
                );
                if old.required().contains_key(name) && !before.contains_key(name) {
                    walk.schemas(Schema::of([]), come, site);
                }
            }
            (None, None) => {}
        }
    }
    required(walk, (old, new), (&before, &after), site);
    unlisted(walk, old, new, site);
    if let Some((old, new)) = both(old.sub("items"), new.sub("items")) {
        walk.schemas(old, new, site.below(Step::Items));
    }
}

/// Two schemas of which one may be missing: then anything goes. `None` if both are.
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
    walk: &mut Walk<'d>,
    site: &Site,
    (name, is_hidden): (&str, bool),
    at: (Option<Node<'d>>, Option<Node<'d>>),
    is_closed: bool,
) {
    let (code, message) = match (is_hidden, site.position) {
        (false, _) => ("property-removed", format!("`{name}` is gone")),
        (true, Position::Request) => (
            "became-read-only",
            format!("`{name}` is only in answers now"),
        ),
        (true, Position::Response) => (
            "became-write-only",
            format!("`{name}` is only in requests now"),
        ),
    };
    let said = Said::new(code, message);
    match (is_closed, site.position) {
        (true, Position::Request) => {
            walk.report(site, (Severity::Breaking, Direction::Client), said, at);
        }
        (false, _) => walk.report(site, (Severity::Warning, Direction::Client), said, at),
        // New clients reject it from servers that still send it.
        (true, Position::Response) => {
            walk.report(
                site,
                (Severity::Breaking, Direction::Server),
                said.clone(),
                at,
            );
            walk.report(site, (Severity::Warning, Direction::Client), said, at);
        }
    }
}

fn added<'d>(
    walk: &mut Walk<'d>,
    site: &Site,
    (name, was_hidden): (&str, bool),
    at: (Option<Node<'d>>, Option<Node<'d>>),
    was_closed: bool,
) {
    let (code, message) = match (was_hidden, site.position) {
        (false, _) => ("property-added", format!("`{name}` is new")),
        (true, Position::Request) => (
            "no-longer-read-only",
            format!("`{name}` is in requests too now"),
        ),
        (true, Position::Response) => (
            "no-longer-write-only",
            format!("`{name}` is in answers too now"),
        ),
    };
    let said = Said::new(code, message);
    match (was_closed, site.position) {
        (true, Position::Request) => {
            walk.report(site, (Severity::Warning, Direction::Server), said, at);
        }
        (false, _) => walk.report(site, (Severity::Info, Direction::Server), said, at),
        // Shipped clients reject properties that are not listed.
        (true, Position::Response) => {
            walk.report(
                site,
                (Severity::Breaking, Direction::Client),
                said.clone(),
                at,
            );
            walk.report(site, (Severity::Info, Direction::Server), said, at);
        }
    }
}

fn required<'d>(
    walk: &mut Walk<'d>,
    (old, new): (&View<'d>, &View<'d>),
    (before, after): (
        &BTreeMap<&'d str, Schema<'d>>,
        &BTreeMap<&'d str, Schema<'d>>,
    ),
    site: &Site,
) {
    let visible = |properties: &BTreeMap<&'d str, Schema<'d>>, name: &str| {
        !properties
            .get(name)
            .is_some_and(|schema| is_hidden(&schema.view(), site.position))
    };
    let (mut was, mut is) = (old.required(), new.required());
    was.retain(|name, _| visible(before, name));
    is.retain(|name, _| visible(after, name));
    for (name, node) in is.iter().filter(|(name, _)| !was.contains_key(*name)) {
        let site = site.below(Step::Property((*name).to_owned()));
        let said = Said::new("required-added", format!("`{name}` must be there now"));
        walk.changed(
            &site,
            Change::Narrowed,
            said,
            (old.spot("required"), Some(*node)),
        );
    }
    for (name, node) in was.iter().filter(|(name, _)| !is.contains_key(*name)) {
        let site = site.below(Step::Property((*name).to_owned()));
        let at = (Some(*node), new.spot("required"));
        let said = Said::new(
            "required-removed",
            format!("`{name}` need not be there now"),
        );
        if site.position == Position::Request && !site.inverted && !after.contains_key(name) {
            // No client of the new contract knows that it is to be sent.
            let judged = (Severity::Breaking, Direction::Server);
            walk.changed_as(&site, Change::Widened, judged, said, at);
        } else {
            walk.changed(&site, Change::Widened, said, at);
        }
    }
}

fn unlisted<'d>(walk: &mut Walk<'d>, old: &View<'d>, new: &View<'d>, site: &Site) {
    const KEYWORD: &str = "additionalProperties";
    let at = (old.spot(KEYWORD), new.spot(KEYWORD));
    match (old.is_closed(), new.is_closed()) {
        (false, true) => walk.changed(
            site,
            Change::Narrowed,
            Said::new(
                "additional-properties-closed",
                "properties that are not listed are no longer allowed",
            ),
            at,
        ),
        (true, false) => walk.changed(
            site,
            Change::Widened,
            Said::new(
                "additional-properties-opened",
                "properties that are not listed are allowed now",
            ),
            at,
        ),
        (true, true) => {}
        (false, false) => {
            if let Some((old, new)) = both(old.sub(KEYWORD), new.sub(KEYWORD)) {
                walk.schemas(old, new, site.below(Step::Property("*".to_owned())));
            }
        }
    }
}
