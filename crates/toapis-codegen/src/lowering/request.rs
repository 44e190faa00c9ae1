//! Transforms of requests: one struct for each, and scalars without constraints.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow};
use serde_json::{Map, Value, json};
use toapis_openapi::operations::{OperationRef, SCHEMAS, operations};
use toapis_openapi::pointer;
use toapis_openapi::reference::{reachable_schemas, reference, resolve};

use super::value_mut;
use crate::error::ResultExt as _;

/// The keywords that a scalar in a request keeps.
///
/// Formats are dropped: those of strings become types of chrono or uuid, which no crate here uses,
/// and those of numbers differ by model.
const KEPT: [&str; 2] = ["type", "description"];
const SCALARS: [&str; 4] = ["string", "integer", "number", "boolean"];

/// Replaces each request schema that is a `oneOf` by one object with the properties of all
/// branches.
pub(super) fn flatten_requests(_: &Value, contract: &mut Value) -> Result<Vec<String>> {
    let mut touched = Vec::new();
    for name in request_schemas(contract) {
        let place = pointer::join(SCHEMAS, &name);
        let schema = contract
            .pointer(&place)
            .with_context(|| format!("nothing at `{place}`"))?;
        let Some(branches) = schema.get("oneOf").and_then(Value::as_array) else {
            continue;
        };
        let flat = flatten(contract, schema, branches, &pointer::join(&place, "oneOf"))
            .with_context(|| format!("cannot flatten `{name}`"))?;
        *value_mut(contract, &place)? = flat;
        touched.push(place);
    }
    Ok(touched)
}

fn flatten(contract: &Value, schema: &Value, branches: &[Value], place: &str) -> Result<Value> {
    let mut properties: BTreeMap<&String, Value> = BTreeMap::new();
    let mut required: Option<Vec<&Value>> = None;
    for (index, branch) in branches.iter().enumerate() {
        let properties_at = reference(branch)
            .and_then(pointer::from_reference)
            .unwrap_or("/paths".into())
            .into_owned()
            + "/properties";
        let branch = resolve(contract, branch)?;
        if !is_plain_object(branch) {
            let error = anyhow!(
                "one struct has the fields of all branches, and this branch does not list its own: make it an object with `properties`, without `allOf`, `anyOf` and `oneOf`"
            );
            let at = pointer::join(place, &index.to_string());
            return Err(error).at(&at, "a branch of a request");
        }
        for (name, property) in branch
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let free = free(contract, property)?;
            match properties.get(name) {
                None => {
                    properties.insert(name, free);
                }
                Some(other) if *other == free => {}
                Some(other) if same_type(other, &free) => {
                    // The description of one model would be wrong for another.
                    properties.insert(name, described(free, "Differs by model."));
                }
                Some(other) => {
                    let error = anyhow!(
                        "`{name}` is {} here and {} in another branch: one struct has one type for it; give it another name, or \
                         one type everywhere",
                        type_phrase(&free),
                        type_phrase(other)
                    );
                    return Err(error)
                        .at(&pointer::join(&properties_at, name), "fields of one name");
                }
            }
        }
        let here: Vec<_> = branch
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .collect();
        required = Some(match required {
            None => here,
            Some(before) => before
                .into_iter()
                .filter(|name| here.contains(name))
                .collect(),
        });
    }
    let mut flat = json!({
        "type": "object",
        "required": required.unwrap_or_default(),
        "properties": properties,
        // The last branch is open: a future model may have more fields.
        "additionalProperties": {},
    });
    if let Some(description) = schema.get("description") {
        flat["description"] = description.clone();
    }
    Ok(flat)
}

/// Returns true for an object that lists all of its fields itself.
fn is_plain_object(schema: &Value) -> bool {
    let kind = schema.get("type").and_then(Value::as_str);
    let parts = ["allOf", "anyOf", "oneOf"];
    kind.map_or(schema.get("properties").is_some(), |kind| kind == "object")
        && parts.iter().all(|key| schema.get(key).is_none())
}

/// Returns the schema of a request field without its constraints. An object stays open and untyped:
/// its content differs by model, and a typed union would reject what an unknown model accepts.
fn free(contract: &Value, property: &Value) -> Result<Value> {
    let schema = resolve(contract, property)?;
    if let Some(only) = only_part(schema) {
        return self::free(contract, only);
    }
    let kind = schema.get("type").and_then(Value::as_str);
    let mut free = Map::new();
    for key in KEPT {
        if let Some(value) = schema.get(key) {
            free.insert(key.to_owned(), value.clone());
        }
    }
    match kind {
        Some("array") => {
            let items = schema.get("items").context("an array without items")?;
            free.insert("items".to_owned(), free_scalars(contract, items)?);
        }
        Some(_) => {}
        // A choice of scalars of one type becomes that type, for example a size by ratio or pixels.
        None => {
            let kinds = choices(schema)
                .iter()
                .map(|choice| {
                    Ok(resolve(contract, choice)?
                        .get("type")
                        .and_then(Value::as_str))
                })
                .collect::<Result<Vec<_>>>()?;
            match kinds.first() {
                Some(Some(first)) if kinds.iter().all(|kind| *kind == Some(first)) => {
                    free.insert("type".to_owned(), json!(first));
                }
                _ => {}
            }
        }
    }
    Ok(Value::Object(free))
}

