//! Removes credentials from text that is shown, logged or recorded.

use std::borrow::Cow;

/// Longest excerpt of a value in a message, in characters.
const MAX_EXCERPT_CHARS: usize = 120;

/// The replacement of a credential.
pub const REDACTED: &str = "***";

/// Replaces everything that looks like a credential: the text after `sk-` and after `Bearer `.
///
/// ```
/// use toapis_contract::redact;
/// assert_eq!(redact("Authorization: Bearer sk-abcdef123"), "Authorization: Bearer ***");
/// assert_eq!(redact(r#"{"key":"sk-abcdef123"}"#), r#"{"key":"sk-***"}"#);
/// assert_eq!(redact("a task-list of bearers"), "a task-list of bearers");
/// ```
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut redacted: Option<String> = None;
    let mut rest = text;
    while let Some((keep, skip)) = next_secret(rest) {
        let out = redacted.get_or_insert_with(String::new);
        out.push_str(&rest[..keep]);
        out.push_str(REDACTED);
        rest = &rest[keep + skip..];
    }
    match redacted {
        None => Cow::Borrowed(text),
        Some(mut out) => {
            out.push_str(rest);
            Cow::Owned(out)
        }
    }
}

/// Returns `text`, redacted and cut to 120 characters, with an ellipsis if it was cut.
#[must_use]
pub fn excerpt(text: &str) -> String {
    let text = redact(text);
    match text.char_indices().nth(MAX_EXCERPT_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// Returns true if the values of a header are always credentials.
#[must_use]
pub fn is_secret_header(name: &str) -> bool {
    [
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "x-goog-api-key",
    ]
    .iter()
    .any(|secret| name.eq_ignore_ascii_case(secret))
}

/// Redacts a header's value; keeps the scheme of an `Authorization` header.
#[must_use]
pub fn redact_header<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    if !is_secret_header(name) {
        return redact(value);
    }
    match value.split_once(' ') {
        Some((scheme, _)) if name.to_ascii_lowercase().ends_with("authorization") => {
            Cow::Owned(format!("{scheme} {REDACTED}"))
        }
        _ => Cow::Borrowed(REDACTED),
    }
}

/// Returns start and length of the first credential in `text`.
fn next_secret(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        let from = if starts_word(bytes, at) && prefix(&bytes[at..], b"sk-") {
            at + 3
        } else if starts_word(bytes, at) && prefix(&bytes[at..], b"bearer ") {
            at + 7
        } else {
            continue;
        };
        let length = bytes[from..]
            .iter()
            .take_while(|byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'+' | b'=')
            })
            .count();
        // A shorter one is a word: `sk-1` in a sentence, `bearer of`.
        if length >= 4 {
            return Some((from, length));
        }
    }
    None
}

fn prefix(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes
        .get(..wanted.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(wanted))
}

fn starts_word(bytes: &[u8], at: usize) -> bool {
    at == 0 || !bytes[at - 1].is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn redact_header_keeps_the_authorization_scheme() {
        assert_eq!(redact_header("Authorization", "Bearer abc"), "Bearer ***");
        assert_eq!(redact_header("authorization", "abcdef"), "***");
        assert_eq!(redact_header("cookie", "a=b c=d"), "***");
        assert_eq!(redact_header("accept", "image/png"), "image/png");
    }

    #[test]
    fn excerpt_is_cut_between_characters() {
        let cut = excerpt(&"猫".repeat(200));
        assert_eq!(cut.chars().count(), MAX_EXCERPT_CHARS + 1);
        assert!(cut.ends_with('…'));
    }

    proptest! {
        #[test]
        fn key_is_redacted_at_any_position(before in ".{0,20}[^a-zA-Z0-9]", key in "[a-zA-Z0-9]{8,48}", after in "[^a-zA-Z0-9].{0,20}") {
            let text = format!("{before}sk-{key}{after}");
            prop_assert!(!redact(&text).contains(&key));
        }
    }
}
