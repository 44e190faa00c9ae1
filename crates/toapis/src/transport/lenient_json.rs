//! Parses responses leniently: an invalid field does not fail the response.

use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeOwned, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

/// The maximum number of invalid fields that are dropped.
const DROPPED_AT_MOST: usize = 64;

/// Parses `body` as `T` and drops fields with wrong types.
///
/// Nearly all fields of the generated types are optional, so a dropped field is only missing.
/// Returns `None` if the body is not JSON or a required field is missing.
pub(crate) fn lenient<T: DeserializeOwned>(body: &Bytes) -> Option<T> {
    if let Ok(typed) = serde_json::from_slice(body) {
        return Some(typed);
    }
    lenient_value(serde_json::from_slice(body).ok()?)
}

/// Same as [`lenient`], for parsed JSON.
pub(crate) fn lenient_value<T: DeserializeOwned>(mut value: Value) -> Option<T> {
    for _ in 0..DROPPED_AT_MOST {
        match serde_path_to_error::deserialize(&value) {
            Ok(typed) => return Some(typed),
            Err(error) => {
                if !remove(&mut value, error.path()) {
                    return None;
                }
            }
        }
    }
    None
}

/// Removes the value at `path`, or the nearest enclosing value that can be removed.
fn remove(value: &mut Value, path: &Path) -> bool {
    let segments: Vec<&Segment> = path.iter().collect();
    for length in (1..=segments.len()).rev() {
        let (last, before) = (segments[length - 1], &segments[..length - 1]);
        let parent = before
            .iter()
            .try_fold(&mut *value, |at, segment| match (at, segment) {
                (Value::Object(map), Segment::Map { key }) => map.get_mut(key),
                (Value::Array(items), Segment::Seq { index }) => items.get_mut(*index),
                _ => None,
            });
        let removed = match (parent, last) {
            (Some(Value::Object(map)), Segment::Map { key }) => map.remove(key).is_some(),
            (Some(Value::Array(items)), Segment::Seq { index }) if *index < items.len() => {
                items.remove(*index);
                true
            }
            _ => false,
        };
        if removed {
            return true;
        }
    }
    false
}

/// Returns the complete top-level fields of a truncated JSON object.
///
/// A truncated response may still contain the id of a paid task.
pub(crate) fn parse_truncated_object(body: &[u8]) -> Map<String, Value> {
    struct Collect<'a>(&'a mut Map<String, Value>);

    impl<'de> Visitor<'de> for Collect<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<String>()? {
                let value = map.next_value::<Value>()?;
                self.0.insert(key, value);
            }
            map.next_key::<IgnoredAny>().map(|_| ())
        }
    }

    let mut whole = Map::new();
    // The truncation is an error; the fields before it are the result.
    let _ = serde_json::Deserializer::from_slice(body).deserialize_map(Collect(&mut whole));
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Item {
        url: String,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Answer {
        id: String,
        progress: Option<u8>,
        #[serde(default)]
        data: Vec<Item>,
    }

    fn read(body: &str) -> Option<Answer> {
        lenient(&Bytes::copy_from_slice(body.as_bytes()))
    }

    #[test]
    fn unexpected_field_is_skipped() {
        let got =
            read(r#"{"id":"a","progress":"half","data":[{"url":"u"},{"url":7},{"url":"v"}]}"#)
                .unwrap();
        assert_eq!(got.id, "a");
        assert_eq!(got.progress, None);
        assert_eq!(
            got.data
                .iter()
                .map(|item| item.url.as_str())
                .collect::<Vec<_>>(),
            ["u", "v"]
        );
        assert_eq!(read(r#"{"id":"a","data":"no list"}"#).unwrap().data, []);
    }

    #[test]
    fn missing_essential_field_is_none() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"id":7}"#,
            r#"{"id":"a""#,
            "null",
        ] {
            assert_eq!(read(body), None, "{body}");
        }
    }

    #[test]
    fn complete_fields_of_a_truncated_object_are_kept() {
        assert_eq!(
            parse_truncated_object(br#"{"id":"task_1","status":"pen"#).get("id"),
            Some(&Value::from("task_1"))
        );
        assert!(parse_truncated_object(br#"{"id":"task_"#).is_empty());
        assert!(parse_truncated_object(br#"{"error":{"id":"x"#).is_empty());
        assert!(parse_truncated_object(b"<html>").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_body_does_not_panic(body: Vec<u8>) {
            let _ = parse_truncated_object(&body);
            proptest::prop_assert!(lenient::<Answer>(&Bytes::from(body)).is_none_or(|answer| !answer.id.is_empty() || answer.id.is_empty()));
        }
    }
}
