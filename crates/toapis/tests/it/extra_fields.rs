//! Fields set by name: sent unchanged, or the request is invalid.

use serde_json::{Value, json};
use toapis::{Client, Constraint, ImageRequest, Model};

use crate::support::ServerExt as _;
use toapis_test_support::server::{ScriptedServer, json_response};

fn client() -> Client {
    Client::new("sk-1").unwrap()
}

#[test]
fn extra_field_is_sent_unchanged() {
    let layered = json!([{"url": "https://example.com/a.png", "layer": 1}]);
    let given = [
        ("image_urls", layered),
        ("metadata", Value::Null),
        ("n", json!("2")),
        ("new", json!({"a": null})),
        ("quality", json!(1.5)),
        ("seed", json!(u64::MAX)),
        ("size", json!("21:9")),
    ];
    let mut request = ImageRequest::new("a cat").size("16:9").n(1);
    for (name, value) in &given {
        request = request.extra_field(*name, value.clone());
    }
    let body = client().images().submit(request).body();
    for (name, value) in &given {
        assert_eq!(&body[name], value, "{name}");
    }
}

#[test]
fn null_extra_field_removes_a_field() {
    let request = ImageRequest::new("a cat").size("16:9");
    let body = client()
        .images()
        .submit(request.extra_field("size", Value::Null))
        .body();
    assert_eq!(body.get("size"), None);
}

#[test]
fn prompt_and_model_must_be_strings() {
    for name in ["prompt", "model"] {
        let request = ImageRequest::new("a cat").extra_field(name, json!(["a cat", "a dog"]));
        let error = client().images().prepare(request).unwrap_err();
        let violations: Vec<_> = error
            .violations()
            .iter()
            .map(|violation| (violation.field.as_str(), violation.rule))
            .collect();
        assert_eq!(violations, [(name, Constraint::Type)]);
    }
}

#[test]
fn oversized_numbers_are_invalid() {
    let model = Model::from("doubao-seedream-4-0");
    let request = ImageRequest::new("a cat").model(model);
    let request = request
        .reference("https://example.com/a.png")
        .extra_field("n", u64::MAX);
    let error = client().images().prepare(request).unwrap_err();
    let rules: Vec<_> = error.violations().iter().map(|one| one.rule).collect();
    assert_eq!(rules, [Constraint::Type, Constraint::Conflict], "{error}");
}

#[tokio::test(start_paused = true)]
async fn skip_validation_accepts_wrong_types_in_edits() {
    let server = ScriptedServer::start(|_, _| json_response(200, json!({"id": "t"}))).await;
    let request = ImageRequest::new("a cat")
        .model(Model::from("grok-imagine-1.0-edit"))
        .reference("https://example.com/a.png")
        .extra_field("n", "1");
    let submit = server.client().images().submit(request).skip_validation();
    submit.await.unwrap();
    let sent = server.requests()[0].json();
    assert_eq!(
        (&sent["n"], &sent["prompt"]),
        (&json!("1"), &json!("a cat"))
    );
}
