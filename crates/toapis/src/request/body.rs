//! Converts a request to the body that is sent, in the form that its model expects.
//!
//! The body is built once, with a placeholder for each reference image. Sending fills in the URLs.

use serde_json::{Map, Value};
use toapis_client::operations::{CREATE_IMAGE, EDIT_IMAGE};
use toapis_client::{Operation, types};

use super::{ImageRequest, Reference, ReferenceUrls, Source};
use crate::catalog::{ModelRow, ReferenceStyle, Rule};
use crate::ids::BusinessId;

/// A valid URL in place of a reference image whose URL isn't known yet.
const PLACEHOLDER_URL: &str = "https://upload.invalid/";

/// Returns the operation of the request's model; the usual one for a model that isn't listed.
pub(crate) fn operation(request: &ImageRequest) -> &'static Operation {
    if request.model.is_edit_model() {
        &EDIT_IMAGE
    } else {
        &CREATE_IMAGE
    }
}

/// Returns the form of references: the caller's, else what this client has learned of the model,
/// else the contract's.
pub(crate) fn reference_style(
    request: &ImageRequest,
    learned: Option<ReferenceStyle>,
) -> ReferenceStyle {
    let references = || request.model.row()?.references.as_ref();
    request.style.or(learned).unwrap_or_else(|| {
        // Most models expect strings, so an unlisted model gets strings too.
        references().map_or(ReferenceStyle::Strings, |references| references.style)
    })
}

/// Returns the field that holds the references.
pub(crate) fn reference_field(row: Option<&ModelRow>) -> &'static str {
    // Every model but one uses this name, so a model that isn't listed most likely does, too.
    row.and_then(|row| row.references.as_ref())
        .map_or("image_urls", |references| references.field)
}

/// Builds the body of a create, with a placeholder for each reference and the mask.
pub(crate) fn build(
    request: &ImageRequest,
    business_id: Option<&BusinessId>,
) -> types::ImageRequest {
    let row = request.model.row();
    let model = request.model.as_str().to_owned();
    let mut body = types::ImageRequest::new(model, request.prompt.clone());
    body.size = request.size.as_ref().map(|size| size.as_str().to_owned());
    body.n = request.n;
    body.quality.clone_from(&request.quality);
    body.output_format.clone_from(&request.output_format);
    body.output_compression = request.output_compression;
    body.background.clone_from(&request.background);
    body.metadata.clone_from(&request.metadata);
    body.callback_url.clone_from(&request.callback_url);
    set_references(&mut body, request, &placeholders(request, |_| None), None);
    if let Some(given) = &request.resolution {
        let known = row.and_then(|row| row.resolution.as_ref());
        let values = known.map_or(&[][..], |resolution| resolution.values);
        let value = values
            .iter()
            .find(|value| value.eq_ignore_ascii_case(given))
            .map_or(given.as_str(), |value| value);
        match known.and_then(|resolution| resolution.field.strip_prefix("metadata.")) {
            Some(name) => {
                body.metadata.insert(name.to_owned(), value.into());
            }
            None => body.resolution = Some(value.to_owned()),
        }
    }
    if let Some(seed) = request.seed {
        match row {
            Some(row) if row.field("seed").is_none() && row.field("metadata.seed").is_some() => {
                body.metadata.insert("seed".to_owned(), seed.into());
            }
            _ => body.seed = Some(seed),
        }
    }
    if let Some(row) = row {
        normalize_case(row, &mut body);
    }
    for (name, value) in &request.extra {
        apply_override(&mut body, name, value);
    }
    // Always sent: without it, the task of a lost response can't be looked up.
    if body.field("client_business_id").is_none() {
        body.client_business_id = business_id.map(|id| id.as_str().to_owned());
    }
    body
}

