//! Differences in what is answered: nothing that a server might get wrong fails the rest of its answer.

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

/// Keywords that say what a value may be; an answer is taken as it is.
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

/// Is this an enum that may grow, with more than one value to tell apart?
pub(super) fn is_open_enum(schema: &Value) -> bool {
    schema.get("x-extensible-enum") == Some(&Value::Bool(true))
        && schema
            .get("enum")
            .and_then(Value::as_array)
            .is_some_and(|values| values.len() > 1)
}

/// Gives every open enum that stands inline in a property a name: that of its schema and its property.
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

/// Makes every property of every answer optional, and takes its constraints off.
pub(super) fn relax_responses(original: &Value, contract: &mut Value) -> Result<Vec<String>> {
    let mut touched = Vec::new();
    for name in response_schemas(original, contract) {
        let place = pointer::join(SCHEMAS, &name);
        let schema = value_mut(contract, &place)?;
        // Replaced by a type of ours, which is open already.
        if is_open_enum(schema) {
            continue;
        }
        let relaxed = relax(schema);
        if relaxed != *schema {
            *schema = relaxed;
            touched.push(place);
        }
    }
    // An answer without a name is taken as it is, too.
    for place in inline_answers(contract)? {
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
    // Whoever refers to it may leave it out, which covers null.
    relaxed.remove("nullable");
    if given.contains_key("oneOf") || given.contains_key("anyOf") {
        // An untagged enum that none of the choices fits fails the whole answer; any JSON does not.
        relaxed.remove("oneOf");
        relaxed.remove("anyOf");
    }
    if let Some(Value::Object(properties)) = relaxed.get_mut("properties") {
        for property in properties.values_mut() {
            *property = relax(property);
            // The generator gives a list or a map that may be left out no way to be null.
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

/// The places of the schemas of JSON answers that have no name.
fn inline_answers(contract: &Value) -> Result<BTreeSet<String>> {
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

/// The names of the schemas that answers and callbacks are made of, hand-written operations' too.
fn response_schemas(original: &Value, contract: &Value) -> BTreeSet<String> {
    operations(original)
        .flat_map(|operation| ["responses", "callbacks"].map(|key| operation.body.get(key)))
        .flatten()
        .flat_map(|value| reachable_schemas(contract, value))
        .collect()
}
