//! References (`$ref`): following them in plain JSON, and resolving all of a document.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use serde_json::Value;

use crate::document::{Document, Node, NodeId};
use crate::error::Location;
use crate::pointer;

/// A reference that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// The reference points to another document or to an anchor.
    #[error(
        "`$ref: {0}` points out of the document; only references that begin with `#/` are followed"
    )]
    External(String),
    /// The document has no value at the pointer of the reference.
    #[error("`$ref: {0}` points to nothing in the document")]
    Missing(String),
    /// A chain of references comes back to itself.
    #[error("`$ref: {0}` refers to itself through other references")]
    Cyclic(String),
}

/// Returns the `$ref` of a value.
#[must_use]
pub fn reference(value: &Value) -> Option<&str> {
    value.get("$ref").and_then(Value::as_str)
}

/// Returns true if the value of this keyword is data rather than a description of data, so that a
/// `$ref` in it is not a reference.
#[must_use]
pub fn is_data_keyword(key: &str) -> bool {
    matches!(key, "example" | "examples" | "default" | "enum") || key.starts_with("x-")
}

/// Follows the references from a value of a document to the first value that is not a reference.
///
/// # Errors
///
/// A reference points out of the document, to nothing, or to itself.
pub fn resolve<'d>(document: &'d Value, value: &'d Value) -> Result<&'d Value, ReferenceError> {
    match reference(value) {
        None => Ok(value),
        Some(first) => follow_reference(document, first).map(|(_, value)| value),
    }
}

/// Follows the references from a pointer. Returns the value and its own pointer.
///
/// # Errors
///
/// Nothing is at the pointer, or as for [`resolve`].
pub fn follow<'d>(
    document: &'d Value,
    pointer: &str,
) -> Result<(String, &'d Value), ReferenceError> {
    let missing = || ReferenceError::Missing(format!("#{pointer}"));
    let value = document.pointer(pointer).ok_or_else(missing)?;
    match reference(value) {
        None => Ok((pointer.to_owned(), value)),
        Some(first) => follow_reference(document, first),
    }
}

fn follow_reference<'d>(
    document: &'d Value,
    first: &'d str,
) -> Result<(String, &'d Value), ReferenceError> {
    let mut seen = BTreeSet::new();
    let mut next = first;
    loop {
        if !seen.insert(next) {
            return Err(ReferenceError::Cyclic(next.to_owned()));
        }
        let pointer = pointer::from_reference(next)
            .ok_or_else(|| ReferenceError::External(next.to_owned()))?;
        let value = document
            .pointer(&pointer)
            .ok_or_else(|| ReferenceError::Missing(next.to_owned()))?;
        match reference(value) {
            None => return Ok((pointer.into_owned(), value)),
            Some(reference) => next = reference,
        }
    }
}

/// Returns the names of the component schemas that are reachable from a value by references.
#[must_use]
pub fn reachable_schemas(document: &Value, value: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut queue = vec![value];
    while let Some(value) = queue.pop() {
        match value {
            Value::Object(map) => {
                if let Some(target) = reference(value).and_then(pointer::from_reference) {
                    let is_new = match target.strip_prefix("/components/schemas/") {
                        Some(name) => names.insert(name.to_owned()),
                        // Responses and parameters are components too; they have no cycles.
                        None => true,
                    };
                    queue.extend(is_new.then(|| document.pointer(&target)).flatten());
                } else {
                    queue.extend(map.values());
                }
            }
            Value::Array(items) => queue.extend(items),
            _ => {}
        }
    }
    names
}

/// Keys whose entries have names that the author of the document chose, so none is a keyword.
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

/// Follows every reference of a document. Returns the final target of each value with a `$ref`.
pub(crate) fn targets(
    document: &Document,
) -> Result<HashMap<NodeId, NodeId>, (Location, ReferenceError)> {
    let mut targets = HashMap::new();
    let mut queue = VecDeque::from([(document.root(), false)]);
    while let Some((node, has_names)) = queue.pop_front() {
        if !has_names && target(node).is_some() {
            follow_node(document, node, &mut targets)?;
            continue;
        }
        for (key, child) in node.entries() {
            if has_names || !is_data_keyword(key) {
                queue.push_back((child, !has_names && NAMED.contains(&key)));
            }
        }
        queue.extend(node.items().map(|item| (item, false)));
    }
    Ok(targets)
}

