//! The schemas of the contract, compiled once each.
//!
//! The schema dialect of OpenAPI 3.0 descends from JSON Schema's draft 4: `exclusiveMinimum` is a boolean there too,
//! and a `$ref` stands alone. So schemas are compiled as draft 4, in place, which keeps each keyword's pointer equal to its
//! pointer in openapi.yaml. Two things differ and are rewritten: `nullable`, and our own `x-ignore-case`.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use jsonschema::{Draft, Keyword, Registry, ValidationError, Validator, paths::Location};
use serde_json::{Map, Value, json};

use crate::{error::LoadError, load::is_data, pointer};

/// The name under which the compiled document knows itself; it is never fetched.
const BASE: &str = "contract:///openapi";

/// Our extension beside an `enum` of strings: each value is accepted in any case.
pub(crate) const IGNORE_CASE: &str = "x-ignore-case";

/// One schema of the contract, by its place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SchemaId(usize);

/// Every schema that some operation names, each compiled at its first use.
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

    /// The schema at `pointer` (without `#`), which the caller has resolved.
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

    /// The schema at `pointer`, or where its `$ref` leads.
    pub(crate) fn add_followed(
        &mut self,
        document: &Value,
        pointer: &str,
    ) -> Result<SchemaId, LoadError> {
        let (resolved, _) = pointer::follow(document, pointer)
            .map_err(|fault| LoadError::at(pointer, fault.to_string()))?;
        Ok(self.add(&resolved))
    }

    /// The validator, or why it cannot be built.
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
                    .build(&json!({"$ref": reference(&slot.pointer)}))
                    .map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(String::as_str)
    }

    /// The contract as it is written.
    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    pub(crate) fn pointer(&self, id: SchemaId) -> &str {
        &self.slots[id.0].pointer
    }

    /// Compiles what is not compiled yet, so that a broken schema is told when the contract is loaded.
    pub(crate) fn compile_all(&self) -> Result<(), LoadError> {
        for (position, slot) in self.slots.iter().enumerate() {
            self.validator(SchemaId(position)).map_err(|error| {
                LoadError::at(
                    &slot.pointer,
                    format!("this schema cannot be compiled: {error}"),
                )
            })?;
        }
        Ok(())
    }
}

/// A reference to `pointer` of the registered document: a JSON pointer inside a URI is percent-encoded.
fn reference(pointer: &str) -> String {
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

/// Rewrites 3.0's own words to draft 4, wherever they stand in `value`.
fn translate(value: &mut Value) {
    match value {
        Value::Object(schema) => {
            accept_null(schema);
            lower_enum(schema);
            for (key, below) in schema {
                if !is_data(key) {
                    translate(below);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(translate),
        _ => {}
    }
}

/// `nullable: true` beside a `type` adds `null` to it; without one it says nothing (OpenAPI 3.0.3, "Clarify nullable").
fn accept_null(schema: &mut Map<String, Value>) {
    if schema.get("nullable") == Some(&Value::Bool(true))
        && let Some(kind @ Value::String(_)) = schema.get_mut("type")
    {
        *kind = json!([kind.take(), "null"]);
    }
}

/// Moves a case-blind `enum` under our own keyword, so that the exact one no longer judges.
fn lower_enum(schema: &mut Map<String, Value>) {
    if schema.get(IGNORE_CASE) == Some(&Value::Bool(true))
        && let Some(values @ Value::Array(_)) = schema.remove("enum")
    {
        schema.insert(IGNORE_CASE.to_owned(), values);
    }
}

/// Strings that are accepted in any ASCII case.
struct IgnoreCase {
    allowed: Vec<String>,
}

impl IgnoreCase {
    fn accepts(&self, instance: &Value) -> bool {
        // What is no string is judged by `type`.
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
                "is none of {} (in any case)",
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
    reason = "the signature that the validator asks of every keyword"
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

    /// Whether each instance is accepted by `schema`, which stands in a document of its own.
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
    fn nullable_lets_null_in_beside_a_type_and_only_there() {
        let schema = json!({"type": "object", "nullable": true});
        assert_eq!(
            accepts(&schema, [json!(null), json!({}), json!([])]),
            [true, true, false]
        );
        let schema = json!({"type": "string", "nullable": false});
        assert_eq!(accepts(&schema, [json!(null), json!("")]), [false, true]);
    }

    #[test]
    fn a_bound_is_exclusive_when_the_boolean_beside_it_says_so() {
        let schema = json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true, "maximum": 3, "exclusiveMaximum": false});
        let numbers = [json!(1), json!(2), json!(3), json!(4)];
        assert_eq!(accepts(&schema, numbers), [false, true, true, false]);
    }

    #[test]
    fn an_enum_that_ignores_case_takes_any_case_and_no_other_word() {
        let schema = json!({"type": "string", "enum": ["1K", "2K"], "x-ignore-case": true});
        let words = [json!("1k"), json!("2K"), json!("3K"), json!(1)];
        assert_eq!(accepts(&schema, words), [true, true, false, false]);
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let schema = json!({"type": "string", "maxLength": 2});
        assert_eq!(
            accepts(&schema, [json!("猫猫"), json!("猫猫猫")]),
            [true, false]
        );
    }

    #[test]
    fn a_schema_that_cannot_be_compiled_is_told_with_its_place() {
        let mut schemas =
            Schemas::new(&Arc::new(json!({"a": {"type": "string", "pattern": "("}}))).unwrap();
        schemas.add("/a");
        let error = schemas.compile_all().unwrap_err().to_string();
        assert!(
            error.contains("cannot be compiled") && error.contains("#/a"),
            "{error}"
        );
    }
}
