//! Read access to the fields of a request by their JSON names.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Number, Value};

/// The value of one field of a request, as
/// [`types::ImageRequest::field`](crate::types::ImageRequest::field) returns it.
///
/// It has the variants of a JSON value and borrows from the request, so a request can be validated
/// without being serialized.
///
/// ```
/// use toapis_client::{FieldValue, types::ImageRequest};
/// let request = ImageRequest::new("some-model".to_owned(), "A cat".to_owned());
/// assert_eq!(request.field("prompt"), Some(FieldValue::String("A cat".into())));
/// assert_eq!(request.field("size"), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue<'a> {
    /// `null`, for a nullable field or one that the contract does not list.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Cow<'a, str>),
    /// An array.
    Array(Cow<'a, [Value]>),
    /// An object.
    Object(Cow<'a, Map<String, Value>>),
}

impl<'a> FieldValue<'a> {
    /// Returns the field `name` if this is an object that has it.
    #[must_use]
    pub fn into_field(self, name: &str) -> Option<FieldValue<'a>> {
        match self {
            Self::Object(Cow::Borrowed(fields)) => fields.get(name).map(Self::from),
            Self::Object(Cow::Owned(mut fields)) => fields.remove(name).map(Self::from),
            _ => None,
        }
    }

    /// Serializes `value`. A value that cannot be serialized becomes `null`.
    pub(crate) fn from_serialize(value: &impl Serialize) -> Self {
        serde_json::to_value(value).unwrap_or_default().into()
    }
}

impl<'a> From<&'a Value> for FieldValue<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::from(text),
            Value::Array(items) => Self::Array(Cow::Borrowed(items)),
            Value::Object(fields) => Self::from(fields),
        }
    }
}

impl From<Value> for FieldValue<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::String(text) => Self::String(Cow::Owned(text)),
            Value::Array(items) => Self::Array(Cow::Owned(items)),
            Value::Object(fields) => Self::Object(Cow::Owned(fields)),
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Number(number) => Self::Number(number),
        }
    }
}

impl<'a> From<&'a String> for FieldValue<'a> {
    fn from(text: &'a String) -> Self {
        Self::String(Cow::Borrowed(text))
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
            FieldValue::Bool(flag) => Self::Bool(flag),
            FieldValue::Number(number) => Self::Number(number),
            FieldValue::String(text) => Self::String(text.into_owned()),
            FieldValue::Array(items) => Self::Array(items.into_owned()),
            FieldValue::Object(fields) => Self::Object(fields.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use test_case::test_case;

    use crate::types::ImageRequest;

    fn minimal() -> ImageRequest {
        ImageRequest::new("m".to_owned(), "A cat".to_owned())
    }

    fn complete() -> ImageRequest {
        serde_json::from_value(json!({
            "model": "m",
            "prompt": "A cat",
            "size": "16:9",
            "n": 2,
            "seed": -7,
            "image_urls": ["https://h/a.png", {"url": "https://h/b.png"}],
            "metadata": {"resolution": "2K", "deep": {"er": [1.5]}},
            "new": {"a": null},
            "none": null,
            "flag": true,
            "half": 0.5,
        }))
        .unwrap()
    }

    fn size_in_extra() -> ImageRequest {
        let mut request = minimal();
        request.extra.insert("size".to_owned(), json!(7));
        request
    }

    #[test_case(&minimal(); "required fields")]
    #[test_case(&complete(); "every JSON type")]
    #[test_case(&size_in_extra(); "listed field with another type")]
    fn field_equals_its_serialized_value(request: &ImageRequest) {
        let sent = serde_json::to_value(request).unwrap();
        let names = sent.as_object().unwrap().keys().map(String::as_str);
        for name in names.chain(["size", "image_urls", "metadata", "extra", "nothing"]) {
            let field = request.field(name).map(Value::from);
            assert_eq!(field.as_ref(), sent.get(name), "{name}");
        }
    }

    #[test_case("metadata", "a", &json!({"b": 1}); "field of an object")]
    #[test_case("metadata", "b", &Value::Null; "missing field")]
    #[test_case("prompt", "a", &Value::Null; "not an object")]
    fn only_objects_have_fields(outer: &str, inner: &str, expected: &Value) {
        let mut request = minimal();
        request.metadata.insert("a".to_owned(), json!({"b": 1}));
        let field = request.field(outer).unwrap().into_field(inner);
        assert_eq!(field.map(Value::from).unwrap_or_default(), *expected);
    }
}
