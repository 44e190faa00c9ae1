//! Where every `$ref` of a document ends.

use std::collections::{HashMap, VecDeque};

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
        if !names && node.get("$ref").is_some_and(|to| to.as_str().is_some()) {
            targets.insert(node.id(), follow(document, node)?.id());
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

/// Is what stands behind this keyword data, and no description of data?
fn is_data(key: &str) -> bool {
    matches!(key, "example" | "examples" | "default" | "enum") || key.starts_with("x-")
}

fn follow<'d>(document: &'d Document, from: Node<'d>) -> Result<Node<'d>, (Place, String)> {
    let mut at = from;
    let mut passed = Vec::new();
    while let Some(reference) = at.get("$ref") {
        let Some(target) = reference.as_str() else {
            break;
        };
        let refuse = |why: &str| Err((reference.place(), format!("`$ref: {target}` {why}")));
        if passed.contains(&at.id()) {
            return refuse("leads in a circle: it never comes to a value");
        }
        passed.push(at.id());
        let Some(pointer) = target.strip_prefix('#') else {
            return refuse(
                "leads out of the document; only references that begin with `#/` are followed",
            );
        };
        match document.at(pointer) {
            Some(next) => at = next,
            None => return refuse("leads nowhere: nothing stands there"),
        }
    }
    Ok(at)
}
