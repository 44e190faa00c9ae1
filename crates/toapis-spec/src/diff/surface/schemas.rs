//! Finds component schemas that are removed, added or renamed.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::context::{NodePair, Places};
use crate::diff::fingerprint::fingerprint;
use toapis_openapi::{Document, Node};

/// The change of a component schema.
#[derive(Debug)]
pub(super) struct SchemaChange<'d> {
    /// The old name; `None` if the schema is new.
    pub(super) old: Option<&'d str>,
    /// The new name; `None` if the schema is removed.
    pub(super) new: Option<&'d str>,
    /// The old and the new node, or the node that replaces it.
    pub(super) at: NodePair<'d>,
    /// True if the replacement is known.
    pub(super) is_in_place: bool,
    pub(super) code: &'static str,
    pub(super) message: String,
}

fn schemas(document: &Document) -> BTreeMap<&str, Node<'_>> {
    let schemas = document.root().at(&["components", "schemas"]);
    schemas.into_iter().flat_map(Node::entries).collect()
}

/// Returns the component schemas that only one of two documents has. A removed and a new schema are
/// one if they are used in the same place or have the same content.
pub(super) fn moved<'d>(
    old: &'d Document,
    new: &'d Document,
    places: &Places<'d>,
) -> Vec<SchemaChange<'d>> {
    let (before, after) = (schemas(old), schemas(new));
    let mut gone: BTreeMap<_, _> = before.clone();
    gone.retain(|name, _| !after.contains_key(name));
    let mut come: BTreeMap<_, _> = after.clone();
    come.retain(|name, _| !before.contains_key(name));
    let mut all = Vec::new();
    for (was, is) in pairs(&gone, &come, places) {
        all.push(SchemaChange {
            old: Some(was),
            new: Some(is),
            at: (gone.remove(was), come.remove(is)),
            is_in_place: true,
            code: "schema-renamed",
            message: format!("the schema `{was}` was renamed to `{is}`"),
        });
    }
    let spot = |document: &'d Document| {
        let root = document.root();
        root.at(&["components", "schemas"]).unwrap_or(root)
    };
    for (name, node) in gone {
        let place = places.iter().find(|((was, _), _)| *was == Some(name));
        let message = match place {
            Some(((_, Some(is)), _)) => {
                format!("the schema `{name}` was replaced by `{is}`")
            }
            Some(_) => format!("the schema `{name}` was inlined"),
            None => format!("the schema `{name}` was removed"),
        };
        all.push(SchemaChange {
            old: Some(name),
            new: None,
            at: (
                Some(node),
                place.map(|(_, (_, is))| *is).or(Some(spot(new))),
            ),
            is_in_place: place.is_some(),
            code: "schema-removed",
            message,
        });
    }
    for (name, node) in come {
        let place = places.iter().find(|((_, is), _)| *is == Some(name));
        let message = match place {
            Some(((Some(was), _), _)) => {
                format!("the schema `{name}` was added in the place of `{was}`")
            }
            Some(_) => format!("the schema `{name}` was added for an inline schema"),
            None => format!("the schema `{name}` was added"),
        };
        all.push(SchemaChange {
            old: None,
            new: Some(name),
            at: (
                place.map(|(_, (was, _))| *was).or(Some(spot(old))),
                Some(node),
            ),
            is_in_place: place.is_some(),
            code: "schema-added",
            message,
        });
    }
    all
}

/// Pairs removed schemas with new ones: those with both the same place and content first.
fn pairs<'d>(
    gone: &BTreeMap<&'d str, Node<'d>>,
    come: &BTreeMap<&'d str, Node<'d>>,
    places: &Places<'d>,
) -> Vec<(&'d str, &'d str)> {
    let meanings = |all: &BTreeMap<&'d str, Node<'d>>| -> BTreeMap<&'d str, u64> {
        let meaning = |(name, node): (&&'d str, &Node<'d>)| (*name, fingerprint(*node));
        all.iter().map(meaning).collect()
    };
    let (was, is) = (meanings(gone), meanings(come));
    let mut candidates = Vec::new();
    for (one, meaning) in &was {
        for (other, meaning_now) in &is {
            let is_same = meaning == meaning_now;
            let is_there = places.contains_key(&(Some(*one), Some(*other)));
            if is_same || is_there {
                candidates.push((!(is_same && is_there), !is_there, *one, *other));
            }
        }
    }
    candidates.sort_unstable();
    let (mut ones, mut others) = (BTreeSet::new(), BTreeSet::new());
    candidates.retain(|(_, _, one, other)| {
        let is_free = !ones.contains(one) && !others.contains(other);
        if is_free {
            ones.insert(*one);
            others.insert(*other);
        }
        is_free
    });
    let pair = |(_, _, one, other)| (one, other);
    candidates.into_iter().map(pair).collect()
}
