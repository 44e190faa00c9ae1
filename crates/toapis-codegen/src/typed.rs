//! Reads a document as the generator does, and finds the misspelt keywords that it would drop.

use anyhow::{Context, Error, Result, anyhow};
use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use toapis_openapi::pointer::{self, entries};
use toapis_openapi::reference::reference;

use crate::error::ResultExt as _;

/// Reads the document as the generator does.
///
/// # Errors
///
/// The document is not OpenAPI 3.0, or has keys that the generator's reader drops: each is named by
/// its JSON pointer. A misspelt `maxLenght` would otherwise be a missing limit.
pub(crate) fn read(contract: &Value) -> Result<openapiv3::OpenAPI> {
    let (typed, lost) = parse(contract)?;
    match lost.first() {
        None => Ok(typed),
        Some(first) => Err(anyhow!("  {}", lost.join("\n  ")))
            .at(first, "openapi.yaml has unknown keys, perhaps misspelt"),
    }
}

/// Returns the pointers of the keys that have no meaning in their place.
///
/// # Errors
///
/// The document is not OpenAPI 3.0.
pub fn unknown_keys(contract: &Value) -> Result<Vec<String>> {
    Ok(parse(contract)?.1)
}

/// Returns the typed document, and the pointers of the dropped keys.
fn parse(contract: &Value) -> Result<(openapiv3::OpenAPI, Vec<String>)> {
    let typed = openapiv3::OpenAPI::deserialize(contract)
        .map_err(|error| culprit(contract).unwrap_or_else(|| error.into()))
        .context("openapi.yaml is not a document of OpenAPI 3.0")?;
    let written = serde_json::to_value(&typed).context("cannot write the document again")?;
    let mut lost = Vec::new();
    compare(contract, &written, "", &mut lost);
    Ok((typed, lost))
}

/// Returns the error of the first invalid component or path, which has a place. The error of the
/// whole document has none.
fn culprit(contract: &Value) -> Option<Error> {
    type Fault = fn(&Value) -> Option<serde_json::Error>;
    fn fault<T: DeserializeOwned>(value: &Value) -> Option<serde_json::Error> {
        T::deserialize(value).err()
    }
    let places: [(&str, Fault); 6] = [
        ("/components/schemas", fault::<openapiv3::Schema>),
        ("/components/responses", fault::<openapiv3::Response>),
        ("/components/parameters", fault::<openapiv3::Parameter>),
        ("/components/headers", fault::<openapiv3::Header>),
        ("/components/requestBodies", fault::<openapiv3::RequestBody>),
        ("/paths", fault::<openapiv3::PathItem>),
    ];
    places.iter().find_map(|(place, fault)| {
        let mut parts = entries(contract, place)
            .filter(|(name, part)| !name.starts_with("x-") && reference(part).is_none());
        parts.find_map(|(name, part)| {
            let fault = fault(part)?;
            let at = pointer::join(place, name);
            Err::<(), _>(fault.into())
                .at(&at, &format!("`{name}`"))
                .err()
        })
    })
}

/// Collects the keys of `given` that `kept` does not have.
fn compare(given: &Value, kept: &Value, at: &str, lost: &mut Vec<String>) {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => {
            for (key, value) in given {
                match kept.get(key) {
                    Some(other) => compare(value, other, &pointer::join(at, key), lost),
                    None if is_default(key, value) => {}
                    None => lost.push(pointer::join(at, key)),
                }
            }
        }
        (Value::Array(given), Value::Array(kept)) => {
            for (index, (value, other)) in given.iter().zip(kept).enumerate() {
                compare(value, other, &pointer::join(at, &index.to_string()), lost);
            }
        }
        _ => {}
    }
}

/// Returns true if a key is dropped because its value is the default.
fn is_default(key: &str, value: &Value) -> bool {
    match value {
        Value::Bool(false) => [
            "required",
            "nullable",
            "deprecated",
            "readOnly",
            "writeOnly",
            "uniqueItems",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "allowReserved",
            "explode",
        ]
        .contains(&key),
        Value::Array(items) => {
            items.is_empty()
                && ["tags", "parameters", "servers", "required", "security"].contains(&key)
        }
        Value::Object(map) => {
            map.is_empty()
                && ["properties", "schemas", "examples", "headers", "links"].contains(&key)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use toapis_openapi::Document;

    use super::*;

    fn lost(schema: &str) -> Vec<String> {
        let text = format!(
            "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents: {{schemas: {{A: {schema}}}}}"
        );
        unknown_keys(&Document::parse(&text, "openapi.yaml").unwrap().to_value()).unwrap()
    }

    #[test]
    fn misspelt_keywords_are_named_by_their_pointers() {
        assert_eq!(
            lost("{type: string, maxLenght: 3}"),
            ["/components/schemas/A/maxLenght"]
        );
        assert_eq!(
            lost(
                "{type: object, properties: {b: {type: array, items: {type: string, patern: x}}}}"
            ),
            ["/components/schemas/A/properties/b/items/patern"]
        );
    }

    #[test]
    fn extensions_and_defaults_are_not_unknown_keys() {
        assert!(
            lost("{type: object, x-source: page, nullable: false, required: [], properties: {}}")
                .is_empty()
        );
    }
}
