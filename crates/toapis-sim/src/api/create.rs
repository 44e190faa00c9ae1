//! Create and edit: from a request that the contract allows to a task that is paid for, or to the reason why not.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use toapis_contract::Model;

use super::{Answer, Op, desk::Orders, refusal::Refusal, status};
use crate::{
    clock::Moment,
    pace::{self, Work},
    picture::{Format, Order},
    settings::References,
    world::{Accepted, KeyRef, NewTask, World},
};

/// The size of a request that names none, or one without pixels of its own; the service's default is unknown.
const DEFAULT_SIZE: &str = "1:1";

/// Accepts a create whose body the contract allows. Gives the answer and the task's place.
pub(super) fn create(
    world: &World,
    op: Op,
    key: KeyRef,
    body: &Value,
    now: Moment,
    orders: &Orders,
) -> Result<(Answer, u32), Refusal> {
    if orders.moderated {
        return Err(Refusal::Moderated);
    }
    let name = text(body, "model").unwrap_or_default();
    // Elsewhere than at its own operation a model is as unknown as any other name, to the contract too.
    let known = world.contract.model(name);
    let model = known.filter(|model| model.operation() == op.id());
    let references = references(world, body, model, orders.strict_references)?;
    callback(world, key, body)?;
    {
        let state = world.state();
        if state.key_models(key).is_some_and(|allowed| {
            !allowed
                .iter()
                .any(|own| own == name || model.is_some_and(|model| own == model.name()))
        }) {
            return Err(Refusal::ModelForbidden {
                model: name.to_owned(),
            });
        }
    }
    if model.is_none() && !world.settings.any_model {
        return Err(Refusal::ModelNotFound {
            model: name.to_owned(),
        });
    }
    let (width, height) = pixels(world, body, model, &references);
    let images = body
        .get("n")
        .and_then(Value::as_u64)
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or(1)
        .clamp(1, 64);
    let prompt = text(body, "prompt").unwrap_or_default().to_owned();
    let work = Work {
        model: name,
        width,
        height,
    };
    let new = NewTask {
        key,
        model: name.to_owned(),
        business_id: text(body, "client_business_id").map(str::to_owned),
        callback_url: text(body, "callback_url").map(str::to_owned),
        failure: orders.failure.clone(),
        webhook_again: orders.webhook_again,
        width,
        height,
        seed: seed(world, body, name, &prompt),
        prompt,
        references,
        images,
        credits: work.credits() * u64::from(images),
        format: format(body),
        layers: at(body, "metadata.layer_decomposition") == Some(&Value::Bool(true)),
    };
    let mut state = world.state();
    let ordinal = state.next_ordinal();
    let settings = &world.settings;
    let timeline = pace::timeline(&world.facts, settings, ordinal, now, work);
    let id = settings.id_shape.mint(settings.seed, ordinal);
    match state.accept(new, id, timeline) {
        Accepted::Yes(place) => {
            let task = state.task(place).ok_or(Refusal::TaskNotFound)?;
            Ok((status::created(world, task, now), place))
        }
        Accepted::NoCredit => Err(Refusal::NoCredit),
        Accepted::Full => Err(Refusal::LimiterDown),
    }
}

/// A field inside fields, by a path as the contract writes it: `metadata.resolution`.
fn at<'b>(body: &'b Value, path: &str) -> Option<&'b Value> {
    path.split('.')
        .try_fold(body, |value, field| value.get(field))
}

fn text<'b>(body: &'b Value, field: &str) -> Option<&'b str> {
    body.get(field).and_then(Value::as_str)
}

/// The fields that hold a model's references, and whether they are objects in its catalogue.
fn reference_fields(model: Option<&Model>) -> (Vec<&str>, Option<bool>) {
    let entry = model.and_then(|model| model.entry().get("references"));
    let Some(entry) = entry else {
        return (vec!["image_urls"], None);
    };
    let also = entry
        .get("also")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let fields = entry
        .get("field")
        .into_iter()
        .chain(also)
        .filter_map(Value::as_str)
        .collect();
    (
        fields,
        entry
            .get("form")
            .and_then(Value::as_str)
            .map(|form| form == "object"),
    )
}

