//! JSON pointers (RFC 6901): joining, escaping, and the form they have in a `$ref`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// Escapes one token: `~` becomes `~0` and `/` becomes `~1`.
#[must_use]
pub fn escape(token: &str) -> Cow<'_, str> {
    if token.contains(['~', '/']) {
        Cow::Owned(token.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(token)
    }
}

/// Reverses [`escape`].
#[must_use]
pub fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') {
        Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(token)
    }
}

/// Appends a token, which is escaped, to a pointer.
#[must_use]
pub fn join(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", escape(token))
}

/// Returns the unescaped tokens of a pointer. The empty pointer, which names the root, has none.
///
/// Returns `None` if the text is not a pointer: it is not empty and does not begin with a slash.
pub fn tokens(pointer: &str) -> Option<impl Iterator<Item = Cow<'_, str>>> {
    let mut tokens = pointer.split('/');
    tokens.next().filter(|before| before.is_empty())?;
    Some(tokens.map(unescape))
}

/// Splits a pointer into the pointer of the parent and the last token, still escaped.
///
/// Returns `None` for the root.
#[must_use]
pub fn split_last(pointer: &str) -> Option<(&str, &str)> {
    pointer.rsplit_once('/')
}

/// Returns the last token of a pointer or reference, still escaped: the name of a component.
#[must_use]
pub fn last(pointer: &str) -> &str {
    split_last(pointer).map_or(pointer, |(_, last)| last)
}

/// Returns the pointer of a reference into the same document, with percent-encoding removed:
/// `/components/schemas/Task` for `#/components/schemas/Task`.
///
/// Returns `None` for a reference to another document or to an anchor.
#[must_use]
pub fn from_reference(reference: &str) -> Option<Cow<'_, str>> {
    let pointer = reference.strip_prefix('#')?;
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return None;
    }
    percent_decode_str(pointer).decode_utf8().ok()
}

/// Returns the entries of the mapping at a pointer; empty if it is not a mapping.
pub fn entries<'v>(
    value: &'v Value,
    pointer: &str,
) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value
        .pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// Returns the items of the list at a pointer; empty if it is not a list.
#[must_use]
pub fn items<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Returns the shortest pointers of all places at which two values differ.
#[must_use]
pub fn differences(left: &Value, right: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect_differences(left, right, String::new(), &mut found);
    found
}

fn collect_differences(left: &Value, right: &Value, at: String, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            collect_entry_differences(left, right, &at, found);
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                collect_differences(left, right, format!("{at}/{index}"), found);
            }
        }
        _ if left == right => {}
        _ => found.push(at),
    }
}

fn collect_entry_differences(
    left: &Map<String, Value>,
    right: &Map<String, Value>,
    at: &str,
    found: &mut Vec<String>,
) {
    for (key, value) in left {
        match right.get(key) {
            Some(other) => collect_differences(value, other, join(at, key), found),
            None => found.push(join(at, key)),
        }
    }
    let added = right.keys().filter(|key| !left.contains_key(*key));
    found.extend(added.map(|key| join(at, key)));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn slashes_and_tildes_are_escaped_both_ways() {
        assert_eq!(join("/paths", "/v1/a~b"), "/paths/~1v1~1a~0b");
        let tokens: Vec<_> = tokens("/paths/~1v1~1a~0b").unwrap().collect();
        assert_eq!(tokens, ["paths", "/v1/a~b"]);
        // `~01` is an escaped tilde before a one, not a slash.
        assert_eq!(unescape("~01"), "~1");
        assert_eq!(super::tokens("").unwrap().count(), 0);
        assert!(super::tokens("paths").is_none());
    }

    #[test]
    fn only_references_into_the_document_have_a_pointer() {
        let pointer = |reference| from_reference(reference).map(Cow::into_owned);
        assert_eq!(pointer("#/a/b").as_deref(), Some("/a/b"));
        assert_eq!(pointer("#/a%20b~1c").as_deref(), Some("/a b~1c"));
        assert_eq!(pointer("#").as_deref(), Some(""));
        assert_eq!(pointer("#anchor"), None);
        assert_eq!(pointer("other.yaml#/a"), None);
    }

    #[test]
    fn differences_are_named_by_their_shortest_pointers() {
        let left = json!({"a": {"b": 1, "c": [1, 2]}, "d": [1], "same": 1});
        let right = json!({"a": {"b": 2, "c": [1, 3], "e/f": 0}, "d": [1, 2], "same": 1});
        assert_eq!(
            differences(&left, &right),
            ["/a/b", "/a/c/1", "/a/e~1f", "/d"]
        );
    }
}
