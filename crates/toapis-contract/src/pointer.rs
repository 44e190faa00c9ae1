//! JSON pointers: escaping, resolving, and following `$ref` inside one document.

use std::borrow::Cow;

use serde_json::Value;

/// Escapes one segment as RFC 6901 asks: `~` becomes `~0`, `/` becomes `~1`.
pub(crate) fn escape(segment: &str) -> Cow<'_, str> {
    if segment.contains(['~', '/']) {
        Cow::Owned(segment.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(segment)
    }
}

/// `pointer` with one more segment, which is escaped.
pub(crate) fn join(pointer: &str, segment: &str) -> String {
    format!("{pointer}/{}", escape(segment))
}

/// Why a chain of `$ref` leads nowhere.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RefFault {
    /// The reference leaves the document, so nothing here can follow it.
    Foreign(String),
    /// Nothing stands at the place it names.
    Missing(String),
    /// It comes back to itself without ever reaching a value.
    Cyclic(String),
}

impl std::fmt::Display for RefFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Foreign(to) => write!(
                f,
                "`$ref: {to}` leaves the document; only references that begin with `#/` are followed"
            ),
            Self::Missing(to) => write!(f, "`$ref: {to}` points at nothing in the document"),
            Self::Cyclic(to) => write!(f, "`$ref: {to}` comes back to itself"),
        }
    }
}

/// The value at `pointer` after all `$ref` are followed, with the pointer it really stands at.
///
/// `pointer` is without the leading `#`.
pub(crate) fn follow<'d>(
    document: &'d Value,
    pointer: &str,
) -> Result<(String, &'d Value), RefFault> {
    let mut at = pointer.to_owned();
    let mut seen = Vec::new();
    loop {
        let value = document
            .pointer(&at)
            .ok_or_else(|| RefFault::Missing(format!("#{at}")))?;
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
            return Ok((at, value));
        };
        let target = reference
            .strip_prefix('#')
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))
            .ok_or_else(|| RefFault::Foreign(reference.to_owned()))?;
        if seen.iter().any(|passed| passed == target) {
            return Err(RefFault::Cyclic(reference.to_owned()));
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
    fn a_chain_of_references_ends_at_the_value_and_at_its_own_place() {
        let document = json!({"a": {"$ref": "#/b"}, "b": {"$ref": "#/c~1d"}, "c/d": 7});
        assert_eq!(follow(&document, "/a"), Ok(("/c~1d".to_owned(), &json!(7))));
    }

    #[test]
    fn a_reference_that_leads_nowhere_says_why() {
        let document = json!({
            "loop": {"$ref": "#/loop"},
            "gone": {"$ref": "#/nowhere"},
            "far": {"$ref": "other.yaml#/x"},
        });
        let fault = |at| follow(&document, at).unwrap_err();
        assert_eq!(fault("/loop"), RefFault::Cyclic("#/loop".to_owned()));
        assert_eq!(fault("/gone"), RefFault::Missing("#/nowhere".to_owned()));
        assert_eq!(fault("/far"), RefFault::Foreign("other.yaml#/x".to_owned()));
    }

    #[test]
    fn a_segment_with_a_slash_or_a_tilde_is_escaped() {
        assert_eq!(join("/paths", "/v1/a~b"), "/paths/~1v1~1a~0b");
    }
}
