//! Parses an answer so that one odd field never costs the rest of it.

use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeOwned, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

/// How many odd fields are dropped before an answer is given up as being something else.
const DROPPED_AT_MOST: usize = 64;

/// Parses `body` as `T`, dropping whatever field stands in the way, until it fits.
///
/// The generated types have all but the essential optional, so what is dropped is only ever missing.
/// `None` if it is no JSON, or an essential field is not there.
pub(crate) fn lenient<T: DeserializeOwned>(body: &Bytes) -> Option<T> {
    if let Ok(typed) = serde_json::from_slice(body) {
        return Some(typed);
    }
    lenient_value(serde_json::from_slice(body).ok()?)
}

/// The same of parsed JSON.
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

/// Takes out what stands at `path`, or the nearest thing around it that can be taken out.
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

/// The fields that stand whole at the top of a JSON object that breaks off somewhere after them.
///
/// An answer that was cut short may still hold the one thing that must not be lost: the id of a paid task.
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
    // The break is an error, and what was read before it is the point.
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
    fn an_odd_field_costs_itself_and_nothing_else() {
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
    fn an_answer_without_its_essence_is_none() {
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
    fn what_was_whole_before_the_break_is_kept() {
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
        fn any_body_at_all_is_read_without_a_panic(body: Vec<u8>) {
            let _ = parse_truncated_object(&body);
            proptest::prop_assert!(lenient::<Answer>(&Bytes::from(body)).is_none_or(|answer| !answer.id.is_empty() || answer.id.is_empty()));
        }
    }
}
