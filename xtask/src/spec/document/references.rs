//! Where every `$ref` of a document ends.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::node::{Node, Place};
use super::tree::{Document, NodeId};

/// Keys whose entries are named by the author of the contract, so that no name among them is a keyword.
const NAMED: [&str; 15] = [
    "callbacks",
    "content",
    "encoding",
    "headers",
    "links",
    "mapping",
    "parameters",
    "paths",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "scopes",
    "securitySchemes",
    "variables",
];

/// Follows every `$ref` to the first value that is none.
pub(super) fn targets(document: &Document) -> Result<HashMap<NodeId, NodeId>, (Place, String)> {
    let mut targets = HashMap::new();
    let mut queue = VecDeque::from([(document.root(), false)]);
    while let Some((node, names)) = queue.pop_front() {
        if !names && target(node).is_some() {
            follow(document, node, &mut targets)?;
            continue;
        }
        for (key, child) in node.entries() {
            if names || !is_data(key) {
                queue.push_back((child, !names && NAMED.contains(&key)));
            }
        }
        queue.extend(node.items().map(|item| (item, false)));
    }
    Ok(targets)
}

/// The `$ref` of a value.
fn target(node: Node<'_>) -> Option<&str> {
    node.get("$ref").and_then(Node::as_str)
}

/// Is what stands behind this keyword data, and no description of data?
fn is_data(key: &str) -> bool {
    matches!(key, "example" | "examples" | "default" | "enum") || key.starts_with("x-")
}

/// Follows one, and notes the end of all that it passes, so that no chain is walked twice.
fn follow<'d>(
    document: &'d Document,
    from: Node<'d>,
    targets: &mut HashMap<NodeId, NodeId>,
) -> Result<(), (Place, String)> {
    let mut at = from;
    let mut passed = HashSet::new();
    let end = loop {
        if let Some(end) = targets.get(&at.id()) {
            break *end;
        }
        let Some(reference) = target(at) else {
            break at.id();
        };
        let refuse = |why: &str| {
            let place = at.get("$ref").unwrap_or(at).place();
            Err((place, format!("`$ref: {reference}` {why}")))
        };
        if !passed.insert(at.id()) {
            return refuse("leads in a circle: it never comes to a value");
        }
        let Some(pointer) = reference.strip_prefix('#') else {
            return refuse(
                "leads out of the document; only references that begin with `#/` are followed",
            );
        };
        match document.at(pointer) {
            Some(next) => at = next,
            None => return refuse("leads nowhere: nothing stands there"),
        }
    };
    targets.extend(passed.into_iter().map(|id| (id, end)));
    Ok(())
}

/// Finds a schema that is itself by nothing but `allOf`, `anyOf`, `oneOf` or `not`: no value is ever looked at, and whoever
/// follows it comes to no end.
pub(super) fn endless(document: &Document) -> Result<(), (Place, String)> {
    // Of each schema that was begun, whether it was also left.
    let mut is_left: BTreeMap<NodeId, bool> = BTreeMap::new();
    for schema in document.nodes() {
        let mut path = vec![(schema, parts(schema))];
        while let Some((schema, parts)) = path.last_mut() {
            let schema = *schema;
            is_left.entry(schema.id()).or_insert(false);
            let Some(part) = parts.pop() else {
                is_left.insert(schema.id(), true);
                path.pop();
                continue;
            };
            let end = part.resolve();
            match is_left.get(&end.id()) {
                Some(true) => {}
                None => path.push((end, self::parts(end))),
                Some(false) => {
                    let place = part.get("$ref").unwrap_or(part).place();
                    let what = target(part).unwrap_or_default();
                    return Err((
                        place,
                        format!(
                            "`$ref: {what}` leads in a circle: this is a part of what it refers to"
                        ),
                    ));
                }
            }
        }
    }
    Ok(())
}

/// The schemas that a value must or may fit where it fits this one, none of which looks into the value first.
fn parts(schema: Node<'_>) -> Vec<Node<'_>> {
    let lists = ["allOf", "anyOf", "oneOf"]
        .into_iter()
        .filter_map(|key| schema.get(key))
        .flat_map(Node::items);
    lists.chain(schema.get("not")).collect()
}
