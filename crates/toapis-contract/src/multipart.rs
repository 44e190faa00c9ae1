//! A `multipart/form-data` body, judged part by part.

use std::{collections::HashSet, sync::Arc};

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use multer::Multipart;
use serde_json::Value;

use crate::{
    error::LoadError,
    lines::Lines,
    parameter::{Coercion, coerce},
    pointer,
    schema::{SchemaId, Schemas},
    violation::{Kind, Part, Place, Violation},
};

/// What a form may and must hold.
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
    /// Set for a part that holds bytes: what its `content-type` may be, where it says one; empty for any.
    bytes: Option<Vec<String>>,
}

impl Form {
    pub(crate) fn compile(
        document: &Value,
        schemas: &mut Schemas,
        media: &str,
        entry: &Value,
    ) -> Result<Self, LoadError> {
        let fault = |fault: pointer::RefFault| LoadError::at(media, fault.to_string());
        let (at, schema) = pointer::follow(document, &format!("{media}/schema")).map_err(fault)?;
        let required: HashSet<&str> = strings(schema.get("required")).collect();
        let mut fields = Vec::new();
        for name in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|all| all.keys())
        {
            let place = pointer::join(&format!("{at}/properties"), name);
            let (resolved, mut property) = pointer::follow(document, &place).map_err(fault)?;
            let mut judged = resolved.clone();
            let repeated = property.get("type").and_then(Value::as_str) == Some("array");
            if repeated {
                (judged, property) =
                    pointer::follow(document, &format!("{resolved}/items")).map_err(fault)?;
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
                schema: schemas.add(&judged),
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

    /// Judges `body`, whose `content-type` is `content_type` with its boundary.
    pub(crate) fn check(
        &self,
        schemas: &Schemas,
        lines: &Arc<Lines>,
        content_type: &str,
        body: &[u8],
        violations: &mut Vec<Violation>,
    ) {
        let parts = match read(content_type, body) {
            Ok(parts) => parts,
            Err(error) => {
                violations.push(
                    Violation::new(lines, Kind::Body, Place::BODY, &self.pointer)
                        .rule_is("multipart")
                        .says(format!("the form cannot be read: {error}")),
                );
                return;
            }
        };
        let mut seen = HashSet::new();
        for part in &parts {
            let at = pointer::join("", &part.name);
            let place = Place::new(Part::Body, &at);
            let Some(field) = self.fields.iter().find(|field| field.name == part.name) else {
                if self.closed {
                    violations.push(
                        Violation::new(lines, Kind::Schema, place, &self.pointer)
                            .rule_is("additionalProperties")
                            .says("the form has no such part"),
                    );
                }
                continue;
            };
            if !seen.insert(&field.name) && !field.repeated {
                violations.push(
                    Violation::new(lines, Kind::Body, place, &field.pointer)
                        .rule_is("multipart")
                        .says("the part is there more than once"),
                );
            }
            field.check(schemas, lines, part, place, violations);
        }
        for field in &self.fields {
            if field.required && !seen.contains(&field.name) {
                let at = pointer::join("", &field.name);
                let place = Place::new(Part::Body, &at);
                violations.push(
                    Violation::new(
                        lines,
                        Kind::Schema,
                        place,
                        format!("{}/required", self.pointer),
                    )
                    .rule_is("required")
                    .says("the part is missing"),
                );
            }
        }
    }
}

impl Field {
    fn check(
        &self,
        schemas: &Schemas,
        lines: &Arc<Lines>,
        part: &FormPart,
        place: Place<'_>,
        violations: &mut Vec<Violation>,
    ) {
        let Some(allowed) = &self.bytes else {
            let text = String::from_utf8_lossy(&part.body);
            let value = coerce(&text, self.coercion);
            crate::explain::judge(
                schemas,
                lines,
                self.schema,
                &value,
                place,
                Kind::Schema,
                violations,
            );
            return;
        };
        let Some(essence) = part.content_type.as_deref().filter(|one| *one != ANYTHING) else {
            return;
        };
        if !allowed.is_empty() && !allowed.iter().any(|one| covers(one, essence)) {
            violations.push(
                Violation::new(lines, Kind::MediaType, place, &self.pointer)
                    .rule_is("encoding")
                    .says(format!(
                        "the part's content-type must be one of {}",
                        allowed.join(", ")
                    ))
                    .got_text(essence),
            );
        }
    }
}

/// What clients call bytes of which they know no type. Like no `content-type` at all, which is what many send by default, it
/// claims nothing that could be wrong: whoever takes the bytes looks at them.
const ANYTHING: &str = "application/octet-stream";

/// Whether `essence` is `allowed`, which may be a range such as `image/*`.
fn covers(allowed: &str, essence: &str) -> bool {
    match allowed.strip_suffix('*') {
        Some(family) => essence.starts_with(family),
        None => allowed == essence,
    }
}

/// One part, as it came.
struct FormPart {
    name: String,
    content_type: Option<String>,
    body: Bytes,
}

/// Reads a whole form out of memory.
fn read(content_type: &str, body: &[u8]) -> Result<Vec<FormPart>, String> {
    let boundary = multer::parse_boundary(content_type).map_err(|error| error.to_string())?;
    let whole = Bytes::copy_from_slice(body);
    let once = stream::iter([Ok::<_, std::convert::Infallible>(whole)]);
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
    // Everything is in memory, so the reader never has to wait for more.
    read.now_or_never()
        .ok_or("it ends before its last boundary")?
        .map_err(|error| error.to_string())
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// `encoding.*.contentType`: one media type, or several with commas.
fn content_types(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_str)
        .into_iter()
        .flat_map(|list| list.split(','))
        .map(|one| one.trim().to_ascii_lowercase())
        .filter(|one| !one.is_empty())
        .collect()
}
