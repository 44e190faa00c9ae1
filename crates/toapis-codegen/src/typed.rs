//! Finds misspelt keywords: whatever a typed reader of OpenAPI drops without a word.

use anyhow::{Context, Error, Result, anyhow};
use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use toapis_openapi::pointer::{self, entries};
use toapis_openapi::reference::reference;

use crate::error::ResultExt as _;

/// Reads the document as the generator reads it.
///
/// # Errors
///
/// The document is not OpenAPI 3.0, or has keys that the generator's reader loses: each is named by its JSON pointer.
/// A misspelt `maxLenght` would otherwise mean no limit at all, in silence.
pub(crate) fn read(contract: &Value) -> Result<openapiv3::OpenAPI> {
    let (typed, lost) = parse(contract)?;
    match lost.first() {
        None => Ok(typed),
        Some(first) => Err(anyhow!("  {}", lost.join("\n  "))).at(
            first,
            "openapi.yaml has keys that mean nothing where they stand, misspelt perhaps",
        ),
    }
}

/// The pointers of the keys that mean nothing where they stand.
///
/// # Errors
///
/// The document is not OpenAPI 3.0.
pub fn unknown_keys(contract: &Value) -> Result<Vec<String>> {
    Ok(parse(contract)?.1)
}

/// The typed document, and the pointers of what it lost.
fn parse(contract: &Value) -> Result<(openapiv3::OpenAPI, Vec<String>)> {
    let typed = openapiv3::OpenAPI::deserialize(contract)
        .map_err(|error| culprit(contract).unwrap_or_else(|| error.into()))
        .context("openapi.yaml is not a document of OpenAPI 3.0")?;
    let written = serde_json::to_value(&typed).context("cannot write the document again")?;
    let mut lost = Vec::new();
    compare(contract, &written, "", &mut lost);
    Ok((typed, lost))
}

/// The first component or path that is none by itself, and why: the whole document does not tell which.
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

/// Collects the keys of `given` that `kept` no longer has.
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

/// Keys that are left out when they say what holds anyway.
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
    fn a_misspelt_keyword_is_found_by_its_place() {
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
    fn an_extension_and_a_default_are_not_lost() {
        assert!(
            lost("{type: object, x-source: page, nullable: false, required: [], properties: {}}")
                .is_empty()
        );
    }
}
