//! Unknown facts in recordings are found, and the printed overlay adds them to the contract.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use toapis_contract::Exchange;
use toapis_openapi::Document;
use toapis_openapi::overlay::Overlay;
use toapis_spec::learn::{ObservationKind, learn};
use xtask::spec::lint;

fn contract() -> Document {
    toapis_codegen::read_contract(&xtask::workspace_root())
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
fn observations_have_count_and_example() {
    let learned = learn(&contract(), &recorded()).unwrap();
    let found: Vec<(ObservationKind, &str, usize)> = learned
        .observations
        .iter()
        .map(|observation| {
            (
                observation.kind,
                observation.message.as_str(),
                observation.count,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                ObservationKind::Operation,
                "`GET /v1/images/styles` is not an operation of the contract",
                1
            ),
            (ObservationKind::Status, "`getImageTask` returns 409", 1),
            (
                ObservationKind::Field,
                "the field `eta`, of type integer",
                2
            ),
            (ObservationKind::Field, "the field `eta`, of type null", 1),
            (
                ObservationKind::Field,
                "the field `queue`, of type object",
                1
            ),
            (ObservationKind::Value, "the value \"moderating\"", 1),
            (
                ObservationKind::Type,
                "a value of type null; expected string",
                1
            ),
            (
                ObservationKind::Type,
                "a value of type string; expected integer",
                1
            ),
            (ObservationKind::Code, "the code `busy` with 409", 1),
            (ObservationKind::Code, "the code `too_hot` with 429", 1),
        ]
    );
    assert_eq!(learned.observations[2].example, json!(12));
    assert_eq!(
        learned.observations[2].pointer,
        "/components/schemas/Task/properties/eta"
    );
}

#[test]
fn overlay_describes_observations_and_passes_the_lint() {
    let before = contract();
    let learned = learn(&before, &recorded()).unwrap();
    let mut after = before.to_value();
    let overlay = Overlay::parse(&learned.overlay.to_string(), "learned").unwrap();
    overlay.apply(&mut after).unwrap();
    let after = Document::parse(&after.to_string(), "amended").unwrap();
    let left = learn(&after, &recorded()).unwrap();
    let kinds: Vec<ObservationKind> = left
        .observations
        .iter()
        .map(|observation| observation.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            ObservationKind::Operation,
            ObservationKind::Type,
            ObservationKind::Code
        ],
        "what a person must decide is left: {left}"
    );
    let report = lint(&after);
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[test]
fn known_responses_give_no_observations_and_keys_are_masked() {
    let learned = learn(&contract(), &recorded()[..1]).unwrap();
    assert!(learned.observations.is_empty(), "{learned}");
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
    assert_eq!(learned.observations.len(), 1);
    let found = format!("{learned} {}", serde_json::to_string(&learned).unwrap());
    assert!(!found.contains("secretsecret"), "{found}");
}
