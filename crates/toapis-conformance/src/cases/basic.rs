//! Examples, models, credentials, parameters, and bodies that cannot be parsed.

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use toapis_contract::{Contract, MediaType, MessagePart, Operation, Parameter, RequestBody};
use toapis_openapi::pointer;

use super::multipart;
use crate::{
    case::{Case, Credential, Expect},
    report::CaseCategory,
    sample,
};

/// Characters that are encoded in a path segment: all but the unreserved ones of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Derives the cases that are not about a keyword of a body's schema.
pub(crate) fn derive(contract: &Contract, cases: &mut Vec<Case>) {
    for operation in contract.operations() {
        examples(contract, operation, cases);
        credentials(contract, operation, cases);
        parameters(contract, operation, cases);
        bodies(operation, cases);
    }
    models(contract, cases);
}

fn json_media(operation: &Operation) -> Option<&MediaType> {
    operation.request_body().and_then(RequestBody::json)
}

/// Returns a valid body: the first example, else a sample of the schema.
fn valid_body(contract: &Contract, media: &MediaType) -> Value {
    named_examples(contract, media)
        .into_iter()
        .map(|(_, _, body)| body)
        .next()
        .unwrap_or_else(|| sample::sample(contract, &format!("{}/schema", media.pointer())))
}

/// Returns name, pointer and value of every example of a media type.
fn named_examples(contract: &Contract, media: &MediaType) -> Vec<(String, String, Value)> {
    let object = contract.resolve(&media.pointer());
    let named = object.and_then(|object| object.get("examples")?.as_object());
    let list = format!("{}/examples", media.pointer());
    named
        .into_iter()
        .flatten()
        .filter_map(|(name, example)| {
            Some((
                name.clone(),
                pointer::join(&list, name),
                example.get("value")?.clone(),
            ))
        })
        .collect()
}

/// Adds each example of a body, and one case for an operation without any input.
fn examples(contract: &Contract, operation: &Operation, cases: &mut Vec<Case>) {
    if operation.request_body().is_none() && operation.parameters().is_empty() {
        let case = Case::new(
            operation,
            CaseCategory::Example,
            operation.id(),
            "is accepted",
        );
        cases.push(case.with_follow());
    }
    let Some(media) = json_media(operation) else {
        return;
    };
    for (name, at, body) in named_examples(contract, media) {
        let case = Case::new(
            operation,
            CaseCategory::Example,
            format!("example {name}"),
            "is accepted and followed to its end",
        );
        cases.push(
            case.with_pointer(at)
                .with_json(&body)
                .with_expect(expectation(contract, &body))
                .with_follow(),
        );
    }
}

/// Returns what the contract promises for a valid body: a service need not know every model.
fn expectation(contract: &Contract, body: &Value) -> Expect {
    match body.get("model").and_then(Value::as_str) {
        Some(name) if contract.model(name).is_none() => Expect::Either,
        _ => Expect::Accepted,
    }
}

/// Adds each model, by its name and by each alias.
fn models(contract: &Contract, cases: &mut Vec<Case>) {
    for model in contract.models() {
        let Some(operation) = contract.operation(model.operation()) else {
            continue;
        };
        let at = pointer::join("#/x-models", model.name());
        let body = sample::sample(contract, &model.schema_pointer());
        let aliases = model.aliases().iter().map(String::as_str);
        for name in std::iter::once(model.name()).chain(aliases) {
            let body = sample::set(&body, "/model", json!(name));
            cases.push(
                Case::new(operation, CaseCategory::Model, name, "is accepted")
                    .with_pointer(&at)
                    .with_json(&body),
            );
        }
    }
}

