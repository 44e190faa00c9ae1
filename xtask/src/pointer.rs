//! JSON pointers (RFC 6901): the names of places in the contract.

use serde_json::Value;

/// `base` with one more step, escaped.
#[must_use]
pub fn join(base: &str, step: &str) -> String {
    format!("{base}/{}", step.replace('~', "~0").replace('/', "~1"))
}

/// The pointer of a local reference: `/components/schemas/Task` for `#/components/schemas/Task`.
#[must_use]
pub fn of_reference(reference: &str) -> Option<&str> {
    reference.strip_prefix('#')
}

/// The last step of a pointer or reference, for a component its name.
#[must_use]
pub fn last(pointer: &str) -> &str {
    pointer.rsplit('/').next().unwrap_or(pointer)
}

/// Every place where the two values differ, as the shortest pointers that tell it.
#[must_use]
pub fn differences(left: &Value, right: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(left, right, String::new(), &mut found);
    found
}

fn collect(left: &Value, right: &Value, at: String, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(other) => collect(value, other, join(&at, key), found),
                    None => found.push(join(&at, key)),
                }
            }
            found.extend(
                b.keys()
                    .filter(|key| !a.contains_key(*key))
                    .map(|key| join(&at, key)),
            );
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (value, other)) in a.iter().zip(b).enumerate() {
                collect(value, other, join(&at, &index.to_string()), found);
            }
        }
        _ if left == right => {}
        _ => found.push(at),
    }
}
