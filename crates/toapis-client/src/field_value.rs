//! A field of a request by its name on the wire, looked at where it stands.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Number, Value};

/// The value of a field of a request, as [`types::ImageRequest::field`](crate::types::ImageRequest::field) and its like give it.
///
/// It is what JSON knows, and borrows what is there, so that whoever checks a request need not write it as JSON first.
///
/// ```
/// use toapis_client::{FieldValue, types::ImageRequest};
/// let request = ImageRequest::new("some-model".to_owned(), "A cat".to_owned());
/// assert_eq!(request.field("prompt"), Some(FieldValue::Text("A cat".into())));
/// assert_eq!(request.field("size"), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue<'a> {
    /// `null`, which only a field that the contract does not know, or one that may be null, can be.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Cow<'a, [Value]>),
    /// An object.
    Object(Cow<'a, Map<String, Value>>),
}

impl<'a> FieldValue<'a> {
    /// A field of this, if it is an object that has it.
    #[must_use]
    pub fn into_field(self, name: &str) -> Option<FieldValue<'a>> {
        match self {
            Self::Object(Cow::Borrowed(fields)) => fields.get(name).map(Self::from),
            Self::Object(Cow::Owned(mut fields)) => fields.remove(name).map(Self::from),
            _ => None,
        }
    }

    /// A value of a type that nothing is borrowed from. One that cannot be written is null.
    pub(crate) fn written(value: &impl Serialize) -> Self {
        serde_json::to_value(value).unwrap_or_default().into()
    }
}

impl<'a> From<&'a Value> for FieldValue<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::from(text),
            Value::Array(items) => Self::List(Cow::Borrowed(items)),
            Value::Object(fields) => Self::from(fields),
        }
    }
}

impl From<Value> for FieldValue<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::String(text) => Self::Text(Cow::Owned(text)),
            Value::Array(items) => Self::List(Cow::Owned(items)),
            Value::Object(fields) => Self::Object(Cow::Owned(fields)),
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Flag(flag),
            Value::Number(number) => Self::Number(number),
        }
    }
}

impl<'a> From<&'a String> for FieldValue<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<&i64> for FieldValue<'_> {
    fn from(number: &i64) -> Self {
        Self::Number(Number::from(*number))
    }
}

impl<'a> From<&'a Map<String, Value>> for FieldValue<'a> {
    fn from(fields: &'a Map<String, Value>) -> Self {
        Self::Object(Cow::Borrowed(fields))
    }
}

impl From<FieldValue<'_>> for Value {
    fn from(value: FieldValue<'_>) -> Self {
        match value {
            FieldValue::Null => Self::Null,
            FieldValue::Flag(flag) => Self::Bool(flag),
            FieldValue::Number(number) => Self::Number(number),
            FieldValue::Text(text) => Self::String(text.into_owned()),
            FieldValue::List(items) => Self::Array(items.into_owned()),
            FieldValue::Object(fields) => Self::Object(fields.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::types::ImageRequest;

    /// Each field by its name, as it is sent.
    #[track_caller]
    fn is_what_is_sent(request: &ImageRequest) {
        let sent = serde_json::to_value(request).unwrap();
        let names = sent.as_object().unwrap().keys().map(String::as_str);
        for name in names.chain(["size", "image_urls", "metadata", "extra", "nothing"]) {
            let seen = request.field(name).map(Value::from);
            assert_eq!(seen.as_ref(), sent.get(name), "{name}");
        }
    }

    #[test]
    fn a_field_is_what_is_sent_under_its_name() {
        let least = ImageRequest::new("m".to_owned(), "A cat".to_owned());
        is_what_is_sent(&least);
        let all = json!({
            "model": "m", "prompt": "A cat", "size": "16:9", "n": 2, "seed": -7, "image_urls": ["https://h/a.png", {"url": "https://h/b.png"}],
            "metadata": {"resolution": "2K", "deep": {"er": [1.5]}}, "new": {"a": null}, "none": null, "flag": true, "half": 0.5,
        });
        is_what_is_sent(&serde_json::from_value(all).unwrap());
    }

    #[test]
    fn a_value_of_another_type_than_its_field_has_stands_beside_it() {
        let mut odd = ImageRequest::new("m".to_owned(), "A cat".to_owned());
        odd.extra.insert("size".to_owned(), json!(7));
        is_what_is_sent(&odd);
    }

    #[test]
    fn a_field_of_a_field_is_found_in_objects_alone() {
        let mut request = ImageRequest::new("m".to_owned(), "A cat".to_owned());
        request.metadata.insert("a".to_owned(), json!({"b": 1}));
        let at = |path: [&str; 2]| Some(Value::from(request.field(path[0])?.into_field(path[1])?));
        assert_eq!(at(["metadata", "a"]), Some(json!({"b": 1})));
        assert_eq!(at(["metadata", "b"]), None);
        assert_eq!(at(["prompt", "a"]), None);
    }
}
