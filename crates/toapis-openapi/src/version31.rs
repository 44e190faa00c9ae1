//! Converts OpenAPI 3.1 to 3.0 where it means the same; anything else is an error.

use serde_json::{Map, Value, json};

use crate::pointer;

/// Keywords that OpenAPI 3.0 does not have.
const UNSUPPORTED: [&str; 22] = [
    "$defs",
    "$id",
    "$anchor",
    "$dynamicRef",
    "$dynamicAnchor",
    "$schema",
    "prefixItems",
    "contains",
    "minContains",
    "maxContains",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependentRequired",
    "unevaluatedProperties",
    "unevaluatedItems",
    "patternProperties",
    "propertyNames",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
];

/// A part of a 3.1 document that 3.0 cannot express.
#[derive(Debug, thiserror::Error)]
#[error("`{pointer}`: {message}")]
pub(crate) struct ConversionError {
    /// The JSON pointer.
    pub(crate) pointer: String,
    message: String,
}

type Result<T> = std::result::Result<T, ConversionError>;

/// Converts a document of 3.1 to 3.0.3 and returns true. Returns false, without a change, for a
/// document of another version.
pub(crate) fn convert(document: &mut Value) -> Result<bool> {
    if !document
        .get("openapi")
        .and_then(Value::as_str)
        .is_some_and(|version| version.starts_with("3.1."))
    {
        return Ok(false);
    }
    for place in ["/webhooks", "/jsonSchemaDialect", "/components/pathItems"] {
        if document.pointer(place).is_some() {
            unsupported(place, &format!("`{}`", pointer::last(place)))?;
        }
    }
    convert_schemas(document, "")?;
    document["openapi"] = json!("3.0.3");
    // Texts for readers that 3.0 does not have.
    for (place, key) in [("/info", "summary"), ("/info/license", "identifier")] {
        if let Some(Value::Object(map)) = document.pointer_mut(place) {
            map.remove(key);
        }
    }
    Ok(true)
}

fn unsupported<T>(at: &str, what: &str) -> Result<T> {
    Err(ConversionError {
        pointer: at.to_owned(),
        message: format!("{what} cannot be expressed in OpenAPI 3.0"),
    })
}

