//! Transforms of responses: an unexpected value in one field must not fail the whole response.

use std::borrow::Cow;
use std::collections::BTreeSet;

use anyhow::{Context, Result, anyhow};
use serde_json::{Map, Value, json};
use toapis_openapi::operations::{SCHEMAS, operations};
use toapis_openapi::pointer::{self, entries};
use toapis_openapi::reference::{reachable_schemas, reference, resolve};

use super::value_mut;
use crate::error::ResultExt as _;
use crate::naming::type_name;

/// Keywords that constrain a value; a response is accepted as it is.
const CONSTRAINTS: [&str; 16] = [
    "required",
    "enum",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// Returns true for an enum that may grow and has more than one value.
pub(super) fn is_open_enum(schema: &Value) -> bool {
    schema.get("x-extensible-enum") == Some(&Value::Bool(true))
        && schema
            .get("enum")
            .and_then(Value::as_array)
            .is_some_and(|values| values.len() > 1)
}

/// Moves each open enum of a property to a component, named after its schema and property.
pub(super) fn name_open_enums(_: &Value, contract: &mut Value) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for (schema_name, schema) in entries(contract, SCHEMAS) {
        for (property, value) in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            if is_open_enum(value) {
                let name = format!("{schema_name}{}", type_name(property));
                let properties = format!("{}/properties", pointer::join(SCHEMAS, schema_name));
                let place = pointer::join(&properties, property);
                found.push((name, place, value.clone()));
            }
        }
    }
    let mut touched = Vec::new();
    for (name, place, schema) in found {
        let named = pointer::join(SCHEMAS, &name);
        if contract.pointer(&named).is_some() {
            let error = anyhow!("it would be named `{name}`, which the contract has already");
            return Err(error).at(&place, "an open enum");
        }
        *value_mut(contract, &place)? = json!({ "$ref": format!("#{named}") });
        let schemas = value_mut(contract, SCHEMAS)?
            .as_object_mut()
            .context("schemas are not a mapping")?;
        schemas.insert(name, schema);
        touched.extend([place, named]);
    }
    Ok(touched)
}

/// Makes all properties of responses optional, and removes their constraints.
pub(super) fn relax_responses(original: &Value, contract: &mut Value) -> Result<Vec<String>> {
    let mut touched = Vec::new();
    for name in response_schemas(original, contract) {
        let place = pointer::join(SCHEMAS, &name);
        let schema = value_mut(contract, &place)?;
        // It is replaced by a generated open enum.
        if is_open_enum(schema) {
            continue;
        }
        let relaxed = relax(schema);
        if relaxed != *schema {
            *schema = relaxed;
            touched.push(place);
        }
    }
    // Inline schemas of responses.
    for place in inline_responses(contract)? {
        let schema = value_mut(contract, &place)?;
        let relaxed = relax(schema);
        if relaxed != *schema {
            *schema = relaxed;
            touched.push(place);
        }
    }
    Ok(touched)
}

fn relax(schema: &Value) -> Value {
    let Value::Object(given) = schema else {
        return schema.clone();
    };
    if reference(schema).is_some() {
        return schema.clone();
    }
    let mut relaxed: Map<String, Value> = given
        .iter()
        .filter(|(key, _)| !CONSTRAINTS.contains(&key.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    // Optional properties accept null.
    relaxed.remove("nullable");
    if given.contains_key("oneOf") || given.contains_key("anyOf") {
        // An untagged enum without a matching choice fails the whole response; any JSON does not.
        relaxed.remove("oneOf");
        relaxed.remove("anyOf");
    }
    if let Some(Value::Object(properties)) = relaxed.get_mut("properties") {
        for property in properties.values_mut() {
            *property = relax(property);
            // Without `nullable`, an optional list or map does not accept null.
            let kind = property.get("type").and_then(Value::as_str);
            if kind == Some("array")
                || (kind == Some("object") && property.get("properties").is_none())
            {
                property["nullable"] = Value::Bool(true);
            }
        }
    }
    for below in ["items", "additionalProperties"] {
        if let Some(schema) = relaxed.get_mut(below) {
            *schema = relax(schema);
        }
    }
    if let Some(Value::Array(parts)) = relaxed.get_mut("allOf") {
        for part in parts {
            *part = relax(part);
        }
    }
    Value::Object(relaxed)
}

/// Returns the pointers of the inline schemas of JSON responses.
fn inline_responses(contract: &Value) -> Result<BTreeSet<String>> {
    let mut places = BTreeSet::new();
    for operation in operations(contract) {
        let responses = operation.body.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten() {
            let own = pointer::join(&format!("{}/responses", operation.pointer()), status);
            let place = reference(response)
                .and_then(pointer::from_reference)
                .map_or(own, Cow::into_owned);
            let schema = resolve(contract, response)?.pointer("/content/application~1json/schema");
            if schema.is_some_and(|schema| reference(schema).is_none()) {
                places.insert(place + "/content/application~1json/schema");
            }
        }
    }
    Ok(places)
}

/// Returns the names of the schemas that responses and callbacks use, those of hand-written
/// operations included.
fn response_schemas(original: &Value, contract: &Value) -> BTreeSet<String> {
    operations(original)
        .flat_map(|operation| ["responses", "callbacks"].map(|key| operation.body.get(key)))
        .flatten()
        .flat_map(|value| reachable_schemas(contract, value))
        .collect()
}
