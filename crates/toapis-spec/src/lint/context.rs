//! The contract as the rules look at it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::CodeGenerator;
use crate::contract::Contract;
use toapis_openapi::pointer;
use toapis_openapi::reference::reference;

/// Where schemas are, who sends them, and what was found so far.
pub(super) struct Context<'c> {
    pub(super) contract: &'c Contract,
    pub(super) generator: &'c dyn CodeGenerator,
    /// The version of OpenAPI that it is written in; it is read as 3.0 all the same.
    pub(super) version: &'c str,
    /// Every schema of the document, named or not, with its pointer.
    pub(super) schemas: Vec<(String, &'c Value)>,
    /// The named schemas that servers answer, or send to a webhook.
    answered: BTreeSet<String>,
}

/// What a rule found: the pointer, and what is wrong there.
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

    /// Follows references; reading the document has made sure that they lead somewhere.
    pub(super) fn resolve(&self, value: &'c Value) -> &'c Value {
        self.contract.resolve(value).unwrap_or(value)
    }

    /// The schemas that answers are made of.
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

/// The values of an enum.
pub(super) fn values(schema: &Value) -> &[Value] {
    schema
        .get("enum")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(super) fn kind(schema: &Value) -> Option<&str> {
    schema.get("type").and_then(Value::as_str)
}

/// Finds the schemas of a document by where OpenAPI has them.
fn collect<'c>(value: &'c Value, at: &str, schemas: &mut Vec<(String, &'c Value)>) {
    match value {
        Value::Object(map) => {
            for (key, below) in map {
                let place = pointer::join(at, key);
                // What an example or an extension holds is no schema, whatever it looks like.
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
