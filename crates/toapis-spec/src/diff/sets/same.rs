//! Compares schemas literally.

use std::collections::HashSet;

use toapis_openapi::Node;

use super::conjunct::{Key, key};
use crate::diff::fingerprint::is_annotation;

/// Returns true if two schemas have the same keywords, references followed. `visited` holds the
/// pairs of nodes on the way, so that schemas that contain themselves end.
pub(super) fn same(one: Node<'_>, other: Node<'_>, visited: &mut HashSet<(Key, Key)>) -> bool {
    is_same(one, other, false, visited)
}

/// The keys of `properties` are names, not keywords.
fn is_same(
    one: Node<'_>,
    other: Node<'_>,
    are_names: bool,
    visited: &mut HashSet<(Key, Key)>,
) -> bool {
    let (one, other) = if are_names {
        (one, other)
    } else {
        (one.resolve(), other.resolve())
    };
    if one.is_map() && !are_names && !visited.insert((key(one), key(other))) {
        return true;
    }
    if one.is_map() && other.is_map() {
        let entries =
            |node| Node::entries(node).filter(move |(name, _)| are_names || !is_annotation(name));
        let mut pairs = entries(one).zip(entries(other));
        return entries(one).count() == entries(other).count()
            && pairs.all(|((name, left), (other_name, right))| {
                name == other_name
                    && is_same(left, right, !are_names && name == "properties", visited)
            });
    }
    if one.is_list() && other.is_list() {
        return one.items().count() == other.items().count()
            && one
                .items()
                .zip(other.items())
                .all(|(left, right)| is_same(left, right, false, visited));
    }
    !one.is_map() && !one.is_list() && one.to_value() == other.to_value()
}
