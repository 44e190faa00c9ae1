//! The contract that is compiled in: it loads, and its own examples are legal.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use toapis_contract::{Contract, ResponseParts};

use crate::common::{contract, headers, send};

/// Every named example under `content` of an answer or a request.
fn examples(content: &Value) -> Vec<(String, Value)> {
    let media = &content["application/json"];
    let named = media["examples"].as_object().into_iter().flatten();
    named
        .map(|(name, example)| (name.clone(), example["value"].clone()))
        .chain(
            media
                .get("example")
                .map(|example| ("example".to_owned(), example.clone())),
        )
        .collect()
}

#[test]
fn the_yaml_and_the_json_inside_the_crate_are_the_same_contract_and_all_of_it_compiles() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/contract");
    let yaml = Contract::load(format!("{folder}/openapi.yaml")).unwrap();
    let json = Contract::load(format!("{folder}/openapi.json")).unwrap();
    // Not `assert_eq!`, which would print both.
    assert!(
        yaml.document() == json.document(),
        "run `cargo xtask codegen`"
    );
    assert!(
        yaml.document() == contract().document(),
        "run `cargo xtask codegen`"
    );
}

#[test]
fn there_are_seven_operations_and_one_callback() {
    let ids: Vec<&str> = contract()
        .operations()
        .map(toapis_contract::Operation::id)
        .collect();
    assert_eq!(ids.len(), 7, "{ids:?}");
    let callback = contract().callbacks().next().unwrap();
    assert_eq!(
        (callback.id(), callback.callback_of()),
        ("receiveWebhook", Some("createImage"))
    );
    assert!(callback.extension("x-webhook").is_some());
    assert!(!callback.needs_key());
}

#[test]
fn every_example_of_a_request_is_a_legal_request() {
    let mut judged = 0;
    for operation in contract().operations() {
        let content = contract().resolve(&format!("{}/requestBody/content", operation.pointer()));
        for (name, body) in content.map(examples).unwrap_or_default() {
            let verdict = send(operation.method(), operation.path(), &body.to_string());
            assert_eq!(verdict.operation(), Some(operation.id()));
            assert!(verdict.is_ok(), "{} {name}: {verdict}", operation.id());
            judged += 1;
        }
    }
    assert!(judged >= 5, "{judged}");
}

#[test]
fn every_example_of_a_models_schema_is_a_legal_request_of_that_model() {
    for model in contract().models() {
        let mut body = contract().resolve(&model.schema_pointer()).unwrap()["example"].clone();
        let path = contract().operation(model.operation()).unwrap().path();
        for name in std::iter::once(model.name()).chain(model.aliases().iter().map(String::as_str))
        {
            body["model"] = json!(name);
            let verdict = send(&Method::POST, path, &body.to_string());
            assert!(verdict.is_ok(), "{name}: {verdict}");
        }
    }
}

#[test]
fn every_example_of_an_answer_is_a_legal_answer() {
    let json = headers(&[("content-type", "application/json")]);
    let mut judged = 0;
    for operation in contract().operations() {
        for status in operation.statuses() {
            let pointer = format!("{}/responses/{status}", operation.pointer());
            let answer = contract().resolve(&pointer).unwrap();
            for (name, body) in examples(&answer["content"]) {
                let status: StatusCode = status.to_string().parse().unwrap();
                let written = body.to_string();
                let parts = ResponseParts {
                    status,
                    headers: &json,
                    body: written.as_bytes(),
                };
                let verdict = contract().check_response(operation.id(), &parts);
                assert!(
                    verdict.is_ok(),
                    "{} {status} {name}: {verdict}",
                    operation.id()
                );
                let quick = contract().check_json_response(operation.id(), status, &json, &body);
                assert!(quick.is_ok(), "{quick}");
                judged += 1;
            }
        }
    }
    assert!(judged > 50, "{judged}");
}

#[test]
fn every_example_of_a_webhook_is_a_legal_one_and_its_headers_are_needed() {
    let callback = contract().callbacks().next().unwrap();
    let content = contract()
        .resolve(&format!("{}/requestBody/content", callback.pointer()))
        .unwrap();
    let signed = headers(&[
        ("content-type", "application/json"),
        ("x-toapis-webhook-id", "evt_1"),
        ("x-toapis-webhook-timestamp", "1768381063"),
        ("x-toapis-webhook-signature", "v1=00"),
    ]);
    for (name, body) in examples(content) {
        let verdict =
            contract().check_callback("receiveWebhook", &signed, body.to_string().as_bytes());
        assert!(verdict.is_ok(), "{name}: {verdict}");
        let bare = headers(&[("content-type", "application/json")]);
        let verdict =
            contract().check_callback("receiveWebhook", &bare, body.to_string().as_bytes());
        assert_eq!(verdict.violations().len(), 3, "{verdict}");
    }
    let none = contract().check_callback("createImage", &signed, b"{}");
    assert_eq!(none.violations()[0].rule(), "operation");
}
