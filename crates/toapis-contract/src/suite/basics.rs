//! Examples, models, keys, parameters, and bodies that are none.

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{
    case::{Case, Expect, Key, makes_task},
    forms,
    report::Topic,
    value,
};
use crate::{
    contract::Contract, media::Media, operation::Operation, parameter::Parameter, pointer,
    violation::Part,
};

/// What is encoded in a segment of a path: all but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The cases of every operation that do not depend on one keyword of its body.
pub(super) fn derive(contract: &Contract, cases: &mut Vec<Case>) {
    for operation in contract.operations() {
        examples(contract, operation, cases);
        keys(contract, operation, cases);
        parameters(contract, operation, cases);
        bodies(operation, cases);
    }
    models(contract, cases);
}

/// The operation's JSON body in the contract.
pub(super) fn json_media(operation: &Operation) -> Option<&Media> {
    operation
        .body
        .as_ref()?
        .content
        .iter()
        .find(|media| media.is_json())
}

/// A body that the operation takes: the first of its examples, else a sample of its schema.
pub(super) fn legal_body(contract: &Contract, media: &Media) -> Value {
    named_examples(contract, media)
        .into_iter()
        .map(|(_, _, body)| body)
        .next()
        .unwrap_or_else(|| value::sample(contract, &format!("{}/schema", media.pointer)))
}

/// Name, pointer and value of every example of a media type.
fn named_examples(contract: &Contract, media: &Media) -> Vec<(String, String, Value)> {
    let object = contract.resolve(&media.pointer);
    let named = object.and_then(|object| object.get("examples")?.as_object());
    let list = format!("{}/examples", media.pointer);
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

/// Each example of a body is sent as it stands, and its answer is followed; an operation without a body is sent once.
fn examples(contract: &Contract, operation: &Operation, cases: &mut Vec<Case>) {
    if operation.body.is_none() && operation.parameters.is_empty() {
        cases.push(Case::new(operation, Topic::Example, operation.id(), "is answered").followed());
    }
    let Some(media) = json_media(operation) else {
        return;
    };
    for (name, at, body) in named_examples(contract, media) {
        let case = Case::new(
            operation,
            Topic::Example,
            format!("example {name}"),
            "is accepted and followed to its end",
        )
        .about(at)
        .json(operation, &body)
        .expect(expectation(contract, &body))
        .followed();
        cases.push(case);
    }
}

/// A model that the contract does not know is legal, but a service need not have it.
fn expectation(contract: &Contract, body: &Value) -> Expect {
    match body.get("model").and_then(Value::as_str) {
        Some(name) if contract.model(name).is_none() => Expect::Either,
        _ => Expect::Accepted,
    }
}

/// Each model is asked for by its name and by each alias, with its schema's own example.
fn models(contract: &Contract, cases: &mut Vec<Case>) {
    for model in contract.models() {
        let Some(operation) = contract.operation(model.operation()) else {
            continue;
        };
        let at = pointer::join("/x-models", model.name());
        let body = value::sample(contract, model.schema_pointer().trim_start_matches('#'));
        for name in std::iter::once(model.name()).chain(model.aliases().iter().map(String::as_str))
        {
            let body = value::set(&body, "/model", json!(name));
            cases.push(
                Case::new(operation, Topic::Model, name, "is taken")
                    .about(&at)
                    .json(operation, &body),
            );
        }
    }
}

/// An operation that asks for a key is sent without one, with one that is none, and with one that nobody has.
fn keys(contract: &Contract, operation: &Operation, cases: &mut Vec<Case>) {
    if !operation.needs_key() {
        return;
    }
    for (key, what) in [
        (Key::Missing, "without a key"),
        (Key::Malformed, "with a credential that is no bearer token"),
        (Key::Wrong, "with a key that nobody has"),
    ] {
        let mut case = Case::new(operation, Topic::Key, operation.id(), what);
        if case.creates {
            // Not even a service that ignores the credential can create a task from this body.
            case = case.json(operation, &json!({}));
            case.pictures = 0;
        } else if let Some(media) = json_media(operation) {
            case = case.json(operation, &legal_body(contract, media));
        } else if let Some(form) = forms::legal(contract, operation) {
            case = case.bytes(forms::CONTENT_TYPE, form);
        }
        let path = fill_path(operation, "task_img_abc123def456");
        cases.push(
            case.path(path)
                .keyed(key)
                .expect(Expect::Unauthorized)
                .about(&operation.security.pointer),
        );
    }
}

/// The path with `value` in the place of every parameter.
pub(super) fn fill_path(operation: &Operation, value: &str) -> String {
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
    for parameter in &operation.parameters {
        match parameter.part {
            Part::Path => cases.push(
                Case::new(
                    operation,
                    Topic::Parameter,
                    &parameter.name,
                    "that nothing is known by",
                )
                .path(fill_path(
                    operation,
                    "task_img_00000000000000000000000000000000",
                ))
                .about(&parameter.pointer)
                .expect(Expect::Refused),
            ),
            Part::Query => query(contract, operation, parameter, cases),
            _ => {}
        }
    }
}

/// Every value of a query parameter, none of them, and one that is none.
fn query(contract: &Contract, operation: &Operation, parameter: &Parameter, cases: &mut Vec<Case>) {
    let at = contract.schemas().pointer(parameter.schema);
    let values = contract
        .resolve(at)
        .and_then(|schema| schema.get("enum")?.as_array());
    if !parameter.required {
        cases.push(
            Case::new(operation, Topic::Parameter, &parameter.name, "left out")
                .about(&parameter.pointer),
        );
    }
    let with = |value: &str| format!("{}?{}={value}", operation.path(), parameter.name);
    for value in values.into_iter().flatten().filter_map(Value::as_str) {
        cases.push(
            Case::new(operation, Topic::Parameter, &parameter.name, value)
                .path(with(value))
                .about(&parameter.pointer),
        );
    }
    if values.is_some() {
        cases.push(
            Case::new(
                operation,
                Topic::Parameter,
                &parameter.name,
                "with a value that is none",
            )
            .path(with("no-such-value"))
            .about(format!("{at}/enum"))
            .expect(Expect::Refused),
        );
    }
}

/// Bodies that cannot be read as what they should be.
fn bodies(operation: &Operation, cases: &mut Vec<Case>) {
    let Some(body) = operation.body.as_ref().filter(|body| body.required) else {
        return;
    };
    let mut refuse = |what: &str, content_type: &'static str, bytes: &'static [u8]| {
        let mut case = Case::new(operation, Topic::Body, operation.id(), what)
            .bytes(content_type, Bytes::from_static(bytes))
            .about(&body.pointer)
            .expect(Expect::Refused);
        // A service that takes anything would make a task even of this.
        case.pictures = u64::from(makes_task(operation));
        cases.push(case);
    };
    if json_media(operation).is_some() {
        refuse("with no body", "application/json", b"");
        refuse(
            "with JSON that breaks off",
            "application/json",
            b"{\"model\":",
        );
        refuse("with a list for an object", "application/json", b"[]");
        refuse("with a body of another type", "text/plain", b"A cat");
    } else {
        refuse("with a body of another type", "application/json", b"{}");
    }
}