/// Sets the URLs of the references and of the mask, unless the caller set these fields by name.
pub(crate) fn set_references(
    body: &mut types::ImageRequest,
    request: &ImageRequest,
    urls: &ReferenceUrls,
    learned: Option<ReferenceStyle>,
) {
    let style = reference_style(request, learned);
    let field = reference_field(request.model.row());
    if !request.extra.contains_key(field) {
        let references = urls.references.iter().map(|url| match style {
            ReferenceStyle::Strings => types::Reference::String(url.clone()),
            ReferenceStyle::Objects => types::ReferenceObject { url: url.clone() }.into(),
        });
        if field == "reference_images" {
            body.reference_images = references.collect();
        } else {
            body.image_urls = references.collect();
        }
    }
    if !request.extra.contains_key("mask_url") {
        body.mask_url.clone_from(&urls.mask);
    }
}

/// Returns the body as JSON, with a placeholder for each local image.
pub(crate) fn preview(request: &ImageRequest, body: &types::ImageRequest) -> Value {
    let mut body = body.clone();
    let urls = placeholders(request, |reference| match reference.source() {
        Source::Url(url) => Some(url.clone()),
        Source::Path(_) | Source::Bytes(_) => None,
    });
    set_references(&mut body, request, &urls, None);
    Value::Object(to_map(&body))
}

/// Returns the known URL of each reference, and a placeholder for the others.
fn placeholders(
    request: &ImageRequest,
    known: impl Fn(&Reference) -> Option<String>,
) -> ReferenceUrls {
    let url = |reference| known(reference).unwrap_or_else(|| PLACEHOLDER_URL.to_owned());
    ReferenceUrls {
        references: request.references.iter().map(url).collect(),
        mask: request.mask.as_ref().map(url),
    }
}

/// Writes values that the model accepts in any case the way the model writes them.
fn normalize_case(row: &ModelRow, body: &mut types::ImageRequest) {
    for (name, value) in &mut body.metadata {
        if let Value::String(text) = value
            && let Some(Rule::Text(rule)) = row
                .field(&format!("metadata.{name}"))
                .map(|field| field.rule)
            && rule.ignore_case
            && let Some(own) = rule
                .one_of
                .iter()
                .find(|one| one.eq_ignore_ascii_case(text))
        {
            (*own).clone_into(text);
        }
    }
}

/// Sets a field that the caller named. It replaces a typed field of the same name.
fn apply_override(body: &mut types::ImageRequest, name: &str, value: &Value) {
    // Untyped fields that were set before must not be parsed as typed ones.
    let mut untyped = std::mem::take(&mut body.extra);
    let mut map = to_map(body);
    map.insert(name.to_owned(), value.clone());
    let typed = serde_json::from_value(Value::Object(map.clone()))
        .ok()
        .filter(|typed| !is_altered(typed, name, value));
    let typed = typed.or_else(|| {
        // The value has another type than the contract's, so it is sent as an untyped field.
        map.remove(name);
        let without = serde_json::from_value(Value::Object(map)).ok()?;
        untyped.insert(name.to_owned(), value.clone());
        Some(without)
    });
    if let Some(typed) = typed {
        *body = typed;
    }
    body.extra.append(&mut untyped);
}

/// Returns true if the body has another value under this name. Null and empty lists may be left
/// out.
fn is_altered(body: &types::ImageRequest, name: &str, value: &Value) -> bool {
    let sent = body.field(name);
    !value.is_null() && sent.is_some_and(|sent| Value::from(sent) != *value)
}

/// Converts the body to that of an edit, which has the same fields.
pub(crate) fn edit(body: &types::ImageRequest) -> Option<types::EditRequest> {
    let mut body = body.clone();
    let mut untyped = std::mem::take(&mut body.extra);
    let mut edit: types::EditRequest = serde_json::from_value(Value::Object(to_map(&body))).ok()?;
    edit.extra.append(&mut untyped);
    Some(edit)
}

fn to_map(body: &types::ImageRequest) -> Map<String, Value> {
    match serde_json::to_value(body) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
