//! From a request to what stands on the wire, in the form that its model wants.

use serde_json::{Map, Value};
use toapis_client::operations::{CREATE_IMAGE, EDIT_IMAGE};
use toapis_client::{Operation, types};

use super::{Reference, Source};
use crate::catalog::{ModelRow, ReferenceForm, Rule};
use crate::ids::BusinessId;
use crate::request::{ImageRequest, ReferenceStyle};
use crate::validate::{self, Constraint, Violation};

/// Stands for the URL that a local picture will have once it is uploaded.
const TO_COME: &str = "https://upload.invalid/";

/// The operation that a request goes to: that of its model, and for a name that is not listed, the usual one.
pub(crate) fn operation(request: &ImageRequest) -> &'static Operation {
    if request.model.is_edit_model() {
        &EDIT_IMAGE
    } else {
        &CREATE_IMAGE
    }
}

/// The body of a request as it will be, but for its references: a local one has no URL yet, so in place of each stands one that
/// keeps to the rules.
pub(crate) fn draft(
    request: &ImageRequest,
    business_id: Option<&BusinessId>,
) -> types::ImageRequest {
    let urls: Vec<&str> = request.references.iter().map(|_| TO_COME).collect();
    let mask = request.mask.as_ref().map(|_| TO_COME);
    body(request, &urls, mask, style(request, None), business_id)
}

/// Every rule that a request breaks, whose body is drafted.
pub(crate) fn violations(
    request: &ImageRequest,
    draft: &types::ImageRequest,
    operation: &Operation,
    private_too: bool,
) -> Vec<Violation> {
    let row = request.model.row();
    let mut found = validate::check(row, operation.id, draft);
    for (name, value) in &request.extra {
        // The model and the prompt cannot be left out, and so not be of another type either.
        if is_altered(draft, name, value) {
            found.push(Violation {
                field: name.clone(),
                rule: Constraint::Type,
                actual: validate::show(&value.into()),
                expected: "a text".to_owned(),
            });
        }
    }
    let field = reference_field(row);
    for (index, reference) in request.references.iter().enumerate() {
        if let Some((got, allowed)) = reference.fault(private_too) {
            found.push(Violation {
                field: format!("{field}[{index}]"),
                rule: Constraint::Pattern,
                actual: got,
                expected: allowed,
            });
        }
    }
    if let Some((got, allowed)) = request
        .mask
        .as_ref()
        .and_then(|mask| mask.fault(private_too))
    {
        found.push(Violation {
            field: "mask_url".to_owned(),
            rule: Constraint::Pattern,
            actual: got,
            expected: allowed,
        });
    }
    found
}

/// The body of a request as it will be, but for the URLs of local pictures.
pub(crate) fn preview(request: &ImageRequest, id: &BusinessId) -> Value {
    let url = |reference: &Reference| match reference.source() {
        Source::Url(url) => url.clone(),
        Source::Path(_) | Source::Bytes(_) => TO_COME.to_owned(),
    };
    let urls: Vec<String> = request.references.iter().map(url).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let mask = request.mask.as_ref().map(url);
    Value::Object(as_map(&body(
        request,
        &urls,
        mask.as_deref(),
        style(request, None),
        Some(id),
    )))
}

/// The form of references: the caller's word, then what this client has learned, then the contract's.
pub(crate) fn style(request: &ImageRequest, learned: Option<ReferenceStyle>) -> ReferenceStyle {
    let of_contract = || match request
        .model
        .row()
        .and_then(|row| row.references.as_ref())
        .map(|references| references.form)
    {
        Some(ReferenceForm::Object) => ReferenceStyle::Objects,
        // Most models take strings, so that is the guess for one that is not listed.
        Some(ReferenceForm::String) | None => ReferenceStyle::Strings,
    };
    request.style.or(learned).unwrap_or_else(of_contract)
}

/// The field that references go to.
pub(crate) fn reference_field(row: Option<&ModelRow>) -> &'static str {
    // Every model but one names it so; one that is not listed is most likely to.
    row.and_then(|row| row.references.as_ref())
        .map_or("image_urls", |references| references.field)
}

/// The body of a create.
pub(crate) fn body(
    request: &ImageRequest,
    urls: &[&str],
    mask: Option<&str>,
    style: ReferenceStyle,
    business_id: Option<&BusinessId>,
) -> types::ImageRequest {
    let row = request.model.row();
    let references = urls.iter().map(|url| match style {
        ReferenceStyle::Strings => types::Reference::String((*url).to_owned()),
        ReferenceStyle::Objects => types::ReferenceObject {
            url: (*url).to_owned(),
        }
        .into(),
    });
    let model = request.model.as_str().to_owned();
    let mut body = types::ImageRequest::new(model, request.prompt.clone());
    body.size = request.size.as_ref().map(|size| size.as_str().to_owned());
    body.n = request.n;
    body.mask_url = mask.map(str::to_owned);
    body.quality.clone_from(&request.quality);
    body.output_format.clone_from(&request.output_format);
    body.output_compression = request.output_compression;
    body.background.clone_from(&request.background);
    body.metadata.clone_from(&request.metadata);
    body.callback_url.clone_from(&request.callback_url);
    if reference_field(row) == "reference_images" {
        body.reference_images = references.collect();
    } else {
        body.image_urls = references.collect();
    }
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
        settle_case(row, &mut body);
    }
    for (name, value) in &request.extra {
        take_over(&mut body, name, value);
    }
    // Whatever else is left out: without it, nobody could ask for a task whose answer was lost.
    if body.field("client_business_id").is_none() {
        body.client_business_id = business_id
            .or(request.business_id.as_ref())
            .map(|id| id.as_str().to_owned());
    }
    body
}

/// Values that the model takes in any case are sent in its own.
fn settle_case(row: &ModelRow, body: &mut types::ImageRequest) {
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

/// A field set by its name goes before the same field set otherwise; two of one name would be no JSON.
fn take_over(body: &mut types::ImageRequest, name: &str, value: &Value) {
    // What stands beside the typed fields already is not to be read as one of them.
    let mut beside = std::mem::take(&mut body.extra);
    let mut map = as_map(body);
    map.insert(name.to_owned(), value.clone());
    let typed = serde_json::from_value(Value::Object(map.clone()))
        .ok()
        .filter(|typed| !is_altered(typed, name, value));
    let typed = typed.or_else(|| {
        // A value of another type than the contract's. The caller's word all the same, so it goes beside the typed fields.
        map.remove(name);
        let without = serde_json::from_value(Value::Object(map)).ok()?;
        beside.insert(name.to_owned(), value.clone());
        Some(without)
    });
    if let Some(typed) = typed {
        *body = typed;
    }
    body.extra.append(&mut beside);
}

/// Whether something else would be sent under a name than the caller set by it. A null or an empty list may be left out.
fn is_altered(body: &types::ImageRequest, name: &str, value: &Value) -> bool {
    let sent = body.field(name);
    !value.is_null() && sent.is_some_and(|sent| Value::from(sent) != *value)
}

/// The body of an edit: the same fields at another endpoint.
pub(crate) fn edit(body: &types::ImageRequest) -> Option<types::EditRequest> {
    let mut body = body.clone();
    let mut beside = std::mem::take(&mut body.extra);
    let mut edit: types::EditRequest = serde_json::from_value(Value::Object(as_map(&body))).ok()?;
    edit.extra.append(&mut beside);
    Some(edit)
}

fn as_map(body: &types::ImageRequest) -> Map<String, Value> {
    match serde_json::to_value(body) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
