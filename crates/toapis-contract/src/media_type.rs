//! Media types: the entries of a `content` map, and the `content-type` that selects one.

use http::{HeaderMap, header::CONTENT_TYPE};
use serde_json::Value;
use toapis_openapi::pointer;

use crate::{
    multipart::Form,
    schema::{SchemaId, Schemas},
};

/// One entry of a `content` map.
#[derive(Debug)]
pub struct MediaType {
    /// As in the contract, in lower case and without parameters: `application/json`, `image/*`.
    pub(crate) range: String,
    pub(crate) pointer: String,
    pub(crate) schema: Option<SchemaId>,
    /// The parts of a `multipart/form-data` body.
    pub(crate) form: Option<Form>,
}

impl MediaType {
    /// Returns the pointer of the entry in the contract, as `#/paths/...`.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("#{}", self.pointer)
    }

    /// Returns true for `application/json` and each `application/...+json`.
    #[must_use]
    pub fn is_json(&self) -> bool {
        is_json(&self.range)
    }

    /// Returns true for `multipart/form-data`.
    #[must_use]
    pub fn is_form(&self) -> bool {
        self.form.is_some()
    }

    /// Returns true if the body is validated as a JSON string.
    pub(crate) fn is_text(&self) -> bool {
        self.range.starts_with("text/")
    }

    fn matches(&self, essence: &str) -> bool {
        match self.range.strip_suffix("/*") {
            Some("*") => true,
            Some(family) => essence
                .split_once('/')
                .is_some_and(|(given, _)| given.eq_ignore_ascii_case(family)),
            None => self.range.eq_ignore_ascii_case(essence),
        }
    }
}

/// Returns the entry for `essence`; an exact one takes precedence over a range.
pub(crate) fn find<'m>(content: &'m [MediaType], essence: &str) -> Option<&'m MediaType> {
    content
        .iter()
        .find(|media| media.range.eq_ignore_ascii_case(essence))
        .or_else(|| content.iter().find(|media| media.matches(essence)))
}

/// Lists the media types of a `content` map for a message.
pub(crate) fn names(content: &[MediaType]) -> String {
    content
        .iter()
        .map(|media| media.range.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns true for `application/json` and every `application/...+json`.
fn is_json(essence: &str) -> bool {
    essence == "application/json" || essence.ends_with("+json")
}

/// Returns the `content-type` without its parameters.
pub(crate) fn essence(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or(value).trim();
    (!essence.is_empty()).then_some(essence)
}

/// Compiles a `content` map and adds its schemas.
pub(crate) fn compile(
    document: &Value,
    schemas: &mut Schemas,
    owner: &str,
    content: Option<&Value>,
) -> Result<Vec<MediaType>, crate::LoadError> {
    let mut compiled = Vec::new();
    for (name, entry) in content.and_then(Value::as_object).into_iter().flatten() {
        let range = name
            .split(';')
            .next()
            .unwrap_or(name)
            .trim()
            .to_ascii_lowercase();
        let at = pointer::join(&format!("{owner}/content"), name);
        let schema = match entry.get("schema") {
            Some(_) => Some(schemas.add_resolved(document, &format!("{at}/schema"))?),
            None => None,
        };
        let form = if range == "multipart/form-data" {
            Some(Form::compile(document, schemas, &at, entry)?)
        } else {
            None
        };
        compiled.push(MediaType {
            range,
            pointer: at,
            schema,
            form,
        });
    }
    Ok(compiled)
}
