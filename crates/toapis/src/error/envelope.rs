//! Reads the code and the message of an error body: JSON of any known form, HTML or text.

use serde_json::{Map, Value};

/// The maximum depth of nested envelopes. One level was seen (JSON inside `message`).
const DEPTH: u8 = 3;
/// The maximum length of the message from a body that isn't JSON, in characters.
const TEXT_SHOWN: usize = 200;

/// What an error body says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// The code. A number is converted to text.
    pub(crate) code: Option<String>,
    /// The message.
    pub(crate) message: Option<String>,
    /// The `type` of the error, such as `new_api_error`.
    pub(crate) error_type: Option<String>,
    /// The invalid field of the request.
    pub(crate) param: Option<String>,
    /// The body is JSON that reports a failure.
    pub(crate) is_failure: bool,
}

impl Envelope {
    /// Reads a body. Never fails: other bodies become the message, and an empty body gives an
    /// empty envelope.
    pub(crate) fn read(body: &[u8]) -> Self {
        if let Ok(value) = serde_json::from_slice::<Value>(body) {
            let mut envelope = Self::default();
            envelope.take(&value, DEPTH);
            if envelope.message.is_none() && !value.is_null() && !envelope.is_failure {
                envelope.message = Some(shorten(&value.to_string()));
            }
            return envelope;
        }
        Self {
            message: text_of(body),
            ..Self::default()
        }
    }

    /// Reads the `error` object of a task, else its `fail_reason`.
    pub(crate) fn of_task(task: &Value) -> Self {
        let mut envelope = Self::default();
        if let Some(error) = task.get("error").filter(|error| !error.is_null()) {
            envelope.take_error(error, DEPTH);
        }
        if envelope.message.is_none() {
            envelope.message = text(task.get("fail_reason")).or_else(|| text(task.get("message")));
        }
        envelope
    }

    fn take(&mut self, value: &Value, depth: u8) {
        match value {
            Value::Object(map) => {
                if map.get("success") == Some(&Value::Bool(false)) {
                    self.is_failure = true;
                }
                if let Some(error) = map.get("error").filter(|error| !error.is_null()) {
                    self.is_failure = true;
                    self.take_error(error, depth);
                }
                self.take_fields(map, depth);
            }
            Value::String(message) => self.take_message(message, depth),
            Value::Array(items) if depth > 0 => {
                if let Some(first) = items.first() {
                    self.take(first, depth - 1);
                }
            }
            _ => {}
        }
    }

    fn take_error(&mut self, error: &Value, depth: u8) {
        match error {
            Value::Object(map) => self.take_fields(map, depth),
            Value::String(message) => self.take_message(message, depth),
            Value::Bool(true) | Value::Null => {}
            other if depth > 0 => self.take(other, depth - 1),
            _ => {}
        }
    }

