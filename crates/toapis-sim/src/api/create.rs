//! Creates and edits: from a valid request to a paid task.

use std::iter::once;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use toapis_openapi::extensions::{Model, ReferenceForm};

use super::error::ApiError;
use crate::{
    clock::SimInstant,
    config::ReferencePolicy,
    faults::FaultEffects,
    images::{ImageFormat, ImageSpec},
    operation::Operation,
    pricing::Workload,
    state::{AppState, CreateOutcome, KeyRef, NewTask},
};

/// The size of a request without one, or with one that has no pixels. The service's is unknown.
const DEFAULT_SIZE: &str = "1:1";

/// Executes a create whose body is valid. Returns the index of the new task.
pub(super) fn create(
    app: &AppState,
    operation: Operation,
    key: KeyRef,
    body: &Value,
    now: SimInstant,
    effects: &FaultEffects,
) -> Result<u32, ApiError> {
    if effects.moderated {
        return Err(ApiError::Moderated);
    }
    let name = text(body, "model").unwrap_or_default();
    // A model is unknown to every operation but its own, also in the contract.
    let full_name = app
        .contract
        .model(name)
        .filter(|model| model.operation() == operation.id())
        .map(toapis_contract::Model::name);
    let model = full_name.and_then(|name| app.contract_data.model(name));
    let references = read_references(app, body, model, effects.strict_references)?;
    validate_callback(app, key, body)?;
    check_model(app, key, name, full_name)?;
    let (width, height) = image_size(app, body, model, &references);
    let images = body
        .get("n")
        .and_then(Value::as_u64)
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or(1)
        .clamp(1, 64);
    let prompt = text(body, "prompt").unwrap_or_default().to_owned();
    let workload = Workload {
        model: name,
        width,
        height,
    };
    let new = NewTask {
        key,
        model: name.to_owned(),
        business_id: text(body, "client_business_id").map(str::to_owned),
        callback_url: text(body, "callback_url").map(str::to_owned),
        failure: effects.failure.clone(),
        extra_deliveries: effects.extra_deliveries,
        width,
        height,
        seed: image_seed(app, body, name, &prompt),
        prompt,
        references,
        images,
        credits: workload.credits() * u64::from(images),
        format: image_format(body),
        layers: ["layer_decomposition", "metadata.layer_decomposition"]
            .iter()
            .any(|field| at(body, field) == Some(&Value::Bool(true))),
    };
    let mut store = app.store();
    let ordinal = store.next_task_ordinal();
    let timeline = app
        .config
        .timing()
        .timeline(&app.contract_data, ordinal, now, workload);
    let id = app.config.id_format.generate(app.config.seed(), ordinal);
    match store.create(new, id, timeline) {
        CreateOutcome::Created(task) => Ok(task),
        CreateOutcome::InsufficientCredits => Err(ApiError::InsufficientCredits),
        CreateOutcome::CapacityExhausted => Err(ApiError::CapacityExhausted {
            max_tasks: app.config.max_tasks,
        }),
    }
}

/// Returns a nested field by its path in the contract's notation: `metadata.resolution`.
fn at<'b>(body: &'b Value, path: &str) -> Option<&'b Value> {
    path.split('.')
        .try_fold(body, |value, field| value.get(field))
}

fn text<'b>(body: &'b Value, field: &str) -> Option<&'b str> {
    body.get(field).and_then(Value::as_str)
}

/// Returns the URLs of all references. A URL on a file host of the simulator must have a file.
fn read_references(
    app: &AppState,
    body: &Value,
    model: Option<&Model>,
    strict: bool,
) -> Result<Vec<String>, ApiError> {
    let catalogued = model.and_then(|model| model.references.as_ref());
    let fields: Vec<&str> = match catalogued {
        Some(references) => once(&references.field)
            .chain(&references.also)
            .map(String::as_str)
            .collect(),
        None => vec!["image_urls"],
    };
    let expects_objects = match app.config.reference_policy {
        ReferencePolicy::Both if !strict => None,
        ReferencePolicy::Both | ReferencePolicy::Catalogue => {
            catalogued.map(|references| references.form == ReferenceForm::Object)
        }
        ReferencePolicy::Objects => Some(true),
        ReferencePolicy::Strings => Some(false),
    };
    let mut urls = Vec::new();
    for field in fields {
        let items = body.get(field).and_then(Value::as_array);
        for item in items.into_iter().flatten() {
            let url = read_reference(app, field, item, expects_objects);
            urls.push(url.map_err(|message| ApiError::InvalidReferences {
                message,
                param: Some(field.to_owned()),
            })?);
        }
    }
    Ok(urls)
}

