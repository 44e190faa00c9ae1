//! The contract as the rules read it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::CodeGenerator;
use crate::contract::Contract;
use toapis_openapi::pointer;
use toapis_openapi::reference::reference;

/// The document, its schemas, and the schemas of responses.
pub(super) struct Context<'c> {
    pub(super) contract: &'c Contract,
    pub(super) generator: &'c dyn CodeGenerator,
    /// The `openapi` version. The document is read as 3.0 in any case.
    pub(super) version: &'c str,
    /// All schemas of the document, with their pointers.
    pub(super) schemas: Vec<(String, &'c Value)>,
    /// The named schemas of responses and webhooks.
    answered: BTreeSet<String>,
}

/// The violations of a rule: the pointer, and the message.
pub(super) type Found = Vec<(String, String)>;

impl<'c> Context<'c> {
    pub(super) fn new(
        contract: &'c Contract,
        version: &'c str,
        generator: &'c dyn CodeGenerator,
    ) -> Self {
        let mut schemas = Vec::new();
        collect(contract.document(), "", &mut schemas);
        let answered = contract
            .operations()
            .flat_map(|operation| ["responses", "callbacks"].map(|key| operation.body.get(key)))
            .flatten()
            .flat_map(|value| contract.reachable_schemas(value))
            .collect();
        Self {
            contract,
            generator,
            version,
            schemas,
            answered,
        }
    }

    /// Follows references, which the reader of the document has checked.
    pub(super) fn resolve(&self, value: &'c Value) -> &'c Value {
        self.contract.resolve(value).unwrap_or(value)
    }

    /// Returns the schemas of responses.
    pub(super) fn answered<'s>(&'s self) -> impl Iterator<Item = (&'s str, &'c Value)> {
        self.schemas.iter().filter_map(|(at, schema)| {
            let is_answered = match at.strip_prefix("/components/schemas/") {
                Some(below) => self.answered.contains(below.split('/').next()?),
                None => at.contains("/responses/") && at.contains("/application~1json/schema"),
            };
            is_answered.then_some((at.as_str(), *schema))
        })
    }
}

/// Returns the values of an enum.
pub(super) fn values(schema: &Value) -> &[Value] {
    schema
        .get("enum")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(super) fn kind(schema: &Value) -> Option<&str> {
    schema.get("type").and_then(Value::as_str)
}

/// Collects the schemas of a document by their location in OpenAPI.
fn collect<'c>(value: &'c Value, at: &str, schemas: &mut Vec<(String, &'c Value)>) {
    match value {
        Value::Object(map) => {
            for (key, below) in map {
                let place = pointer::join(at, key);
                // Examples and extensions contain no schemas.
                if key == "example" || key == "examples" || key.starts_with("x-") {
                    continue;
                }
                if key == "schema" || place == format!("/components/schemas/{key}") {
                    schema(below, place, schemas);
                } else {
                    collect(below, &place, schemas);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &pointer::join(at, &index.to_string()), schemas);
            }
        }
        _ => {}
    }
}

fn schema<'c>(value: &'c Value, at: String, schemas: &mut Vec<(String, &'c Value)>) {
    if !value.is_object() || reference(value).is_some() {
        return;
    }
    for (name, property) in value
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        schema(
            property,
            pointer::join(&format!("{at}/properties"), name),
            schemas,
        );
    }
    for key in ["items", "not", "additionalProperties"] {
        if let Some(below) = value.get(key) {
            schema(below, format!("{at}/{key}"), schemas);
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for (index, below) in value
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            schema(below, format!("{at}/{key}/{index}"), schemas);
        }
    }
    schemas.push((at, value));
}
