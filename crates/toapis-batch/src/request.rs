//! From a row of a manifest to a request of the SDK.

use std::path::Path;

use serde_json::{Map, Value};
use toapis::{ImageRequest, Reference};

/// Names under which reference images are accepted.
const REFERENCE_KEYS: [&str; 3] = ["image_urls", "reference_images", "references"];

/// Builds the request of a row. Local reference images are looked up relative to `directory`.
///
/// Fields that have no setter are sent as they are.
///
/// # Errors
///
/// A sentence that names the field, if one has the wrong type.
pub fn image_request(body: &Map<String, Value>, directory: &Path) -> Result<ImageRequest, String> {
    let prompt = body.get("prompt").ok_or("missing `prompt`")?;
    let mut request = ImageRequest::new(text("prompt", prompt)?);
    for (name, value) in body {
        if value.is_null() {
            continue;
        }
        request = match name.as_str() {
            "prompt" => request,
            "model" => request.model(text(name, value)?),
            "size" => request.size(text(name, value)?),
            "resolution" => request.resolution(text(name, value)?),
            "quality" => request.quality(text(name, value)?),
            "output_format" => request.output_format(text(name, value)?),
            "background" => request.background(text(name, value)?),
            "callback_url" => request.callback_url(text(name, value)?),
            "n" => request.n(integer(name, value)?),
            "seed" => request.seed(integer(name, value)?),
            "output_compression" => request.output_compression(integer(name, value)?),
            "mask" | "mask_url" => request.mask(reference(name, value, directory)?),
            "metadata" => {
                let entries = value
                    .as_object()
                    .ok_or("`metadata` must be an object")?
                    .clone();
                entries.into_iter().fold(request, |request, (key, value)| {
                    request.metadata(key, value)
                })
            }
            "client_business_id" => {
                return Err("`client_business_id` is set by the batch; use `custom_id`".to_owned());
            }
            key if REFERENCE_KEYS.contains(&key) => {
                let list = value
                    .as_array()
                    .map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
                let references: Result<Vec<Reference>, String> = list
                    .iter()
                    .map(|item| reference(name, item, directory))
                    .collect();
                request.references(references?)
            }
            _ => request.extra_field(name.clone(), value.clone()),
        };
    }
    Ok(request)
}

/// Returns how many images a row asks for.
pub(crate) fn image_count(body: &Map<String, Value>) -> u64 {
    body.get("n").and_then(Value::as_u64).unwrap_or(1).max(1)
}

fn text<'v>(name: &str, value: &'v Value) -> Result<&'v str, String> {
    value
        .as_str()
        .ok_or_else(|| format!("`{name}` must be a string"))
}

/// Accepts digits in a string too, as CSV has nothing else.
fn integer<T: TryFrom<i64>>(name: &str, value: &Value) -> Result<T, String> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_i64(),
    };
    number
        .and_then(|number: i64| T::try_from(number).ok())
        .ok_or_else(|| format!("`{name}` must be an integer in its range"))
}

fn reference(name: &str, value: &Value, directory: &Path) -> Result<Reference, String> {
    let location = match value {
        Value::Object(object) => object.get("url").and_then(Value::as_str),
        value => value.as_str(),
    };
    let location =
        location.ok_or_else(|| format!("`{name}` must contain URLs or paths as strings"))?;
    Ok(if location.contains("://") {
        Reference::from(location)
    } else {
        Reference::from(directory.join(location))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<ImageRequest, String> {
        image_request(body.as_object().unwrap(), Path::new("/manifests"))
    }

    #[test]
    fn fields_of_a_row_become_fields_of_the_request() {
        let request = read(&json!({
            "prompt": "A cat", "model": "nano-banana", "size": "16:9", "n": "2", "seed": null,
            "image_urls": ["https://example.com/cat.png", { "url": "https://example.com/dog.png" }],
        }))
        .unwrap();
        let expected = ImageRequest::new("A cat")
            .model("nano-banana")
            .size("16:9")
            .n(2)
            .references(["https://example.com/cat.png", "https://example.com/dog.png"]);
        assert_eq!(request, expected);
    }

    #[test]
    fn local_references_are_relative_to_the_manifest() {
        let request = read(&json!({ "prompt": "A cat", "image_urls": "cats/one.png" })).unwrap();
        let expected = ImageRequest::new("A cat").reference(Path::new("/manifests/cats/one.png"));
        assert_eq!(request, expected);
    }

    #[test]
    fn wrong_types_are_named() {
        for (body, message) in [
            (json!({}), "missing `prompt`"),
            (json!({ "prompt": 7 }), "`prompt` must be a string"),
            (
                json!({ "prompt": "a", "n": "two" }),
                "`n` must be an integer in its range",
            ),
            (
                json!({ "prompt": "a", "n": -1 }),
                "`n` must be an integer in its range",
            ),
            (
                json!({ "prompt": "a", "metadata": [] }),
                "`metadata` must be an object",
            ),
            (
                json!({ "prompt": "a", "image_urls": [1] }),
                "`image_urls` must contain URLs or paths as strings",
            ),
            (
                json!({ "prompt": "a", "client_business_id": "x" }),
                "`client_business_id` is set by the batch; use `custom_id`",
            ),
        ] {
            assert_eq!(read(&body).unwrap_err(), message);
        }
    }
}
