//! Validates a `multipart/form-data` body part by part.

use std::{collections::HashSet, sync::Arc};

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use multer::Multipart;
use serde_json::Value;
use toapis_openapi::{
    pointer,
    reference::{self, ReferenceError},
};

use crate::{
    error::LoadError,
    parameter::{Coercion, coerce},
    schema::{SchemaId, Schemas},
    source_map::SourceMap,
    violation::{LazyLocation, MessagePart, Violation, ViolationKind},
};

/// The compiled schema of a form.
#[derive(Debug)]
pub(crate) struct Form {
    pointer: String,
    fields: Vec<Field>,
    closed: bool,
}

#[derive(Debug)]
struct Field {
    name: String,
    required: bool,
    repeated: bool,
    pointer: String,
    schema: SchemaId,
    coercion: Coercion,
    /// For a binary part: the allowed media types, or empty for any; `None` for a text part.
    bytes: Option<Vec<String>>,
}

impl Form {
    pub(crate) fn compile(
        document: &Value,
        schemas: &mut Schemas,
        media: &str,
        entry: &Value,
    ) -> Result<Self, LoadError> {
        let at_media = |error: ReferenceError| LoadError::at(media, error.to_string());
        let (at, schema) =
            reference::follow(document, &format!("{media}/schema")).map_err(at_media)?;
        let required: HashSet<&str> = strings(schema.get("required")).collect();
        let mut fields = Vec::new();
        for name in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|all| all.keys())
        {
            let place = pointer::join(&format!("{at}/properties"), name);
            let (resolved, mut property) = reference::follow(document, &place).map_err(at_media)?;
            let mut schema_pointer = resolved.clone();
            let repeated = property.get("type").and_then(Value::as_str) == Some("array");
            if repeated {
                (schema_pointer, property) =
                    reference::follow(document, &format!("{resolved}/items")).map_err(at_media)?;
            }
            let bytes =
                (property.get("format").and_then(Value::as_str) == Some("binary")).then(|| {
                    content_types(entry.pointer(&pointer::join(
                        &pointer::join("/encoding", name),
                        "contentType",
                    )))
                });
            fields.push(Field {
                required: required.contains(name.as_str()),
                repeated,
                schema: schemas.add(&schema_pointer),
                coercion: Coercion::of(property),
                pointer: place,
                bytes,
                name: name.clone(),
            });
        }
        Ok(Self {
            pointer: at,
            fields,
            closed: schema.get("additionalProperties") == Some(&Value::Bool(false)),
        })
    }

    /// Validates `body`; `content_type` includes the boundary.
    pub(crate) fn check(
        &self,
        schemas: &Schemas,
        source_map: &Arc<SourceMap>,
        content_type: &str,
        body: &[u8],
        violations: &mut Vec<Violation>,
    ) {
        let parts = match parse(content_type, body) {
            Ok(parts) => parts,
            Err(error) => {
                violations.push(
                    Violation::new(
                        source_map,
                        ViolationKind::Body,
                        LazyLocation::BODY,
                        &self.pointer,
                    )
                    .with_keyword("multipart")
                    .with_message(format!("the form cannot be parsed: {error}")),
                );
                return;
            }
        };
        let mut seen = HashSet::new();
        for part in &parts {
            let at = pointer::join("", &part.name);
            let place = LazyLocation::new(MessagePart::Body, &at);
            let Some(field) = self.fields.iter().find(|field| field.name == part.name) else {
                if self.closed {
                    violations.push(
                        Violation::new(source_map, ViolationKind::Schema, place, &self.pointer)
                            .with_keyword("additionalProperties")
                            .with_message("is not a part of this form"),
                    );
                }
                continue;
            };
            if !seen.insert(&field.name) && !field.repeated {
                violations.push(
                    Violation::new(source_map, ViolationKind::Body, place, &field.pointer)
                        .with_keyword("multipart")
                        .with_message("the part is present more than once"),
                );
            }
            field.check(schemas, source_map, part, place, violations);
        }
        for field in &self.fields {
            if field.required && !seen.contains(&field.name) {
                let at = pointer::join("", &field.name);
                let place = LazyLocation::new(MessagePart::Body, &at);
                violations.push(
                    Violation::new(
                        source_map,
                        ViolationKind::Schema,
                        place,
                        format!("{}/required", self.pointer),
                    )
                    .with_keyword("required")
                    .with_message("the part is missing"),
                );
            }
        }
    }
}

impl Field {
    fn check(
        &self,
        schemas: &Schemas,
        source_map: &Arc<SourceMap>,
        part: &FormPart,
        place: LazyLocation<'_>,
        violations: &mut Vec<Violation>,
    ) {
        let Some(allowed) = &self.bytes else {
            let text = String::from_utf8_lossy(&part.body);
            let value = coerce(&text, self.coercion);
            crate::explain::validate(
                schemas,
                source_map,
                self.schema,
                &value,
                place,
                ViolationKind::Schema,
                violations,
            );
            return;
        };
        let Some(essence) = part
            .content_type
            .as_deref()
            .filter(|one| *one != UNKNOWN_MEDIA_TYPE)
        else {
            return;
        };
        if !allowed.is_empty() && !allowed.iter().any(|one| covers(one, essence)) {
            violations.push(
                Violation::new(source_map, ViolationKind::MediaType, place, &self.pointer)
                    .with_keyword("encoding")
                    .with_message(format!(
                        "the part's content-type must be one of {}",
                        allowed.join(", ")
                    ))
                    .with_actual(essence),
            );
        }
    }
}

/// The media type that clients send for bytes of an unknown type. Like a missing `content-type`, it
/// is not a claim that could be wrong.
const UNKNOWN_MEDIA_TYPE: &str = "application/octet-stream";

/// Returns true if `essence` matches `allowed`, which may be a range such as `image/*`.
fn covers(allowed: &str, essence: &str) -> bool {
    match allowed.strip_suffix('*') {
        Some(family) => essence.starts_with(family),
        None => allowed == essence,
    }
}

/// One part of a received form.
struct FormPart {
    name: String,
    content_type: Option<String>,
    body: Bytes,
}

/// Parses a form in memory.
fn parse(content_type: &str, body: &[u8]) -> Result<Vec<FormPart>, String> {
    let boundary = multer::parse_boundary(content_type).map_err(|error| error.to_string())?;
    let chunk = Bytes::copy_from_slice(body);
    let once = stream::iter([Ok::<_, std::convert::Infallible>(chunk)]);
    let mut form = Multipart::new(once, boundary);
    let read = async {
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await? {
            let name = field.name().unwrap_or_default().to_owned();
            let content_type = field
                .content_type()
                .map(|kind| kind.essence_str().to_owned());
            let body = field.bytes().await?;
            parts.push(FormPart {
                name,
                content_type,
                body,
            });
        }
        Ok::<_, multer::Error>(parts)
    };
    // The stream is in memory, so the future never waits.
    read.now_or_never()
        .ok_or("the last boundary is missing")?
        .map_err(|error| error.to_string())
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// Returns the media types of `encoding.*.contentType`, which are separated by commas.
fn content_types(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_str)
        .into_iter()
        .flat_map(|list| list.split(','))
        .map(|one| one.trim().to_ascii_lowercase())
        .filter(|one| !one.is_empty())
        .collect()
}