/// Every reference must be a web address; of those on the simulator's own files host, one that it has.
fn references(
    world: &World,
    body: &Value,
    model: Option<&Model>,
    strict: bool,
) -> Result<Vec<String>, Refusal> {
    let (fields, objects) = reference_fields(model);
    let mut urls = Vec::new();
    for field in fields {
        for item in body
            .get(field)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let refused = |message: &str| Refusal::References {
                message: message.to_owned(),
                param: Some(field.to_owned()),
            };
            let url = item
                .as_str()
                .or_else(|| text(item, "url"))
                .unwrap_or_default();
            let wrong_form = match world.settings.references {
                References::Both if !strict => false,
                References::Both | References::Catalogue => {
                    objects.is_some_and(|objects| objects != item.is_object())
                }
                References::Objects => !item.is_object(),
                References::Strings => !item.is_string(),
            };
            if wrong_form {
                let wanted = if item.is_object() {
                    "a string"
                } else {
                    "an object with `url`"
                };
                return Err(refused(&format!(
                    "{field}: every reference must be {wanted}"
                )));
            }
            if url.starts_with("data:") {
                return Err(refused("base64 image is not allowed"));
            }
            let known = match world
                .files_urls
                .iter()
                .find_map(|host| url.strip_prefix(host.as_str()))
            {
                Some(path) => world.has_file(path),
                // Nothing outside is ever fetched: a stranger's address is taken by its form.
                None => web_address(url),
            };
            if !known {
                return Err(refused("invalid image_url"));
            }
            urls.push(url.to_owned());
        }
    }
    Ok(urls)
}

fn web_address(url: &str) -> bool {
    url.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

/// A callback must have the scheme, host and port of the key's own webhook.
fn callback(world: &World, key: KeyRef, body: &Value) -> Result<(), Refusal> {
    let Some(url) = text(body, "callback_url") else {
        return Ok(());
    };
    let state = world.state();
    let Some(webhook) = state.key_purse(key).and_then(|key| key.webhook.as_ref()) else {
        return Err(Refusal::WebhookNotConfigured);
    };
    let origin = |url: &str| {
        let uri: http::Uri = url.parse().ok()?;
        let port = uri.port_u16().or_else(|| {
            Some(if uri.scheme_str()? == "https" {
                443
            } else {
                80
            })
        });
        Some((uri.scheme_str()?.to_owned(), uri.host()?.to_owned(), port))
    };
    if origin(url).is_some() && origin(url) == origin(&webhook.url) {
        return Ok(());
    }
    let message =
        "callback_url must have the scheme, host and port of the key's webhook".to_owned();
    Err(Refusal::Invalid {
        param: Some("callback_url".to_owned()),
        message,
    })
}

fn pixels(world: &World, body: &Value, model: Option<&Model>, references: &[String]) -> (u32, u32) {
    let setting = model.and_then(|model| model.entry().get("resolution"));
    let path = setting
        .and_then(|setting| setting.get("field"))
        .and_then(Value::as_str)
        .unwrap_or("metadata.resolution");
    let default = setting
        .and_then(|setting| setting.get("default"))
        .and_then(Value::as_str);
    let resolution = at(body, path).and_then(Value::as_str).or(default);
    let size = text(body, "size").unwrap_or(DEFAULT_SIZE);
    let own = || {
        if size == "match_input_image" {
            world.reference_pixels(references.first()?)
        } else {
            None
        }
    };
    let (width, height) = world
        .facts
        .pixels(size, resolution)
        .or_else(own)
        .or_else(|| world.facts.pixels(DEFAULT_SIZE, resolution))
        .unwrap_or((1, 1));
    (
        width.clamp(1, Order::LONGEST_SIDE),
        height.clamp(1, Order::LONGEST_SIDE),
    )
}

/// The format that the request asks for, wherever its model has it said; PNG if nowhere.
fn format(body: &Value) -> Format {
    const PLACES: [&str; 4] = [
        "output_format",
        "metadata.response_format",
        "metadata.output_format",
        "metadata.imageOutputOptions.mimeType",
    ];
    let asked = |place: &&str| at(body, place)?.as_str()?.parse().ok();
    PLACES.iter().find_map(asked).unwrap_or_default()
}

/// The seed that the request gives, or one that its words make, so that the same words make the same picture.
fn seed(world: &World, body: &Value, model: &str, prompt: &str) -> u64 {
    let given = at(body, "seed").or_else(|| at(body, "metadata.seed"));
    given.and_then(Value::as_u64).unwrap_or_else(|| {
        let mut hash = Sha256::new();
        hash.update(world.settings.seed.to_le_bytes());
        hash.update(model);
        hash.update([0]);
        hash.update(prompt);
        let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
        // Short enough to be read off a picture.
        u64::from(u32::from_le_bytes([a, b, c, d]) % 1_000_000)
    })
}