/// Returns the part of an `allOf` with one part, which is how 3.0 adds keywords to a `$ref`.
pub(crate) fn only_part(schema: &Value) -> Option<&Value> {
    match schema.get("allOf")?.as_array()?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// Returns the type of a field for an error message.
fn type_phrase(free: &Value) -> String {
    match free.get("type").and_then(Value::as_str) {
        Some(kind) => format!("of type `{kind}`"),
        None => "of any type".to_owned(),
    }
}

fn described(mut schema: Value, description: &str) -> Value {
    schema["description"] = description.into();
    schema
}

fn choices(schema: &Value) -> &[Value] {
    schema
        .get("oneOf")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn same_type(left: &Value, right: &Value) -> bool {
    ["type", "items"]
        .iter()
        .all(|key| left.get(key) == right.get(key))
}

/// Removes the constraints of the schemas that requests use, and inlines scalars.
pub(super) fn free_request_scalars(_: &Value, contract: &mut Value) -> Result<Vec<String>> {
    let mut touched = Vec::new();
    let names: Vec<String> = request_schemas(contract)
        .iter()
        .flat_map(|name| {
            reachable_schemas(
                contract,
                &json!({ "$ref": format!("#{}", pointer::join(SCHEMAS, name)) }),
            )
        })
        .collect();
    for name in names {
        let place = pointer::join(SCHEMAS, &name);
        let schema = contract
            .pointer(&place)
            .with_context(|| format!("nothing at `{place}`"))?
            .clone();
        if is_scalar(&schema) {
            // It is inlined where it is used, so its name is dropped.
            continue;
        }
        let freed = free_scalars(contract, &schema)?;
        if freed != schema {
            *value_mut(contract, &place)? = freed;
            touched.push(place);
        }
    }
    let inline: Vec<(String, Value)> = operations(contract)
        .filter_map(|operation| {
            let schema = json_body(&operation).filter(|schema| reference(schema).is_none())?;
            let place = format!("{}{JSON_BODY}", operation.pointer());
            Some((place, schema.clone()))
        })
        .collect();
    for (place, schema) in inline {
        let freed = free_scalars(contract, &schema)?;
        if freed != schema {
            *value_mut(contract, &place)? = freed;
            touched.push(place);
        }
    }
    Ok(touched)
}

fn free_scalars(contract: &Value, schema: &Value) -> Result<Value> {
    let target = resolve(contract, schema)?;
    if is_scalar(target) {
        return free(contract, target);
    }
    Ok(match schema {
        _ if reference(schema).is_some() => schema.clone(),
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| *key != "example")
            .map(|(key, value)| Ok((key.clone(), free_scalars(contract, value)?)))
            .collect::<Result<Map<_, _>>>()?
            .into(),
        Value::Array(items) => items
            .iter()
            .map(|item| free_scalars(contract, item))
            .collect::<Result<Vec<_>>>()?
            .into(),
        other => other.clone(),
    })
}

fn is_scalar(schema: &Value) -> bool {
    schema
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|kind| SCALARS.contains(&kind))
}

/// Removes the constraints of all parameters.
pub(super) fn free_parameters(_: &Value, contract: &mut Value) -> Result<Vec<String>> {
    free_each_parameter(contract, |free| free)
}

/// Removes the constraints of all parameters, and replaces each list by its item.
pub(super) fn free_mock_parameters(_: &Value, contract: &mut Value) -> Result<Vec<String>> {
    free_each_parameter(contract, |free| match free.get("items") {
        None => free,
        Some(items) => items.clone(),
    })
}

fn free_each_parameter(
    contract: &mut Value,
    shape: impl Fn(Value) -> Value,
) -> Result<Vec<String>> {
    let mut places = Vec::new();
    for operation in operations(contract) {
        let parameters = operation.body.get("parameters").and_then(Value::as_array);
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            let schema = parameter.get("schema").context("it has no `schema`").at(
                &format!("{}/parameters/{index}", operation.pointer()),
                "a parameter",
            )?;
            let place = format!("{}/parameters/{index}/schema", operation.pointer());
            places.push((place, shape(free(contract, schema)?)));
        }
    }
    places
        .into_iter()
        .map(|(place, schema)| {
            *value_mut(contract, &place)? = schema;
            Ok(place)
        })
        .collect()
}

/// The pointer of the schema of a JSON body, relative to its operation.
const JSON_BODY: &str = "/requestBody/content/application~1json/schema";

fn json_body<'c>(operation: &OperationRef<'c>) -> Option<&'c Value> {
    let (first, rest) = JSON_BODY.strip_prefix('/')?.split_once('/')?;
    operation.body.get(first)?.pointer(&format!("/{rest}"))
}

/// Returns the names of the schemas of JSON request bodies.
fn request_schemas(contract: &Value) -> Vec<String> {
    let mut names: Vec<_> = operations(contract)
        .filter_map(|operation| Some(pointer::last(reference(json_body(&operation)?)?).to_owned()))
        .collect();
    names.sort();
    names.dedup();
    names
}
