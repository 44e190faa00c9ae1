//! Parameters and headers: plain text, read as what their schema says before it judges them.

use serde_json::{Number, Value};

use crate::{
    error::LoadError,
    pointer,
    schema::{SchemaId, Schemas},
    violation::Part,
};

/// A parameter of an operation, or a header of an answer.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// Path, query or header.
    pub(crate) part: Part,
    pub(crate) required: bool,
    pub(crate) pointer: String,
    pub(crate) schema: SchemaId,
    pub(crate) coercion: Coercion,
}

/// What text is read as before a schema judges it.
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

/// Reads `text` as `wanted`; what cannot be read so stays a string, which the schema then refuses.
pub(crate) fn coerce(text: &str, wanted: Coercion) -> Value {
    match wanted {
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
    /// Reads the parameter object at `at`; `None` for one that the standard says to ignore, or that no operation here has.
    pub(crate) fn compile(
        document: &Value,
        schemas: &mut Schemas,
        at: &str,
    ) -> Result<Self, LoadError> {
        let (at, object) =
            pointer::follow(document, at).map_err(|fault| LoadError::at(at, fault.to_string()))?;
        let name = object
            .get("name")
            .and_then(Value::as_str)
            .ok_or_else(|| LoadError::at(&at, "a parameter has no name"))?;
        let part = match object.get("in").and_then(Value::as_str) {
            Some("path") => Part::Path,
            Some("query") => Part::Query,
            Some("header") => Part::Header,
            other => {
                return Err(LoadError::at(
                    &at,
                    format!(
                        "parameter `{name}` stands `in: {}`; path, query and header are read here",
                        other.unwrap_or("nothing")
                    ),
                ));
            }
        };
        let required = part == Part::Path || flag(object, "required");
        Self::of(document, schemas, name, part, required, at)
    }

    /// Reads the header `name` of an answer, at `at`.
    pub(crate) fn header(
        document: &Value,
        schemas: &mut Schemas,
        name: &str,
        at: &str,
    ) -> Result<Self, LoadError> {
        let (at, object) =
            pointer::follow(document, at).map_err(|fault| LoadError::at(at, fault.to_string()))?;
        let required = flag(object, "required");
        Self::of(document, schemas, name, Part::Header, required, at)
    }

    fn of(
        document: &Value,
        schemas: &mut Schemas,
        name: &str,
        part: Part,
        required: bool,
        at: String,
    ) -> Result<Self, LoadError> {
        let (pointer_of_schema, schema) = pointer::follow(document, &format!("{at}/schema"))
            .map_err(|_| LoadError::at(&at, format!("`{name}` has no schema to judge it by")))?;
        if let Some(kind @ ("array" | "object")) = schema.get("type").and_then(Value::as_str) {
            return Err(LoadError::at(
                &at,
                format!(
                    "`{name}` is an {kind}; only plain values are read out of parameters and headers here"
                ),
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