fn target(node: Node<'_>) -> Option<&str> {
    node.get("$ref").and_then(Node::as_str)
}

/// Follows one reference, and notes the target of all that it passes: no chain is walked twice.
fn follow_node<'d>(
    document: &'d Document,
    from: Node<'d>,
    targets: &mut HashMap<NodeId, NodeId>,
) -> Result<(), (Location, ReferenceError)> {
    let mut at = from;
    let mut passed = HashSet::new();
    let end = loop {
        if let Some(end) = targets.get(&at.id()) {
            break *end;
        }
        let Some(reference) = target(at) else {
            break at.id();
        };
        let error = |error: fn(String) -> ReferenceError| {
            let location = at.get("$ref").unwrap_or(at).location();
            (location, error(reference.to_owned()))
        };
        if !passed.insert(at.id()) {
            return Err(error(ReferenceError::Cyclic));
        }
        let pointer =
            pointer::from_reference(reference).ok_or_else(|| error(ReferenceError::External))?;
        at = document
            .at(&pointer)
            .ok_or_else(|| error(ReferenceError::Missing))?;
    };
    targets.extend(passed.into_iter().map(|id| (id, end)));
    Ok(())
}

/// Checks that no schema contains itself through nothing but `allOf`, `anyOf`, `oneOf` and `not`:
/// validating by such a schema would not end.
pub(crate) fn check_recursion(document: &Document) -> Result<(), (Location, String)> {
    // For each visited schema, whether all of its parts were visited.
    let mut is_done: BTreeMap<NodeId, bool> = BTreeMap::new();
    for schema in document.nodes() {
        let mut path = vec![(schema, parts(schema))];
        while let Some((schema, parts)) = path.last_mut() {
            let schema = *schema;
            is_done.entry(schema.id()).or_insert(false);
            let Some(part) = parts.pop() else {
                is_done.insert(schema.id(), true);
                path.pop();
                continue;
            };
            let end = part.resolve();
            match is_done.get(&end.id()) {
                Some(true) => {}
                None => path.push((end, self::parts(end))),
                Some(false) => {
                    let location = part.get("$ref").unwrap_or(part).location();
                    let target = target(part).unwrap_or_default();
                    let message =
                        format!("`$ref: {target}` refers to a schema that contains this reference");
                    return Err((location, message));
                }
            }
        }
    }
    Ok(())
}

/// Returns the schemas that apply to the same value as this one.
fn parts(schema: Node<'_>) -> Vec<Node<'_>> {
    let lists = ["allOf", "anyOf", "oneOf"]
        .into_iter()
        .filter_map(|key| schema.get(key))
        .flat_map(Node::items);
    lists.chain(schema.get("not")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_chain_ends_at_the_value_and_its_own_pointer() {
        let document = json!({"a": {"$ref": "#/b"}, "b": {"$ref": "#/c~1d"}, "c/d": 7});
        assert_eq!(follow(&document, "/a"), Ok(("/c~1d".to_owned(), &json!(7))));
        assert_eq!(resolve(&document, &document["b"]), Ok(&json!(7)));
        assert_eq!(resolve(&document, &document["c/d"]), Ok(&json!(7)));
    }

    #[test]
    fn a_reference_without_a_target_names_its_fault() {
        let document = json!({
            "loop": {"$ref": "#/loop"},
            "gone": {"$ref": "#/nowhere"},
            "far": {"$ref": "other.yaml#/x"},
        });
        let error = |pointer| follow(&document, pointer).unwrap_err();
        assert_eq!(error("/loop"), ReferenceError::Cyclic("#/loop".into()));
        assert_eq!(error("/gone"), ReferenceError::Missing("#/nowhere".into()));
        assert_eq!(error("/none"), ReferenceError::Missing("#/none".into()));
        assert_eq!(
            error("/far"),
            ReferenceError::External("other.yaml#/x".into())
        );
    }

    #[test]
    fn reachable_schemas_include_those_behind_responses_and_cycles() {
        let document = json!({
            "use": {"$ref": "#/components/responses/R"},
            "components": {
                "responses": {"R": {"schema": {"$ref": "#/components/schemas/A"}}},
                "schemas": {
                    "A": {"items": {"$ref": "#/components/schemas/A"}},
                    "B": {},
                },
            },
        });
        let names = reachable_schemas(&document, &document["use"]);
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["A"]);
    }
}
