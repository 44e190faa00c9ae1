//! What recordings teach is told, and the overlay that is printed teaches it to the contract.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use toapis_contract::Exchange;
use toapis_openapi::Document;
use toapis_openapi::overlay::Overlay;
use toapis_spec::learn::{Kind, learn};
use xtask::spec::lint;

fn contract() -> Document {
    toapis_codegen::read_contract(&xtask::cli::workspace_root())
        .unwrap()
        .1
}

fn exchange(path: &str, status: u16, body: &str) -> Exchange {
    let mut request_headers = http::HeaderMap::new();
    request_headers.insert(
        "authorization",
        "Bearer sk-secretsecretsecretsecretsecretsecretsecretsecret"
            .parse()
            .unwrap(),
    );
    let mut response_headers = http::HeaderMap::new();
    response_headers.insert("content-type", "application/json".parse().unwrap());
    Exchange {
        started: SystemTime::UNIX_EPOCH,
        elapsed: Duration::ZERO,
        method: http::Method::GET,
        uri: format!("https://toapis.com{path}").parse().unwrap(),
        request_headers,
        request_body: bytes::Bytes::new(),
        status: http::StatusCode::from_u16(status).unwrap(),
        response_headers,
        response_body: body.to_owned().into(),
    }
}

fn recorded() -> Vec<Exchange> {
    const TASK: &str = "/v1/images/generations/task_1";
    let task = |more: &str| {
        exchange(
            TASK,
            200,
            &format!(r#"{{"id":"task_1","object":"generation.task","status":"queued"{more}}}"#),
        )
    };
    vec![
        task(""),
        task(r#","eta":12,"queue":{"place":3}"#),
        task(r#","eta":11"#),
        task(r#","eta":null"#),
        exchange(
            TASK,
            200,
            r#"{"id":"task_1","object":"generation.task","status":"moderating","progress":"50%"}"#,
        ),
        exchange(
            TASK,
            200,
            r#"{"id":null,"object":"generation.task","status":"queued"}"#,
        ),
        exchange(TASK, 409, r#"{"error":{"code":"busy","message":"later"}}"#),
        exchange(
            TASK,
            429,
            r#"{"error":{"code":"too_hot","message":"cool down"}}"#,
        ),
        exchange(TASK, 502, "<html>"),
        exchange("/v1/images/styles", 200, "{}"),
    ]
}

#[test]
fn what_the_contract_does_not_know_is_told_with_how_often_and_an_example() {
    let learned = learn(&contract(), &recorded()).unwrap();
    let told: Vec<(Kind, &str, usize)> = learned
        .lessons
        .iter()
        .map(|lesson| (lesson.kind, lesson.message.as_str(), lesson.count))
        .collect();
    assert_eq!(
        told,
        [
            (
                Kind::Operation,
                "`GET /v1/images/styles` is no operation",
                1
            ),
            (Kind::Status, "`getImageTask` answers 409", 1),
            (Kind::Field, "the field `eta`, of type integer", 2),
            (Kind::Field, "the field `eta`, of type null", 1),
            (Kind::Field, "the field `queue`, of type object", 1),
            (Kind::Value, "the value \"moderating\"", 1),
            (
                Kind::Type,
                "a value of type null where string is expected",
                1
            ),
            (
                Kind::Type,
                "a value of type string where integer is expected",
                1
            ),
            (Kind::Code, "the code `busy` with 409", 1),
            (Kind::Code, "the code `too_hot` with 429", 1),
        ]
    );
    assert_eq!(learned.lessons[2].example, json!(12));
    assert_eq!(
        learned.lessons[2].pointer,
        "/components/schemas/Task/properties/eta"
    );
}

#[test]
fn the_overlay_teaches_the_contract_what_it_can_say_and_leaves_it_well_made() {
    let before = contract();
    let learned = learn(&before, &recorded()).unwrap();
    let mut after = before.clone();
    let overlay = Overlay::parse(&learned.overlay.to_string(), "learned").unwrap();
    overlay.apply(after.document_mut()).unwrap();
    let left = learn(&after, &recorded()).unwrap();
    let kinds: Vec<Kind> = left.lessons.iter().map(|lesson| lesson.kind).collect();
    assert_eq!(
        kinds,
        [Kind::Operation, Kind::Type, Kind::Code],
        "what a person must decide is left: {left}"
    );
    let report = lint(&Document::parse(&after.document().to_string(), "amended").unwrap());
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[test]
fn what_the_contract_knows_teaches_nothing_and_no_key_is_ever_told() {
    let learned = learn(&contract(), &recorded()[..1]).unwrap();
    assert!(learned.lessons.is_empty(), "{learned}");
    assert_eq!(learned.overlay, Value::Null);
    let key = "sk-secretsecretsecretsecretsecretsecretsecretsecret";
    let body = format!(
        r#"{{"id":"a","object":"generation.task","status":"queued","echo":"Bearer {key}"}}"#
    );
    let learned = learn(
        &contract(),
        &[exchange("/v1/images/generations/a", 200, &body)],
    )
    .unwrap();
    assert_eq!(learned.lessons.len(), 1);
    let told = format!("{learned} {}", serde_json::to_string(&learned).unwrap());
    assert!(!told.contains("secretsecret"), "{told}");
}
