//! Compares one response with the contract.

use serde_json::{Value, json};
use toapis_contract::Exchange;

use super::observations::{ObservationKind, Seen};
use crate::contract::Contract;
use toapis_openapi::pointer;
use toapis_openapi::reference::reference;

/// The maximum length of strings in examples, in characters.
const MOST_CHARS: usize = 120;

/// Returns what the contract does not describe in this response.
pub(super) fn observe(
    contract: &Contract,
    operation: Option<&str>,
    exchange: &Exchange,
) -> Vec<Seen> {
    let mut seen = Vec::new();
    let Some(operation) = operation.and_then(|id| contract.operation(id)) else {
        let message = format!(
            "`{} {}` is not an operation of the contract",
            exchange.method,
            exchange.uri.path()
        );
        seen.push(Seen {
            kind: ObservationKind::Operation,
            pointer: "/paths".to_owned(),
            message,
            example: json!(exchange.uri.path()),
        });
        return seen;
    };
    let status = exchange.status.as_u16();
    let home = format!("{}/responses", operation.pointer());
    let responses = operation.body.get("responses");
    let range = format!("{}XX", status / 100);
    let response = [status.to_string(), range, "default".to_owned()]
        .iter()
        .find_map(|key| Some((pointer::join(&home, key), responses?.get(key)?)));
    let body: Option<Value> = serde_json::from_slice(&exchange.response_body).ok();
    if let Some(body) = body.as_ref().filter(|_| status >= 400) {
        code(contract, status, body, &mut seen);
    }
    let Some((at, response)) = response else {
        let message = format!("`{}` returns {status}", operation.id);
        let example =
            body.unwrap_or_else(|| json!(cut(&String::from_utf8_lossy(&exchange.response_body))));
        seen.push(Seen {
            kind: ObservationKind::Status,
            pointer: pointer::join(&home, &status.to_string()),
            message,
            example,
        });
        return seen;
    };
    let Some(body) = body else { return seen };
    if let Some((at, schema)) = schema_of(contract, at, response) {
        value(contract, &at, schema, &body, &mut seen);
    }
    seen
}

/// Returns the schema of a JSON body, and its pointer.
fn schema_of<'c>(
    contract: &'c Contract,
    at: String,
    response: &'c Value,
) -> Option<(String, &'c Value)> {
    let (at, response) = followed(contract, at, response);
    let schema = response.pointer("/content/application~1json/schema")?;
    Some((format!("{at}/content/application~1json/schema"), schema))
}

fn followed<'c>(contract: &'c Contract, at: String, value: &'c Value) -> (String, &'c Value) {
    match (
        reference(value).and_then(pointer::from_reference),
        contract.resolve(value),
    ) {
        (Some(target), Ok(value)) => (target.into_owned(), value),
        _ => (at, value),
    }
}

fn value(contract: &Contract, at: &str, schema: &Value, given: &Value, seen: &mut Vec<Seen>) {
    let (at, schema) = followed(contract, at.to_owned(), schema);
    // Which branch of a choice applies is unknown.
    if schema.get("oneOf").is_some() || schema.get("anyOf").is_some() {
        return;
    }
    let expected = schema.get("type").and_then(Value::as_str);
    if let Some(expected) = expected.filter(|expected| !is_of(given, expected)) {
        let is_borne = given.is_null() && schema.get("nullable") == Some(&Value::Bool(true));
        if !is_borne {
            let message = format!("a value of type {}; expected {expected}", kind(given));
            seen.push(Seen {
                kind: ObservationKind::Type,
                pointer: at,
                message,
                example: short(given),
            });
        }
        return;
    }
    match given {
        Value::Object(map) => {
            for (name, below) in map {
                let place = pointer::join(&format!("{at}/properties"), name);
                match schema
                    .get("properties")
                    .and_then(|properties| properties.get(name))
                {
                    Some(property) => value(contract, &place, property, below, seen),
                    // An object without properties is open on purpose, as `metadata` is.
                    None if schema.get("properties").is_none() => {}
                    None => {
                        let message = format!("the field `{name}`, of type {}", kind(below));
                        seen.push(Seen {
                            kind: ObservationKind::Field,
                            pointer: place,
                            message,
                            example: short(below),
                        });
                    }
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for item in items {
                    value(contract, &format!("{at}/items"), schema, item, seen);
                }
            }
        }
        scalar => {
            let values = schema.get("enum").and_then(Value::as_array);
            if values.is_some_and(|values| !values.contains(scalar)) {
                let message = format!("the value {scalar}");
                seen.push(Seen {
                    kind: ObservationKind::Value,
                    pointer: format!("{at}/enum"),
                    message,
                    example: scalar.clone(),
                });
            }
        }
    }
}

/// Checks the code of an error, in either envelope.
fn code(contract: &Contract, status: u16, body: &Value, seen: &mut Vec<Seen>) {
    let code = ["/error/code", "/code"]
        .iter()
        .find_map(|place| body.pointer(place)?.as_str());
    let Some(code) = code else { return };
    let rows = contract
        .at("/x-errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut known = rows.filter(|row| row.get("code").and_then(Value::as_str) == Some(code));
    if !known.any(|row| row.get("status") == Some(&json!(status))) {
        let message = format!("the code `{code}` with {status}");
        seen.push(Seen {
            kind: ObservationKind::Code,
            pointer: "/x-errors".to_owned(),
            message,
            example: json!({"status": status, "code": code}),
        });
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

/// Returns the type of a value, as OpenAPI names it.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn short(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(cut(text)),
        Value::Array(items) => items.iter().take(3).map(short).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), short(value)))
            .collect(),
        other => other.clone(),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() > MOST_CHARS {
        text.chars().take(MOST_CHARS).chain(['…']).collect()
    } else {
        text.to_owned()
    }
}