/// Converts all schemas, which are found by their place in OpenAPI.
fn convert_schemas(value: &mut Value, at: &str) -> Result<()> {
    match value {
        Value::Object(map) => {
            for (key, below) in map.iter_mut() {
                let place = pointer::join(at, key);
                if key == "example" || key == "examples" || key.starts_with("x-") {
                    continue;
                }
                if key == "schema" || at == "/components/schemas" {
                    schema(below, &place)?;
                } else {
                    convert_schemas(below, &place)?;
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                convert_schemas(item, &pointer::join(at, &index.to_string()))?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn schema(value: &mut Value, at: &str) -> Result<()> {
    match value {
        Value::Bool(true) => *value = json!({}),
        Value::Bool(false) => unsupported(at, "a schema that no value matches")?,
        Value::Object(map) => object(map, at)?,
        _ => {}
    }
    Ok(())
}

fn object(map: &mut Map<String, Value>, at: &str) -> Result<()> {
    if let Some(keyword) = UNSUPPORTED
        .iter()
        .find(|keyword| map.contains_key(**keyword))
    {
        unsupported(&pointer::join(at, keyword), &format!("`{keyword}`"))?;
    }
    reject_ignored(map, at)?;
    types(map, at)?;
    map.remove("$comment");
    if let Some(value) = map.remove("const") {
        map.insert("enum".to_owned(), json!([value]));
    }
    if let Some(Value::Array(examples)) = map.remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        map.entry("example").or_insert(first);
    }
    bound(
        map,
        "minimum",
        "exclusiveMinimum",
        |exclusive, inclusive| exclusive >= inclusive,
    );
    bound(
        map,
        "maximum",
        "exclusiveMaximum",
        |exclusive, inclusive| exclusive <= inclusive,
    );
    for key in ["items", "not", "additionalProperties"] {
        // A boolean `additionalProperties` means the same in both versions.
        if let Some(below) = map
            .get_mut(key)
            .filter(|below| key != "additionalProperties" || below.is_object())
        {
            schema(below, &pointer::join(at, key))?;
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        if let Some(Value::Array(items)) = map.get_mut(key) {
            for (index, item) in items.iter_mut().enumerate() {
                schema(item, &format!("{at}/{key}/{index}"))?;
            }
        }
    }
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        for (name, property) in properties.iter_mut() {
            schema(property, &pointer::join(&format!("{at}/properties"), name))?;
        }
    }
    // 3.0 ignores the siblings of a reference.
    if map.len() > 1
        && let Some(reference) = map.remove("$ref")
    {
        let part = json!({ "$ref": reference });
        match map.get_mut("allOf") {
            Some(Value::Array(parts)) => parts.insert(0, part),
            _ => {
                map.insert("allOf".to_owned(), json!([part]));
            }
        }
    }
    Ok(())
}

/// Rejects keywords of 3.0 that 3.1 ignores: after the conversion they would have a meaning.
fn reject_ignored(map: &Map<String, Value>, at: &str) -> Result<()> {
    for (keyword, instead) in [
        ("nullable", "`null` among the types"),
        ("exclusiveMinimum", "the number"),
        ("exclusiveMaximum", "the number"),
    ] {
        if map.get(keyword).is_some_and(Value::is_boolean) {
            return Err(ConversionError {
                pointer: pointer::join(at, keyword),
                message: format!(
                    "a boolean `{keyword}` has no meaning in OpenAPI 3.1; write {instead}"
                ),
            });
        }
    }
    Ok(())
}

/// Converts a list of types: `[string, null]` becomes a nullable string.
fn types(map: &mut Map<String, Value>, at: &str) -> Result<()> {
    let place = pointer::join(at, "type");
    let kinds: Vec<Value> = match map.get("type") {
        Some(Value::Array(kinds)) => kinds.clone(),
        Some(kind) if kind == "null" => return unsupported(&place, "`null` as the only type"),
        _ => return Ok(()),
    };
    let (null, others): (Vec<Value>, Vec<Value>) =
        kinds.into_iter().partition(|kind| kind == "null");
    let [kind] = others.as_slice() else {
        return unsupported(&place, &format!("a list of {} types", others.len()));
    };
    map.insert("type".to_owned(), kind.clone());
    if !null.is_empty() {
        map.insert("nullable".to_owned(), json!(true));
    }
    Ok(())
}

/// Converts an exclusive bound: `exclusiveMinimum: 3` becomes `minimum: 3` and
/// `exclusiveMinimum: true`, unless `minimum` is stricter.
fn bound(
    map: &mut Map<String, Value>,
    inclusive: &str,
    exclusive: &str,
    is_stricter: fn(f64, f64) -> bool,
) {
    let Some(limit) = map
        .get(exclusive)
        .filter(|limit| limit.is_number())
        .cloned()
    else {
        return;
    };
    let other = map.get(inclusive).and_then(Value::as_f64);
    if limit
        .as_f64()
        .zip(other)
        .is_none_or(|(limit, other)| is_stricter(limit, other))
    {
        map.insert(inclusive.to_owned(), limit);
        map.insert(exclusive.to_owned(), json!(true));
    } else {
        map.remove(exclusive);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert_schema(schema: &Value) -> Result<Value> {
        let mut document = json!({"openapi": "3.1.0", "components": {"schemas": {"A": schema}}});
        convert(&mut document)?;
        assert_eq!(document["openapi"], "3.0.3");
        Ok(document["components"]["schemas"]["A"].clone())
    }

    #[test]
    fn equivalent_keywords_are_converted() {
        for (new, old) in [
            (
                json!({"type": ["string", "null"]}),
                json!({"type": "string", "nullable": true}),
            ),
            (json!({"type": ["string"]}), json!({"type": "string"})),
            (json!({"const": 1}), json!({"enum": [1]})),
            (json!({"examples": ["a", "b"]}), json!({"example": "a"})),
            (
                json!({"exclusiveMinimum": 3}),
                json!({"minimum": 3, "exclusiveMinimum": true}),
            ),
            (
                json!({"exclusiveMinimum": 3, "minimum": 4}),
                json!({"minimum": 4}),
            ),
            (
                json!({"exclusiveMaximum": 3, "maximum": 4}),
                json!({"maximum": 3, "exclusiveMaximum": true}),
            ),
            (
                json!({"exclusiveMaximum": 3, "maximum": 3}),
                json!({"maximum": 3, "exclusiveMaximum": true}),
            ),
            (
                json!({"$ref": "#/a", "maxLength": 3}),
                json!({"allOf": [{"$ref": "#/a"}], "maxLength": 3}),
            ),
            (json!({"$ref": "#/a"}), json!({"$ref": "#/a"})),
            (
                json!({"additionalProperties": false, "items": true}),
                json!({"additionalProperties": false, "items": {}}),
            ),
            (
                json!({"properties": {"type": {"type": ["integer", "null"]}}}),
                json!({"properties": {"type": {"type": "integer", "nullable": true}}}),
            ),
        ] {
            assert_eq!(convert_schema(&new).unwrap(), old, "{new}");
        }
    }

    #[test]
    fn inexpressible_keywords_are_errors_with_a_pointer() {
        for (schema, place) in [
            (
                json!({"type": ["string", "integer"]}),
                "/components/schemas/A/type",
            ),
            (json!({"type": "null"}), "/components/schemas/A/type"),
            (
                json!({"properties": {"a": {"patternProperties": {}}}}),
                "/components/schemas/A/properties/a/patternProperties",
            ),
            (
                json!({"oneOf": [{}, {"if": {}}]}),
                "/components/schemas/A/oneOf/1/if",
            ),
            (json!({"items": false}), "/components/schemas/A/items"),
            (
                json!({"type": "string", "nullable": true}),
                "/components/schemas/A/nullable",
            ),
            (
                json!({"items": {"minimum": 3, "exclusiveMinimum": true}}),
                "/components/schemas/A/items/exclusiveMinimum",
            ),
            (
                json!({"maximum": 3, "exclusiveMaximum": false}),
                "/components/schemas/A/exclusiveMaximum",
            ),
        ] {
            let error = convert_schema(&schema).unwrap_err();
            assert_eq!(error.pointer, place);
        }
        let mut document = json!({"openapi": "3.1.0", "webhooks": {}});
        assert!(
            convert(&mut document)
                .unwrap_err()
                .to_string()
                .contains("`/webhooks`")
        );
    }

    #[test]
    fn a_document_of_3_0_is_unchanged() {
        let document = json!({"openapi": "3.0.3", "components": {"schemas": {"A": {"type": ["string", "null"]}}}});
        let mut converted = document.clone();
        convert(&mut converted).unwrap();
        assert_eq!(converted, document);
    }
}
