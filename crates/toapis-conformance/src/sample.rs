//! Values for a schema, and functions that change one place of a body.

use serde_json::{Map, Value, json};
use toapis_contract::Contract;

/// Maximum depth of a sample; deeper objects are empty.
const MAX_DEPTH: usize = 6;

/// Returns a valid value for the schema at a pointer: its example, else a minimal value.
pub(crate) fn sample(contract: &Contract, schema: &str) -> Value {
    make(contract, schema, MAX_DEPTH)
}

fn make(contract: &Contract, at: &str, depth: usize) -> Value {
    let Some((at, schema)) = contract.resolve_pointer(at) else {
        return Value::Null;
    };
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(first) = schema.get("enum").and_then(|values| values.get(0)) {
        return first.clone();
    }
    if schema.get("oneOf").is_some() {
        return make(contract, &format!("{at}/oneOf/0"), depth);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => {
            let min_length = schema
                .get("minLength")
                .and_then(Value::as_u64)
                .unwrap_or(0)
                .max(1);
            Value::String("x".repeat(usize::try_from(min_length).unwrap_or(1)))
        }
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("array") => {
            let min_items = schema
                .get("minItems")
                .and_then(Value::as_u64)
                .unwrap_or(1)
                .max(1);
            let item = make(contract, &format!("{at}/items"), depth.saturating_sub(1));
            Value::Array(vec![item; usize::try_from(min_items).unwrap_or(1)])
        }
        Some("object") if depth > 0 => {
            let required = schema
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let entries = required.filter_map(Value::as_str).map(|name| {
                let place = toapis_openapi::pointer::join(&format!("{at}/properties"), name);
                (name.to_owned(), make(contract, &place, depth - 1))
            });
            Value::Object(entries.collect())
        }
        _ => Value::Object(Map::new()),
    }
}

/// Returns `body` with `value` at `place`, a JSON pointer; creates missing objects on the way.
pub(crate) fn set(body: &Value, place: &str, value: Value) -> Value {
    let mut changed = body.clone();
    let mut at = &mut changed;
    for segment in segments(place) {
        if let Value::Array(items) = at {
            let position: usize = segment.parse().unwrap_or(usize::MAX);
            if position >= items.len() {
                return changed;
            }
            at = &mut items[position];
            continue;
        }
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[segment.as_str()];
    }
    *at = value;
    changed
}

/// Returns `body` without the value at `place`.
pub(crate) fn remove(body: &Value, place: &str) -> Value {
    let mut changed = body.clone();
    if let Some((parent, last)) = place.rsplit_once('/')
        && let Some(Value::Object(entries)) = changed.pointer_mut(parent)
    {
        entries.remove(&unescape(last));
    }
    changed
}

fn segments(place: &str) -> impl Iterator<Item = String> {
    place.split('/').skip(1).map(unescape)
}

fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_creates_missing_objects_and_remove_ignores_missing_places() {
        let body = json!({"a": [1, {"b": 2}]});
        assert_eq!(set(&body, "/a/1/b", json!(3)), json!({"a": [1, {"b": 3}]}));
        assert_eq!(
            set(&body, "/m/x~1y", json!(1)),
            json!({"a": [1, {"b": 2}], "m": {"x/y": 1}})
        );
        assert_eq!(set(&body, "/a/7", json!(1)), body);
        assert_eq!(remove(&body, "/a/1/b"), json!({"a": [1, {}]}));
        assert_eq!(remove(&body, "/none"), body);
    }

    #[test]
    fn every_model_schema_has_a_sample() {
        let contract = Contract::embedded();
        for model in contract.models() {
            let sample = sample(contract, &model.schema_pointer());
            assert!(sample.get("model").is_some(), "{}", model.name());
        }
    }
}