/// Adds requests without a valid credential to an operation that requires one.
fn credentials(contract: &Contract, operation: &Operation, cases: &mut Vec<Case>) {
    if !operation.requires_auth() {
        return;
    }
    for (credential, variant) in [
        (Credential::Missing, "without a credential"),
        (Credential::Malformed, "with a malformed credential"),
        (Credential::Invalid, "with an unknown API key"),
    ] {
        let mut case = Case::new(operation, CaseCategory::Credential, operation.id(), variant);
        if case.creates {
            // Not even a service that ignores the credential can create a task from this body.
            case = case.with_json(&json!({}));
            case.images = 0;
        } else if let Some(media) = json_media(operation) {
            case = case.with_json(&valid_body(contract, media));
        } else if let Some(form) = multipart::valid_form(contract, operation) {
            case = case.with_body(multipart::CONTENT_TYPE, form);
        }
        cases.push(
            case.with_path(fill_path(operation, "task_img_abc123def456"))
                .with_credential(credential)
                .with_expect(Expect::Unauthorized)
                .with_pointer(operation.security_pointer()),
        );
    }
}

/// Returns the operation's path with `value` for every parameter.
pub(crate) fn fill_path(operation: &Operation, value: &str) -> String {
    let encoded = utf8_percent_encode(value, SEGMENT).to_string();
    let segments = operation.path().split('/').map(|segment| {
        if segment.starts_with('{') {
            encoded.as_str()
        } else {
            segment
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

fn parameters(contract: &Contract, operation: &Operation, cases: &mut Vec<Case>) {
    for parameter in operation.parameters() {
        match parameter.part() {
            MessagePart::Path => {
                let path = fill_path(operation, "task_img_00000000000000000000000000000000");
                let case = Case::new(
                    operation,
                    CaseCategory::Parameter,
                    parameter.name(),
                    "with an unknown value",
                );
                cases.push(
                    case.with_path(path)
                        .with_pointer(parameter.pointer())
                        .with_expect(Expect::Rejected),
                );
            }
            MessagePart::Query => query(contract, operation, parameter, cases),
            _ => {}
        }
    }
}

/// Adds every value of a query parameter's `enum`, no value, and an invalid value.
fn query(contract: &Contract, operation: &Operation, parameter: &Parameter, cases: &mut Vec<Case>) {
    let schema = contract.resolve_pointer(&format!("{}/schema", parameter.pointer()));
    let values = schema
        .as_ref()
        .and_then(|(_, schema)| schema.get("enum")?.as_array());
    let mut add = |variant: &str, value: Option<&str>, pointer: String, expect: Expect| {
        let mut case = Case::new(
            operation,
            CaseCategory::Parameter,
            parameter.name(),
            variant,
        );
        if let Some(value) = value {
            let path = format!("{}?{}={value}", operation.path(), parameter.name());
            case = case.with_path(path);
        }
        cases.push(case.with_pointer(pointer).with_expect(expect));
    };
    if !parameter.is_required() {
        add("omitted", None, parameter.pointer(), Expect::Accepted);
    }
    for value in values.into_iter().flatten().filter_map(Value::as_str) {
        add(value, Some(value), parameter.pointer(), Expect::Accepted);
    }
    if let (Some(_), Some((at, _))) = (values, &schema) {
        let pointer = format!("{at}/enum");
        let value = Some("no-such-value");
        add("with an invalid value", value, pointer, Expect::Rejected);
    }
}

/// Adds bodies that cannot be parsed as their media type.
fn bodies(operation: &Operation, cases: &mut Vec<Case>) {
    let Some(body) = operation.request_body().filter(|body| body.is_required()) else {
        return;
    };
    let mut reject = |variant: &str, content_type: &'static str, bytes: &'static [u8]| {
        let mut case = Case::new(operation, CaseCategory::Body, operation.id(), variant)
            .with_body(content_type, Bytes::from_static(bytes))
            .with_pointer(body.pointer())
            .with_expect(Expect::Rejected);
        // A faulty service may create a task even from this body.
        case.images = u64::from(case.creates);
        cases.push(case);
    };
    if json_media(operation).is_some() {
        reject("without a body", "application/json", b"");
        reject("with truncated JSON", "application/json", b"{\"model\":");
        reject(
            "with an array instead of an object",
            "application/json",
            b"[]",
        );
        reject("with another media type", "text/plain", b"A cat");
    } else {
        reject("with another media type", "application/json", b"{}");
    }
}
