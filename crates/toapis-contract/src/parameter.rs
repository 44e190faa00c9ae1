//! Parameters and headers: text that is parsed by the type of its schema, then validated.

use serde_json::{Number, Value};
use toapis_openapi::reference;

use crate::{
    error::LoadError,
    schema::{SchemaId, Schemas},
    violation::MessagePart,
};

/// A parameter of an operation, or a header of a response.
#[derive(Debug)]
pub struct Parameter {
    pub(crate) name: String,
    /// Path, query or header.
    pub(crate) part: MessagePart,
    pub(crate) required: bool,
    pub(crate) pointer: String,
    pub(crate) schema: SchemaId,
    pub(crate) coercion: Coercion,
}

/// The type that text is parsed as before validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coercion {
    Text,
    Integer,
    Number,
    Boolean,
}

impl Coercion {
    pub(crate) fn of(schema: &Value) -> Self {
        match schema.get("type").and_then(Value::as_str) {
            Some("integer") => Self::Integer,
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            _ => Self::Text,
        }
    }
}

/// Parses `text` as a type; if that fails it stays a string, which the schema then rejects.
pub(crate) fn coerce(text: &str, coercion: Coercion) -> Value {
    match coercion {
        Coercion::Text => None,
        Coercion::Integer => text.parse::<i64>().ok().map(Value::from),
        Coercion::Number => text
            .parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .map(Value::Number),
        Coercion::Boolean => text.parse::<bool>().ok().map(Value::Bool),
    }
    .unwrap_or_else(|| Value::String(text.to_owned()))
}

impl Parameter {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the part of the message that holds it: path, query or header.
    #[must_use]
    pub fn part(&self) -> MessagePart {
        self.part
    }

    /// Returns true if a message without it is invalid.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// Returns the pointer of the parameter in the contract, after `$ref`, as `#/components/...`.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("#{}", self.pointer)
    }

    /// Compiles the parameter at `at`.
    pub(crate) fn compile(
        document: &Value,
        schemas: &mut Schemas,
        at: &str,
    ) -> Result<Self, LoadError> {
        let (at, object) = reference::follow(document, at)
            .map_err(|error| LoadError::at(at, error.to_string()))?;
        let name = object
            .get("name")
            .and_then(Value::as_str)
            .ok_or_else(|| LoadError::at(&at, "a parameter has no name"))?;
        let part = match object.get("in").and_then(Value::as_str) {
            Some("path") => MessagePart::Path,
            Some("query") => MessagePart::Query,
            Some("header") => MessagePart::Header,
            other => {
                return Err(LoadError::at(
                    &at,
                    format!(
                        "parameter `{name}` is `in: {}`; expected path, query or header",
                        other.unwrap_or("nothing")
                    ),
                ));
            }
        };
        let required = part == MessagePart::Path || flag(object, "required");
        Self::of(document, schemas, name, part, required, at)
    }

    /// Compiles the header `name` of a response, at `at`.
    pub(crate) fn header(
        document: &Value,
        schemas: &mut Schemas,
        name: &str,
        at: &str,
    ) -> Result<Self, LoadError> {
        let (at, object) = reference::follow(document, at)
            .map_err(|error| LoadError::at(at, error.to_string()))?;
        let required = flag(object, "required");
        Self::of(document, schemas, name, MessagePart::Header, required, at)
    }

    fn of(
        document: &Value,
        schemas: &mut Schemas,
        name: &str,
        part: MessagePart,
        required: bool,
        at: String,
    ) -> Result<Self, LoadError> {
        let (pointer_of_schema, schema) = reference::follow(document, &format!("{at}/schema"))
            .map_err(|_| LoadError::at(&at, format!("`{name}` has no schema")))?;
        if let Some(kind @ ("array" | "object")) = schema.get("type").and_then(Value::as_str) {
            return Err(LoadError::at(
                &at,
                format!("`{name}` is an {kind}; only scalar parameters and headers are supported"),
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            part,
            required,
            coercion: Coercion::of(schema),
            schema: schemas.add(&pointer_of_schema),
            pointer: at,
        })
    }
}

fn flag(object: &Value, name: &str) -> bool {
    object.get(name) == Some(&Value::Bool(true))
}
