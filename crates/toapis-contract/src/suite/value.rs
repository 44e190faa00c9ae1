//! Values for a schema: a legal one, and the tools to change one place of a body.

use serde_json::{Map, Value, json};

use crate::{contract::Contract, pointer};

/// How deep a value is made up before it ends in an empty object.
const DEPTH: usize = 6;

/// A legal value for the schema at `schema`: its own example, else the least that its keywords ask for.
pub(super) fn sample(contract: &Contract, schema: &str) -> Value {
    make(contract, schema, DEPTH)
}

fn make(contract: &Contract, at: &str, depth: usize) -> Value {
    let Ok((at, schema)) = pointer::follow(contract.document(), at) else {
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
            let least = schema
                .get("minLength")
                .and_then(Value::as_u64)
                .unwrap_or(0)
                .max(1);
            Value::String("x".repeat(usize::try_from(least).unwrap_or(1)))
        }
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("array") => {
            let least = schema
                .get("minItems")
                .and_then(Value::as_u64)
                .unwrap_or(1)
                .max(1);
            let item = make(contract, &format!("{at}/items"), depth.saturating_sub(1));
            Value::Array(vec![item; usize::try_from(least).unwrap_or(1)])
        }
        Some("object") if depth > 0 => {
            let required = schema
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let entries = required.filter_map(Value::as_str).map(|name| {
                let place = pointer::join(&format!("{at}/properties"), name);
                (name.to_owned(), make(contract, &place, depth - 1))
            });
            Value::Object(entries.collect())
        }
        _ => Value::Object(Map::new()),
    }
}

/// `body` with `value` at `place` (a JSON pointer); objects on the way that are missing are made.
pub(super) fn set(body: &Value, place: &str, value: Value) -> Value {
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

/// `body` without what stands at `place`.
pub(super) fn remove(body: &Value, place: &str) -> Value {
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
    fn a_place_is_set_and_the_way_to_it_is_made() {
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
    fn every_schema_of_a_model_has_a_legal_sample() {
        let contract = Contract::embedded();
        for model in contract.models() {
            let sample = sample(contract, model.schema_pointer().trim_start_matches('#'));
            assert!(sample.get("model").is_some(), "{}", model.name());
        }
    }
}
