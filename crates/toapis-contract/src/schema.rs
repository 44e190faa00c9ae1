//! The compiled schemas of the contract.
//!
//! The schema dialect of OpenAPI 3.0 descends from JSON Schema draft 4: `exclusiveMinimum` is a
//! boolean, and a `$ref` has no siblings. So schemas are compiled as draft 4, in place, and the
//! pointer of each keyword is its pointer in openapi.yaml. Two keywords are rewritten: `nullable`
//! and the extension `x-ignore-case`.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use jsonschema::{Draft, Keyword, Registry, ValidationError, Validator, paths::Location};
use serde_json::{Map, Value, json};
use toapis_openapi::{extensions::keys::IGNORE_CASE, reference};

use crate::error::LoadError;

/// The URI of the document in its registry; it is never fetched.
const BASE: &str = "contract:///openapi";

/// The index of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SchemaId(usize);

/// The schemas of all operations, each compiled on first use.
#[derive(Debug)]
pub(crate) struct Schemas {
    document: Arc<Value>,
    registry: Registry<'static>,
    slots: Vec<Slot>,
    by_pointer: HashMap<String, SchemaId>,
}

#[derive(Debug)]
struct Slot {
    pointer: String,
    validator: OnceLock<Result<Validator, String>>,
}

impl Schemas {
    pub(crate) fn new(document: &Arc<Value>) -> Result<Self, LoadError> {
        let mut translated = Value::clone(document);
        translate(&mut translated);
        let registry = Registry::new()
            .add(BASE, Draft::Draft4.create_resource(translated))
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| LoadError::new(format!("the schemas cannot be read: {error}")))?;
        Ok(Self {
            document: Arc::clone(document),
            registry,
            slots: Vec::new(),
            by_pointer: HashMap::new(),
        })
    }

    /// Adds the schema at `pointer` (without `#`), which is resolved already.
    pub(crate) fn add(&mut self, pointer: &str) -> SchemaId {
        if let Some(known) = self.by_pointer.get(pointer) {
            return *known;
        }
        let id = SchemaId(self.slots.len());
        self.slots.push(Slot {
            pointer: pointer.to_owned(),
            validator: OnceLock::new(),
        });
        self.by_pointer.insert(pointer.to_owned(), id);
        id
    }

    /// Adds the schema at `pointer` after its `$ref`.
    pub(crate) fn add_resolved(
        &mut self,
        document: &Value,
        pointer: &str,
    ) -> Result<SchemaId, LoadError> {
        let (resolved, _) = reference::follow(document, pointer)
            .map_err(|error| LoadError::at(pointer, error.to_string()))?;
        Ok(self.add(&resolved))
    }

    /// Returns the validator, or why it does not compile.
    pub(crate) fn validator(&self, id: SchemaId) -> Result<&Validator, &str> {
        let slot = &self.slots[id.0];
        slot.validator
            .get_or_init(|| {
                jsonschema::draft4::options()
                    .with_registry(&self.registry)
                    .with_keyword(IGNORE_CASE, ignore_case)
                    .should_validate_formats(true)
                    .should_ignore_unknown_formats(true)
                    .offline()
                    .build(&json!({"$ref": reference_to(&slot.pointer)}))
                    .map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(String::as_str)
    }

    /// Returns the document without the rewritten keywords.
    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    pub(crate) fn pointer(&self, id: SchemaId) -> &str {
        &self.slots[id.0].pointer
    }

    /// Compiles all schemas, so that an invalid one is reported when the contract is parsed.
    pub(crate) fn compile_all(&self) -> Result<(), LoadError> {
        for (position, slot) in self.slots.iter().enumerate() {
            self.validator(SchemaId(position)).map_err(|error| {
                LoadError::at(
                    &slot.pointer,
                    format!("the schema does not compile: {error}"),
                )
            })?;
        }
        Ok(())
    }
}

/// Returns a `$ref` to `pointer` in the registry. A JSON pointer in a URI is percent-encoded.
fn reference_to(pointer: &str) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const FRAGMENT: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'<')
        .add(b'>')
        .add(b'`')
        .add(b'{')
        .add(b'}')
        .add(b'%')
        .add(b'^')
        .add(b'|')
        .add(b'\\')
        .add(b'#')
        .add(b'[')
        .add(b']');
    format!("{BASE}#{}", utf8_percent_encode(pointer, FRAGMENT))
}

