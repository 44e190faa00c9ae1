//! JSON pointers: escaping, and resolving with `$ref`.

use std::borrow::Cow;

use serde_json::Value;

/// Escapes one segment by RFC 6901: `~` becomes `~0`, `/` becomes `~1`.
pub fn escape(segment: &str) -> Cow<'_, str> {
    if segment.contains(['~', '/']) {
        Cow::Owned(segment.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(segment)
    }
}

/// Appends a segment, escaped, to `pointer`.
pub fn join(pointer: &str, segment: &str) -> String {
    format!("{pointer}/{}", escape(segment))
}

/// The reason why a `$ref` does not resolve.
#[derive(Debug, PartialEq, Eq)]
pub enum RefError {
    /// The reference is to another document.
    Foreign(String),
    /// The document has no value at the pointer.
    Missing(String),
    /// The chain of references is a cycle.
    Cyclic(String),
}

impl std::fmt::Display for RefError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Foreign(to) => write!(
                f,
                "`$ref: {to}` is not in this document; it must begin with `#/`"
            ),
            Self::Missing(to) => write!(f, "`$ref: {to}` does not resolve"),
            Self::Cyclic(to) => write!(f, "`$ref: {to}` is a cycle"),
        }
    }
}

/// Resolves `pointer` (without `#`) and every `$ref`; returns the value and its own pointer.
///
/// # Errors
///
/// The pointer or a `$ref` does not resolve.
pub fn resolve<'d>(document: &'d Value, pointer: &str) -> Result<(String, &'d Value), RefError> {
    let mut at = pointer.to_owned();
    let mut seen = Vec::new();
    loop {
        let value = document
            .pointer(&at)
            .ok_or_else(|| RefError::Missing(format!("#{at}")))?;
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
            return Ok((at, value));
        };
        let target = reference
            .strip_prefix('#')
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))
            .ok_or_else(|| RefError::Foreign(reference.to_owned()))?;
        if seen.iter().any(|passed| passed == target) {
            return Err(RefError::Cyclic(reference.to_owned()));
        }
        seen.push(target.to_owned());
        target.clone_into(&mut at);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn chain_of_references_resolves_to_the_value() {
        let document = json!({"a": {"$ref": "#/b"}, "b": {"$ref": "#/c~1d"}, "c/d": 7});
        assert_eq!(
            resolve(&document, "/a"),
            Ok(("/c~1d".to_owned(), &json!(7)))
        );
    }

    #[test]
    fn unresolved_reference_has_a_reason() {
        let document = json!({
            "loop": {"$ref": "#/loop"},
            "gone": {"$ref": "#/nowhere"},
            "far": {"$ref": "other.yaml#/x"},
        });
        let error = |at| resolve(&document, at).unwrap_err();
        assert_eq!(error("/loop"), RefError::Cyclic("#/loop".to_owned()));
        assert_eq!(error("/gone"), RefError::Missing("#/nowhere".to_owned()));
        assert_eq!(error("/far"), RefError::Foreign("other.yaml#/x".to_owned()));
    }

    #[test]
    fn join_escapes_slash_and_tilde() {
        assert_eq!(join("/paths", "/v1/a~b"), "/paths/~1v1~1a~0b");
    }
}
