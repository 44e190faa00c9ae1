//! Keeps keys out of whatever is shown, logged or recorded.

use std::borrow::Cow;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// `text` with everything that looks like a key replaced: what follows `sk-`, and what follows `Bearer `.
///
/// ```
/// use toapis_contract::mask;
/// assert_eq!(mask("Authorization: Bearer sk-abcdef123"), "Authorization: Bearer ***");
/// assert_eq!(mask(r#"{"key":"sk-abcdef123"}"#), r#"{"key":"sk-***"}"#);
/// assert_eq!(mask("a task-list of bearers"), "a task-list of bearers");
/// ```
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut masked: Option<String> = None;
    let mut rest = text;
    while let Some((keep, skip)) = next_secret(rest) {
        let out = masked.get_or_insert_with(String::new);
        out.push_str(&rest[..keep]);
        out.push_str(MASK);
        rest = &rest[keep + skip..];
    }
    match masked {
        None => Cow::Borrowed(text),
        Some(mut out) => {
            out.push_str(rest);
            Cow::Owned(out)
        }
    }
}

/// Whether a header's value is a secret by its name, whatever it looks like.
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

/// A header's value as it may be shown: the scheme of an `Authorization` stays, its credential does not.
#[must_use]
pub fn mask_header<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    if !is_secret_header(name) {
        return mask(value);
    }
    match value.split_once(' ') {
        Some((scheme, _)) if name.to_ascii_lowercase().ends_with("authorization") => {
            Cow::Owned(format!("{scheme} {MASK}"))
        }
        _ => Cow::Borrowed(MASK),
    }
}

/// Where the first secret of `text` begins, and how long it is.
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
        // Shorter than this is a word, not a key: `sk-1` in a sentence, `bearer of`.
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
    fn the_scheme_of_an_authorization_stays_and_its_credential_goes() {
        assert_eq!(mask_header("Authorization", "Bearer abc"), "Bearer ***");
        assert_eq!(mask_header("authorization", "abcdef"), "***");
        assert_eq!(mask_header("cookie", "a=b c=d"), "***");
        assert_eq!(mask_header("accept", "image/png"), "image/png");
    }

    proptest! {
        #[test]
        fn no_key_survives_wherever_it_stands(before in ".{0,20}[^a-zA-Z0-9]", key in "[a-zA-Z0-9]{8,48}", after in "[^a-zA-Z0-9].{0,20}") {
            let text = format!("{before}sk-{key}{after}");
            prop_assert!(!mask(&text).contains(&key));
        }
    }
}