/// Rewrites the keywords of OpenAPI 3.0 in `value` to draft 4.
fn translate(value: &mut Value) {
    match value {
        Value::Object(schema) => {
            accept_null(schema);
            lower_enum(schema);
            for (key, below) in schema {
                if !reference::is_data_keyword(key) {
                    translate(below);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(translate),
        _ => {}
    }
}

/// Adds `null` to the `type` if `nullable` is true; without a `type`, `nullable` has no effect
/// (OpenAPI 3.0.3, "Clarify nullable").
fn accept_null(schema: &mut Map<String, Value>) {
    if schema.get("nullable") == Some(&Value::Bool(true))
        && let Some(kind @ Value::String(_)) = schema.get_mut("type")
    {
        *kind = json!([kind.take(), "null"]);
    }
}

/// Moves the values of a case-insensitive `enum` to the extension keyword.
fn lower_enum(schema: &mut Map<String, Value>) {
    if schema.get(IGNORE_CASE) == Some(&Value::Bool(true))
        && let Some(values @ Value::Array(_)) = schema.remove("enum")
    {
        schema.insert(IGNORE_CASE.to_owned(), values);
    }
}

/// Validates a string against values in any ASCII case.
struct IgnoreCase {
    allowed: Vec<String>,
}

impl IgnoreCase {
    fn accepts(&self, instance: &Value) -> bool {
        // `type` validates other instances.
        instance.as_str().is_none_or(|text| {
            self.allowed
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(text))
        })
    }
}

impl<'i> Keyword<'i> for IgnoreCase {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.accepts(instance) {
            Ok(())
        } else {
            Err(ValidationError::custom(format!(
                "must be one of {} (in any case)",
                self.allowed.join(", ")
            )))
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.accepts(instance)
    }
}

/// Builds [`IgnoreCase`] from the list that [`lower_enum`] left under the keyword.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the validator demands this signature of every keyword"
)]
fn ignore_case<'a>(
    _: &'a Map<String, Value>,
    value: &'a Value,
    _: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    let allowed = value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|allowed| allowed.as_str().map(str::to_owned))
        .collect();
    Ok(Box::new(IgnoreCase { allowed }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns whether each instance is valid by `schema`.
    fn accepts<const N: usize>(schema: &Value, instances: [Value; N]) -> [bool; N] {
        let mut schemas = Schemas::new(&Arc::new(
            json!({"paths": {"/v1/{id}": {"schema": schema}}}),
        ))
        .unwrap();
        let id = schemas.add("/paths/~1v1~1{id}/schema");
        let validator = schemas.validator(id).unwrap();
        instances.map(|instance| validator.is_valid(&instance))
    }

    #[test]
    fn nullable_allows_null_next_to_a_type() {
        let schema = json!({"type": "object", "nullable": true});
        assert_eq!(
            accepts(&schema, [json!(null), json!({}), json!([])]),
            [true, true, false]
        );
        let schema = json!({"type": "string", "nullable": false});
        assert_eq!(accepts(&schema, [json!(null), json!("")]), [false, true]);
    }

    #[test]
    fn exclusive_bound_is_a_boolean() {
        let schema = json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true, "maximum": 3, "exclusiveMaximum": false});
        let numbers = [json!(1), json!(2), json!(3), json!(4)];
        assert_eq!(accepts(&schema, numbers), [false, true, true, false]);
    }

    #[test]
    fn case_insensitive_enum_accepts_any_case() {
        let schema = json!({"type": "string", "enum": ["1K", "2K"], "x-ignore-case": true});
        let words = [json!("1k"), json!("2K"), json!("3K"), json!(1)];
        assert_eq!(accepts(&schema, words), [true, true, false, false]);
    }

    #[test]
    fn length_is_counted_in_characters() {
        let schema = json!({"type": "string", "maxLength": 2});
        assert_eq!(
            accepts(&schema, [json!("猫猫"), json!("猫猫猫")]),
            [true, false]
        );
    }

    #[test]
    fn invalid_schema_is_reported_with_its_pointer() {
        let mut schemas =
            Schemas::new(&Arc::new(json!({"a": {"type": "string", "pattern": "("}}))).unwrap();
        schemas.add("/a");
        let error = schemas.compile_all().unwrap_err().to_string();
        assert!(
            error.contains("does not compile") && error.contains("#/a"),
            "{error}"
        );
    }
}
