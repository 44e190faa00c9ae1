//! Media types: what a `content-type` names, and which entry of a `content` map it falls under.

use http::{HeaderMap, header::CONTENT_TYPE};
use serde_json::Value;

use crate::{
    multipart::Form,
    schema::{SchemaId, Schemas},
};

/// One entry of a `content` map.
#[derive(Debug)]
pub(crate) struct Media {
    /// As written in the contract, in lower case and without parameters: `application/json`, `image/*`.
    pub(crate) range: String,
    pub(crate) pointer: String,
    pub(crate) schema: Option<SchemaId>,
    /// The parts of a `multipart/form-data` body.
    pub(crate) form: Option<Form>,
}

impl Media {
    pub(crate) fn is_json(&self) -> bool {
        is_json(&self.range)
    }

    /// The schema judges a body that is text as a JSON string; bytes of any other type are not looked into.
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

/// The entry that `essence` falls under; an exact one is preferred to a range.
pub(crate) fn find<'m>(content: &'m [Media], essence: &str) -> Option<&'m Media> {
    content
        .iter()
        .find(|media| media.range.eq_ignore_ascii_case(essence))
        .or_else(|| content.iter().find(|media| media.matches(essence)))
}

/// The media types of a `content` map, for a message.
pub(crate) fn names(content: &[Media]) -> String {
    content
        .iter()
        .map(|media| media.range.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// `application/json` and every `application/...+json`.
fn is_json(essence: &str) -> bool {
    essence == "application/json" || essence.ends_with("+json")
}

/// The `content-type` without its parameters, if there is one that can be read.
pub(crate) fn essence(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or(value).trim();
    (!essence.is_empty()).then_some(essence)
}

/// Reads a `content` map; each schema is added to the table.
pub(crate) fn compile(
    document: &Value,
    schemas: &mut Schemas,
    owner: &str,
    content: Option<&Value>,
) -> Result<Vec<Media>, crate::LoadError> {
    let mut compiled = Vec::new();
    for (name, entry) in content.and_then(Value::as_object).into_iter().flatten() {
        let range = name
            .split(';')
            .next()
            .unwrap_or(name)
            .trim()
            .to_ascii_lowercase();
        let pointer = crate::pointer::join(&format!("{owner}/content"), name);
        let schema = match entry.get("schema") {
            Some(_) => Some(schemas.add_followed(document, &format!("{pointer}/schema"))?),
            None => None,
        };
        let form = if range == "multipart/form-data" {
            Some(Form::compile(document, schemas, &pointer, entry)?)
        } else {
            None
        };
        compiled.push(Media {
            range,
            pointer,
            schema,
            form,
        });
    }
    Ok(compiled)
}
