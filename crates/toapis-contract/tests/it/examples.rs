//! The embedded contract parses, and its own examples are valid.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use toapis_contract::{Contract, ResponseParts};

use crate::common::{contract, headers, send};

/// Returns every named example under `content`.
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
fn embedded_yaml_and_json_are_equal_and_compile() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/contract");
    let yaml = Contract::load(format!("{directory}/openapi.yaml")).unwrap();
    let json = Contract::load(format!("{directory}/openapi.json")).unwrap();
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
fn contract_has_seven_operations_and_one_callback() {
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
    assert!(!callback.requires_auth());
}

#[test]
fn request_examples_are_valid() {
    let mut validated = 0;
    for operation in contract().operations() {
        let content = contract().resolve(&format!("{}/requestBody/content", operation.pointer()));
        for (name, body) in content.map(examples).unwrap_or_default() {
            let report = send(operation.method(), operation.path(), &body.to_string());
            assert_eq!(report.operation(), Some(operation.id()));
            assert!(report.is_ok(), "{} {name}: {report}", operation.id());
            validated += 1;
        }
    }
    assert!(validated >= 5, "{validated}");
}

#[test]
fn model_schema_examples_are_valid() {
    for model in contract().models() {
        let mut body = contract().resolve(&model.schema_pointer()).unwrap()["example"].clone();
        let path = contract().operation(model.operation()).unwrap().path();
        for name in std::iter::once(model.name()).chain(model.aliases().iter().map(String::as_str))
        {
            body["model"] = json!(name);
            let report = send(&Method::POST, path, &body.to_string());
            assert!(report.is_ok(), "{name}: {report}");
        }
    }
}

#[test]
fn response_examples_are_valid() {
    let json = headers(&[("content-type", "application/json")]);
    let mut validated = 0;
    for operation in contract().operations() {
        for status in operation.statuses() {
            let pointer = format!("{}/responses/{status}", operation.pointer());
            let response = contract().resolve(&pointer).unwrap();
            for (name, body) in examples(&response["content"]) {
                let status: StatusCode = status.to_string().parse().unwrap();
                let written = body.to_string();
                let parts = ResponseParts {
                    status,
                    headers: &json,
                    body: written.as_bytes(),
                };
                let report = contract().validate_response(operation.id(), &parts);
                assert!(
                    report.is_ok(),
                    "{} {status} {name}: {report}",
                    operation.id()
                );
                let unserialized =
                    contract().validate_json_response(operation.id(), status, &json, &body);
                assert!(unserialized.is_ok(), "{unserialized}");
                validated += 1;
            }
        }
    }
    assert!(validated > 50, "{validated}");
}

#[test]
fn webhook_examples_are_valid_and_need_their_headers() {
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
        let report =
            contract().validate_callback("receiveWebhook", &signed, body.to_string().as_bytes());
        assert!(report.is_ok(), "{name}: {report}");
        let bare = headers(&[("content-type", "application/json")]);
        let report =
            contract().validate_callback("receiveWebhook", &bare, body.to_string().as_bytes());
        assert_eq!(report.violations().len(), 3, "{report}");
    }
    let unknown = contract().validate_callback("createImage", &signed, b"{}");
    assert_eq!(unknown.violations()[0].keyword(), "operation");
}