    /// Fills empty fields only, so that the outermost `error` has precedence over fields next to
    /// it.
    fn take_fields(&mut self, map: &Map<String, Value>, depth: u8) {
        keep(&mut self.code, text(map.get("code")));
        keep(&mut self.error_type, text(map.get("type")));
        keep(&mut self.param, text(map.get("param")));
        if self.message.is_none() {
            for name in [
                "message",
                "msg",
                "detail",
                "error_description",
                "fail_reason",
            ] {
                match map.get(name) {
                    Some(Value::String(message)) if !message.trim().is_empty() => {
                        self.take_message(message, depth);
                        break;
                    }
                    Some(Value::Object(inner)) if depth > 0 => {
                        self.take_fields(inner, depth - 1);
                        if self.message.is_some() {
                            break;
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Opens a message that is itself JSON with a code and a message, which are more specific.
    fn take_message(&mut self, message: &str, depth: u8) {
        let trimmed = message.trim();
        if depth > 0
            && trimmed.starts_with('{')
            && let Ok(inner @ Value::Object(_)) = serde_json::from_str::<Value>(trimmed)
        {
            let mut opened = Self::default();
            opened.take(&inner, depth - 1);
            if let Some(inner_message) = opened.message {
                self.code = opened.code.or_else(|| self.code.take());
                self.error_type = opened.error_type.or_else(|| self.error_type.take());
                self.param = opened.param.or_else(|| self.param.take());
                self.message = Some(inner_message);
                return;
            }
        }
        if !trimmed.is_empty() {
            self.message = Some(trimmed.to_owned());
        }
    }
}

fn keep(slot: &mut Option<String>, found: Option<String>) {
    if slot.is_none() {
        *slot = found;
    }
}

/// Returns a string or a number as text: the same code comes as either, depending on the endpoint.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns one line of a body that isn't JSON: the title of an HTML page, or the beginning of the
/// text.
fn text_of(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if is_binary(text) {
        return Some(format!("{} bytes of binary data", body.len()));
    }
    if text.starts_with('<') {
        let lower = text.to_ascii_lowercase();
        if let Some(start) = lower.find("<title>").map(|at| at + "<title>".len())
            && let Some(length) = lower[start..].find("</title>")
        {
            return Some(shorten(&text[start..start + length]));
        }
    }
    Some(shorten(text))
}

/// Returns true if `text`, decoded with replacement characters, was not text.
fn is_binary(text: &str) -> bool {
    let is_control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    let replaced = text.chars().filter(|c| *c == '\u{fffd}').count();
    text.contains(is_control) || replaced * 10 > text.chars().count()
}

fn shorten(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(TEXT_SHOWN) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> (Option<String>, Option<String>) {
        let envelope = Envelope::read(body.as_bytes());
        (envelope.code, envelope.message)
    }

    fn pair(code: &str, message: &str) -> (Option<String>, Option<String>) {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (some(code), some(message))
    }

    #[test]
    fn known_envelopes_are_read() {
        for (body, code, message) in [
            (
                r#"{"error":{"code":"invalid_request","message":"n must be 1","param":"n"}}"#,
                "invalid_request",
                "n must be 1",
            ),
            (
                r#"{"error":{"code":401,"message":"bad key","type":"authentication_error"}}"#,
                "401",
                "bad key",
            ),
            (
                r#"{"success":false,"message":"Unsupported image type"}"#,
                "",
                "Unsupported image type",
            ),
            (r#"{"message":"task_not_exist"}"#, "", "task_not_exist"),
            (r#"{"code":"x","message":"flat","data":null}"#, "x", "flat"),
            (
                r#"{"error":{"code":"outer","message":"{\"code\":\"inner\",\"message\":\"额度不足\"}"}}"#,
                "inner",
                "额度不足",
            ),
            (r#"{"error":"just text"}"#, "", "just text"),
            (
                r#"{"error":{"message":{"code":7,"message":"deep"}}}"#,
                "7",
                "deep",
            ),
            (
                "<html><head><title>502 Bad Gateway</title></head></html>",
                "",
                "502 Bad Gateway",
            ),
            ("plain", "", "plain"),
            (
                "\u{1f}\u{8b}\u{8}\0compressed",
                "",
                "15 bytes of binary data",
            ),
            ("", "", ""),
        ] {
            assert_eq!(read(body), pair(code, message), "{body}");
        }
    }

    #[test]
    fn failed_task_is_read_by_error_or_fail_reason() {
        let task = serde_json::json!({"status": "failed", "error": {"code": "generation_failed", "message": "upstream"}});
        assert_eq!(
            Envelope::of_task(&task).code.as_deref(),
            Some("generation_failed")
        );
        let task =
            serde_json::json!({"status": "failed", "fail_reason": "内容违规", "error": null});
        assert_eq!(
            Envelope::of_task(&task).message.as_deref(),
            Some("内容违规")
        );
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_body_does_not_panic(body: Vec<u8>) {
            let envelope = Envelope::read(&body);
            let shown = envelope.message.unwrap_or_default().chars().count();
            proptest::prop_assert!(serde_json::from_slice::<Value>(&body).is_ok() || shown <= TEXT_SHOWN + 1);
        }
    }
}
