//! Rules about examples: they exist and match their schemas.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value, json};

use super::context::{Context, Found};
use toapis_openapi::pointer;

/// An example and its schema.
struct Example<'c> {
    at: String,
    value: &'c Value,
    schema: &'c Value,
}

pub(super) fn fit(context: &Context<'_>) -> Found {
    let examples = examples(context);
    // Compiling one schema for all examples is much faster than one for each.
    let mut properties = Map::new();
    let mut instance = Map::new();
    for (index, example) in examples.iter().enumerate() {
        properties.insert(index.to_string(), draft4(example.schema));
        instance.insert(index.to_string(), example.value.clone());
    }
    let components: Map<String, Value> = context
        .contract
        .entries("/components/schemas")
        .map(|(name, schema)| (name.clone(), draft4(schema)))
        .collect();
    let schema = json!({"properties": properties, "components": {"schemas": components}});
    let validator = match jsonschema::draft4::new(&schema) {
        Ok(validator) => validator,
        Err(error) => return vec![("/components/schemas".to_owned(), error.to_string())],
    };
    let mut found = Found::new();
    for error in validator.iter_errors(&Value::Object(instance)) {
        let path = error.instance_path().to_string();
        let (index, below) = path
            .trim_start_matches('/')
            .split_once('/')
            .unwrap_or((path.trim_start_matches('/'), ""));
        let Some(example) = index
            .parse::<usize>()
            .ok()
            .and_then(|index| examples.get(index))
        else {
            continue;
        };
        let at = if below.is_empty() {
            example.at.clone()
        } else {
            format!("{}/{below}", example.at)
        };
        found.push((at, message(&error)));
    }
    found
}

/// Returns the message of an error. For a choice, it is that of the branch that the value selects.
fn message(error: &ValidationError<'_>) -> String {
    let (ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context }) =
        error.kind()
    else {
        return error.to_string();
    };
    let is_chosen_otherwise = |error: &ValidationError<'_>| {
        matches!(
            error.kind(),
            ValidationErrorKind::Enum { .. } | ValidationErrorKind::Not { .. }
        )
    };
    let nearest = context
        .iter()
        .filter(|errors| !errors.iter().any(is_chosen_otherwise))
        .min_by_key(|errors| errors.len());
    match nearest.and_then(|errors| errors.first()) {
        Some(nearest) => format!("matches no branch; the nearest: {}", message(nearest)),
        None => error.to_string(),
    }
}

pub(super) fn exist(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    for (name, schema) in context.contract.entries("/components/schemas") {
        if schema.get("example").is_none() {
            found.push((
                pointer::join("/components/schemas", name),
                format!("`{name}` has no example"),
            ));
        }
    }
    let mut check = |at: String, media: &Value| {
        if media.get("example").is_none() && media.get("examples").is_none() {
            found.push((at, "the body has no example".to_owned()));
        }
    };
    for operation in context.contract.operations() {
        let bodies = operation
            .body
            .get("requestBody")
            .map(|body| (format!("{}/requestBody", operation.pointer()), body));
        let responses = operation
            .body
            .get("responses")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let responses = responses.map(|(status, response)| {
            (
                format!("{}/responses/{status}", operation.pointer()),
                response,
            )
        });
        for (at, body) in bodies.into_iter().chain(responses) {
            for (kind, media) in body
                .get("content")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                // The schema of a form is illustrated by the examples of its parts.
                if kind != "multipart/form-data" {
                    check(pointer::join(&format!("{at}/content"), kind), media);
                }
            }
        }
    }
    for (name, response) in context.contract.entries("/components/responses") {
        let at = pointer::join("/components/responses", name);
        for (kind, media) in response
            .get("content")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            check(pointer::join(&format!("{at}/content"), kind), media);
        }
    }
    found
}

/// Returns all examples that are next to a schema.
fn examples<'c>(context: &Context<'c>) -> Vec<Example<'c>> {
    let mut examples = Vec::new();
    for (at, schema) in &context.schemas {
        if let Some(value) = schema.get("example") {
            examples.push(Example {
                at: format!("{at}/example"),
                value,
                schema,
            });
        }
    }
    beside(context.contract.document(), "", &mut examples);
    examples
}

/// Media types, parameters and headers have a `schema`, and next to it `example` or `examples`.
fn beside<'c>(value: &'c Value, at: &str, examples: &mut Vec<Example<'c>>) {
    match value {
        Value::Object(map) => {
            if let Some(schema) = map.get("schema") {
                if let Some(value) = map.get("example") {
                    examples.push(Example {
                        at: format!("{at}/example"),
                        value,
                        schema,
                    });
                }
                for (name, example) in map
                    .get("examples")
                    .and_then(Value::as_object)
                    .into_iter()
                    .flatten()
                {
                    if let Some(value) = example.get("value") {
                        let at =
                            format!("{}/value", pointer::join(&format!("{at}/examples"), name));
                        examples.push(Example { at, value, schema });
                    }
                }
            }
            for (key, below) in map.iter().filter(|(key, _)| {
                !key.starts_with("x-")
                    && *key != "example"
                    && *key != "examples"
                    && *key != "schema"
            }) {
                beside(below, &pointer::join(at, key), examples);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                beside(item, &pointer::join(at, &index.to_string()), examples);
            }
        }
        _ => {}
    }
}

/// Translates a schema of OpenAPI 3.0 to JSON Schema draft 4, which differs in `nullable`.
fn draft4(schema: &Value) -> Value {
    match schema {
        Value::Object(map) if map.contains_key("$ref") => json!({ "$ref": map["$ref"] }),
        Value::Object(map) => {
            let mut plain: Map<String, Value> = map
                .iter()
                .filter(|(key, _)| {
                    *key != "example" && *key != "discriminator" && !key.starts_with("x-")
                })
                .map(|(key, value)| (key.clone(), draft4(value)))
                .collect();
            if map.get("nullable") == Some(&Value::Bool(true)) {
                if let Some(kind) = map.get("type") {
                    plain.insert("type".to_owned(), json!([kind, "null"]));
                }
                if let Some(Value::Array(values)) = plain.get_mut("enum") {
                    values.push(Value::Null);
                }
            }
            Value::Object(plain)
        }
        Value::Array(items) => items.iter().map(draft4).collect(),
        other => other.clone(),
    }
}
