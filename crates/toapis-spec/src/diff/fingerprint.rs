//! Recognizes schemas with the same content, to pair the branches of a choice.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher};

use toapis_openapi::Node;

/// The depth to which content is hashed. Differences below it are found by the comparison of the
/// pair.
const DEPTH: u8 = 6;

/// Keywords that limit nothing.
const ANNOTATIONS: [&str; 7] = [
    "x-source",
    "description",
    "example",
    "examples",
    "externalDocs",
    "title",
    "summary",
];

/// Returns a hash of the content, with `$ref` followed.
pub(super) fn fingerprint(node: Node<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    add(node, DEPTH, false, &mut hasher);
    hasher.finish()
}

/// Returns true for keywords that describe a schema and limit nothing.
pub(super) fn is_annotation(keyword: &str) -> bool {
    ANNOTATIONS.contains(&keyword)
}

fn add(node: Node<'_>, depth: u8, names: bool, hasher: &mut DefaultHasher) {
    let node = if names { node } else { node.resolve() };
    if depth == 0 {
        return;
    }
    if node.is_map() {
        for (key, child) in node.entries() {
            if names || !is_annotation(key) {
                key.hash(hasher);
                add(child, depth - 1, !names && key == "properties", hasher);
            }
        }
    } else if node.is_list() {
        for item in node.items() {
            add(item, depth - 1, false, hasher);
        }
    } else {
        node.to_value().to_string().hash(hasher);
    }
    // Separates a value from the one that follows it.
    0xff_u8.hash(hasher);
}
