//! Types and listed values, as a schema's own keywords give them.

use serde_json::Value;
use toapis_openapi::Node;

use super::decimal::Decimal;
use crate::diff::context::MessageRole;

pub(super) const NULL: u8 = 1;
pub(super) const BOOLEAN: u8 = 1 << 1;
pub(super) const INTEGER: u8 = 1 << 2;
/// Numbers that are not integers.
pub(super) const FRACTION: u8 = 1 << 3;
pub(super) const STRING: u8 = 1 << 4;
pub(super) const ARRAY: u8 = 1 << 5;
pub(super) const OBJECT: u8 = 1 << 6;
/// All types, one bit each.
pub(super) const TYPES: [u8; 7] = [NULL, BOOLEAN, INTEGER, FRACTION, STRING, ARRAY, OBJECT];
pub(super) const ANY: u8 = 0x7f;

/// Returns the types that a schema's own keywords allow.
pub(super) fn types(part: Node<'_>) -> u8 {
    let Some(node) = part.get("type") else {
        return ANY;
    };
    let names = node
        .as_str()
        .into_iter()
        .chain(node.items().filter_map(Node::as_str));
    let bits = names.map(|name| match name {
        "null" => NULL,
        "boolean" => BOOLEAN,
        "integer" => INTEGER,
        "number" => INTEGER | FRACTION,
        "string" => STRING,
        "array" => ARRAY,
        "object" => OBJECT,
        _ => ANY,
    });
    let is_nullable = part.get("nullable").and_then(Node::as_bool) == Some(true);
    bits.fold(if is_nullable { NULL } else { 0 }, |all, one| all | one)
}

/// Returns the type of a value.
pub(super) fn type_of(value: &Value) -> u8 {
    match value {
        Value::Null => NULL,
        Value::Bool(_) => BOOLEAN,
        Value::Number(number) => match Decimal::from_number(number).to_integer() {
            Some(_) => INTEGER,
            None => FRACTION,
        },
        Value::String(_) => STRING,
        Value::Array(_) => ARRAY,
        Value::Object(_) => OBJECT,
    }
}

/// Returns the values of a schema's own `enum` or `const`; `None` if they do not limit it in this
/// position.
pub(super) fn values(part: Node<'_>, role: MessageRole) -> Option<Vec<Value>> {
    let flag = |keyword: &str| part.get(keyword).and_then(Node::as_bool) == Some(true);
    if flag("x-extensible-enum") && role == MessageRole::Response {
        return None;
    }
    if let Some(node) = part.get("const") {
        return Some(vec![node.to_value()]);
    }
    // Which spellings a writer uses is unknown, so such an enum is not a finite list.
    let mut values: Vec<_> = part.get("enum")?.items().map(Node::to_value).collect();
    if flag("x-ignore-case") {
        for index in 0..values.len() {
            if let Some(text) = values[index].as_str() {
                let spellings = [text.to_lowercase(), text.to_uppercase()];
                values.extend(spellings.map(Value::from));
            }
        }
    }
    if types(part) & NULL != 0 && part.get("type").is_some() {
        values.push(Value::Null);
    }
    Some(values)
}