fn read_reference(
    app: &AppState,
    field: &str,
    item: &Value,
    expects_object: Option<bool>,
) -> Result<String, String> {
    if expects_object.is_some_and(|expected| expected != item.is_object()) {
        let expected = if item.is_object() {
            "a string"
        } else {
            "an object with `url`"
        };
        return Err(format!("{field}: every reference must be {expected}"));
    }
    let url = item
        .as_str()
        .or_else(|| text(item, "url"))
        .unwrap_or_default();
    if url.starts_with("data:") {
        return Err("base64 image is not allowed".to_owned());
    }
    let is_valid = match app.strip_files_host(url) {
        Some(path) => app.has_file(path),
        // Other URLs are never fetched, so only their syntax is checked.
        None => is_web_url(url),
    };
    if is_valid {
        Ok(url.to_owned())
    } else {
        Err("invalid image_url".to_owned())
    }
}

fn is_web_url(url: &str) -> bool {
    url.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

/// Checks that a callback has the origin of the key's webhook.
fn validate_callback(app: &AppState, key: KeyRef, body: &Value) -> Result<(), ApiError> {
    let Some(url) = text(body, "callback_url") else {
        return Ok(());
    };
    let store = app.store();
    let Some(webhook) = store.key(key).and_then(|key| key.webhook.as_ref()) else {
        return Err(ApiError::WebhookNotConfigured);
    };
    if origin(url).is_some() && origin(url) == origin(&webhook.url) {
        return Ok(());
    }
    let message = "callback_url must have the scheme, host and port of the key's webhook";
    Err(ApiError::InvalidRequest {
        param: Some("callback_url".to_owned()),
        message: message.to_owned(),
    })
}

/// Returns scheme, host and port of a URL.
fn origin(url: &str) -> Option<(String, String, u16)> {
    let uri: http::Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?;
    let default_port = if scheme == "https" { 443 } else { 80 };
    let port = uri.port_u16().unwrap_or(default_port);
    Some((scheme.to_owned(), uri.host()?.to_owned(), port))
}

fn check_model(
    app: &AppState,
    key: KeyRef,
    name: &str,
    full_name: Option<&str>,
) -> Result<(), ApiError> {
    let is_listed = |allowed: &[String]| {
        allowed
            .iter()
            .any(|own| own == name || Some(own.as_str()) == full_name)
    };
    if !app.store().key_models(key).is_none_or(is_listed) {
        return Err(ApiError::ModelForbidden {
            model: name.to_owned(),
        });
    }
    if full_name.is_none() && !app.config.accept_unknown_models {
        return Err(ApiError::ModelNotFound {
            model: name.to_owned(),
        });
    }
    Ok(())
}

/// Returns width and height of the requested images.
fn image_size(
    app: &AppState,
    body: &Value,
    model: Option<&Model>,
    references: &[String],
) -> (u32, u32) {
    let setting = model.and_then(|model| model.resolution.as_ref());
    let path = setting.map_or("metadata.resolution", |setting| &setting.field);
    let resolution = at(body, path)
        .and_then(Value::as_str)
        .or_else(|| setting?.default.as_deref());
    let size = text(body, "size").unwrap_or(DEFAULT_SIZE);
    let size_of_reference = || {
        let reference = references.first().filter(|_| size == "match_input_image")?;
        app.reference_size(reference)
    };
    let (width, height) = app
        .contract_data
        .pixels(size, resolution)
        .or_else(size_of_reference)
        .or_else(|| app.contract_data.pixels(DEFAULT_SIZE, resolution))
        .unwrap_or((1, 1));
    (
        width.clamp(1, ImageSpec::MAX_SIDE),
        height.clamp(1, ImageSpec::MAX_SIDE),
    )
}

/// Returns the requested image format, which models have in different fields. Default: PNG.
fn image_format(body: &Value) -> ImageFormat {
    const FIELDS: [&str; 4] = [
        "output_format",
        "metadata.response_format",
        "metadata.output_format",
        "metadata.imageOutputOptions.mimeType",
    ];
    let requested = |field: &&str| at(body, field)?.as_str()?.parse().ok();
    FIELDS.iter().find_map(requested).unwrap_or_default()
}

/// Returns the requested seed, or one that depends on model and prompt, so that the same prompt
/// gives the same image.
fn image_seed(app: &AppState, body: &Value, model: &str, prompt: &str) -> u64 {
    let requested = at(body, "seed").or_else(|| at(body, "metadata.seed"));
    requested.and_then(Value::as_u64).unwrap_or_else(|| {
        let mut hash = Sha256::new();
        hash.update(app.config.seed().to_le_bytes());
        hash.update(model);
        hash.update([0]);
        hash.update(prompt);
        let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
        // Short enough to be read from the image.
        u64::from(u32::from_le_bytes([a, b, c, d]) % 1_000_000)
    })
}
