//! Repairs JSON that `serde_json` would reject, so that a damaged response costs no paid task.

use std::borrow::Cow;
use std::ops::Range;

/// The deepest nesting that is kept. `serde_json` rejects documents deeper than 128.
const MAX_DEPTH: usize = 100;
/// The longest integer that is kept as a number. A longer one, such as an id, would lose digits.
const MAX_DIGITS: usize = 19;

/// Repairs what servers and gateways get wrong in JSON objects and arrays.
///
/// - `NaN`, `Infinity`, `undefined` and numbers out of range become `null`.
/// - Integers of more than [`MAX_DIGITS`] digits become strings.
/// - Values nested deeper than [`MAX_DEPTH`] become `null`.
/// - Raw control characters and lone surrogates in strings become U+FFFD.
/// - Bytes after the end of the document are removed.
pub(crate) fn repair_json(text: &str) -> Cow<'_, str> {
    let mut repair = Repair {
        text,
        repaired: String::new(),
        copied: 0,
    };
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        at = match bytes[at] {
            b'"' => repair.string(at),
            b'{' | b'[' if depth == MAX_DEPTH => {
                let end = end_of_value(bytes, at);
                repair.replace(at..end, "null");
                end
            }
            b'{' | b'[' => {
                depth += 1;
                at + 1
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    if !text[at + 1..].trim().is_empty() {
                        repair.replace(at + 1..bytes.len(), "");
                    }
                    break;
                }
                at + 1
            }
            b'-' | b'+' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => repair.scalar(at),
            _ => at + 1,
        };
    }
    repair.finish()
}

/// A text that is copied on the first replacement.
struct Repair<'t> {
    text: &'t str,
    repaired: String,
    /// How much of `text` is in `repaired`.
    copied: usize,
}

impl<'t> Repair<'t> {
    fn replace(&mut self, range: Range<usize>, replacement: &str) {
        self.repaired.push_str(&self.text[self.copied..range.start]);
        self.repaired.push_str(replacement);
        self.copied = range.end;
    }

    fn finish(mut self) -> Cow<'t, str> {
        if self.copied == 0 {
            return Cow::Borrowed(self.text);
        }
        self.repaired.push_str(&self.text[self.copied..]);
        Cow::Owned(self.repaired)
    }

    /// Repairs the string that starts at `start` and returns the index after it.
    fn string(&mut self, start: usize) -> usize {
        const REPLACEMENT: &str = "\u{fffd}";
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        while at < bytes.len() {
            match bytes[at] {
                b'"' => return at + 1,
                b'\\' => match (self.surrogate(at), self.surrogate(at + 6)) {
                    (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => at += 12,
                    (Some(_), _) => {
                        self.replace(at..at + 6, REPLACEMENT);
                        at += 6;
                    }
                    (None, _) => at += 2,
                },
                0..0x20 => {
                    self.replace(at..at + 1, REPLACEMENT);
                    at += 1;
                }
                _ => at += 1,
            }
        }
        bytes.len()
    }

    /// Returns the surrogate that is escaped at `at` by `\u` and four digits, if any.
    fn surrogate(&self, at: usize) -> Option<u16> {
        let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
        let code = u16::from_str_radix(digits, 16).ok()?;
        (0xd800..=0xdfff).contains(&code).then_some(code)
    }

    /// Repairs the number or word that starts at `start` and returns the index after it.
    fn scalar(&mut self, start: usize) -> usize {
        let rest = &self.text[start..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let token = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        let end = start + token.len();
        let digits = token.trim_start_matches('-');
        match token.trim_start_matches(['-', '+']) {
            "NaN" | "nan" | "Infinity" | "inf" | "Inf" | "undefined" | "None" => {
                self.replace(start..end, "null");
            }
            "True" => self.replace(start..end, "true"),
            "False" => self.replace(start..end, "false"),
            _ if digits.len() > MAX_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.replace(start..end, &format!("\"{token}\""));
            }
            _ if token.parse().is_ok_and(f64::is_infinite) => self.replace(start..end, "null"),
            _ => {}
        }
        end
    }
}

/// Returns the index after the object or array that starts at `start`.
fn end_of_value(bytes: &[u8], start: usize) -> usize {
    let (mut depth, mut at, mut in_string) = (0_usize, start, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::*;

    #[test_case(r#"{"id":"t","a":NaN,"b":[-Infinity,1]}"#, r#"{"id":"t","a":null,"b":[null,1]}"#; "not a number")]
    #[test_case(r#"{"a":1e999,"b":-1E+999,"c":1e300}"#, r#"{"a":null,"b":null,"c":1e300}"#; "out of range")]
    #[test_case(r#"{"id":12345678901234567890123}"#, r#"{"id":"12345678901234567890123"}"#; "long integer")]
    #[test_case(r#"{"a":True,"b":None,"c":undefined}"#, r#"{"a":true,"b":null,"c":null}"#; "python and javascript")]
    #[test_case("{\"a\":\"b\nc\"}", "{\"a\":\"b\u{fffd}c\"}"; "control character")]
    #[test_case(r#"{"a":"\ud83d","b":"\ud83d\ude00"}"#, "{\"a\":\"\u{fffd}\",\"b\":\"\\ud83d\\ude00\"}"; "lone surrogate")]
    #[test_case("{\"id\":\"t\"}\n<!-- cached -->", r#"{"id":"t"}"#; "trailing text")]
    #[test_case(r#"{"id":"t"}{"id":"u"}"#, r#"{"id":"t"}"#; "second document")]
    fn invalid_json_is_repaired(body: &str, repaired: &str) {
        assert_eq!(repair_json(body), repaired);
    }

    #[test]
    fn deep_nesting_is_cut() {
        let body = format!(
            r#"{{"a":{}"]"{},"id":"t"}}"#,
            "[".repeat(5000),
            "]".repeat(5000)
        );
        let value: serde_json::Value = serde_json::from_str(&repair_json(&body)).unwrap();
        assert_eq!(value["id"], "t");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_repaired_without_a_panic(text in "[\\[\\]{}\",:\\\\ a-fu0-9NIe+.\n-]{0,60}") {
            let _ = repair_json(&text);
        }
    }
}
