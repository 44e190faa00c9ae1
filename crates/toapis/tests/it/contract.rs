//! SDK and contract accept the same requests and responses.

use http::{HeaderMap, Method};
use proptest::prelude::*;
use serde_json::{Value, json};
use toapis::{Client, ImageRequest, Model, Size};
use toapis_contract::{Contract, RequestParts};
use toapis_test_support::server::{ScriptedServer, json_response, response};

use crate::support::ServerExt as _;

/// Returns the contract's violations of a request body.
fn judged(path: &str, body: &Value) -> Vec<String> {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer sk-test".parse().unwrap());
    headers.insert("content-type", "application/json".parse().unwrap());
    let body = body.to_string();
    let parts = RequestParts {
        method: &Method::POST,
        path_and_query: path,
        headers: &headers,
        body: body.as_bytes(),
    };
    Contract::embedded()
        .validate_request(&parts)
        .violations()
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn client() -> Client {
    Client::builder()
        .api_key("sk-1")
        .base_url("https://api.example.com")
        .build()
        .unwrap()
}

fn models() -> impl Strategy<Value = Model> {
    let known: Vec<Model> = Model::KNOWN
        .iter()
        .cloned()
        .chain([
            Model::from("nano-banana"),
            Model::from("a-model-of-next-year"),
        ])
        .collect();
    proptest::sample::select(known)
}

fn sizes() -> impl Strategy<Value = Option<Size>> {
    let named: Vec<Option<Size>> = Size::KNOWN
        .iter()
        .cloned()
        .map(Some)
        .chain([
            None,
            Some("7:7".into()),
            Some("1024x768".into()),
            Some("4096x4096".into()),
        ])
        .collect();
    proptest::sample::select(named)
}

prop_compose! {
    fn requests()(
        model in models(),
        size in sizes(),
        prompt in prop_oneof![Just(String::new()), "\\PC{1,40}", Just("猫".repeat(1000)), Just("猫".repeat(1001)), Just("x".repeat(32_001))],
        n in proptest::option::of(0_u32..18),
        references in 0_usize..18,
        resolution in proptest::option::of(proptest::sample::select(vec!["0.5K", "1k", "1K", "2K", "3k", "4K", "8K"])),
        quality in proptest::option::of(proptest::sample::select(vec!["low", "high", "best"])),
    ) -> ImageRequest {
        let mut request = ImageRequest::new(prompt).model(model);
        if let Some(size) = size { request = request.size(size); }
        if let Some(n) = n { request = request.n(n); }
        if let Some(resolution) = resolution { request = request.resolution(resolution); }
        if let Some(quality) = quality { request = request.quality(quality); }
        for number in 0..references { request = request.reference(format!("https://example.com/{number}.png")); }
        request
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn sdk_and_contract_accept_the_same_requests(request in requests()) {
        let is_edit = request_is_edit(&request);
        let path = if is_edit { "/v1/images/edits" } else { "/v1/images/generations" };
        match client().images().prepare(request.clone()) {
            Ok(prepared) => {
                let said = judged(path, &prepared.body());
                prop_assert!(said.is_empty(), "accepted here, refused there: {said:?} {}", prepared.body());
            }
            Err(error) => {
                // The SDK is stricter in one case: it rejects settings that the model would ignore.
                if error.violations().iter().all(|violation| violation.rule == toapis::Constraint::Unsupported) {
                    return Ok(());
                }
                let body = client().images().submit(request).skip_validation();
                let said = judged(path, &body.body());
                prop_assert!(!said.is_empty(), "refused here, accepted there: {error}");
            }
        }
    }

    #[test]
    fn error_keeps_status_and_body_of_any_response(status in 400_u16..600, body: Vec<u8>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let error = runtime.block_on(async {
            let sent = body.clone();
            let server = ScriptedServer::start(move |_, _| response(status, &[], sent.clone())).await;
            let client = server.builder().retry_policy(toapis::RetryPolicy::never()).build().unwrap();
            client.balance().await.unwrap_err()
        });
        prop_assert_eq!(error.status().unwrap(), status);
        prop_assert_eq!(error.body().unwrap().as_ref(), body.as_slice());
        prop_assert!(!error.to_string().contains('\n'));
    }
}

fn request_is_edit(request: &ImageRequest) -> bool {
    format!("{request:?}").contains("GrokImagine10Edit")
}

#[tokio::test(start_paused = true)]
async fn task_examples_of_the_contract_parse() {
    let contract = Contract::embedded();
    let examples = contract.document().pointer("/paths/~1v1~1images~1generations~1{task_id}/get/responses/200/content/application~1json/examples");
    let examples: Vec<Value> = examples
        .and_then(Value::as_object)
        .unwrap()
        .values()
        .map(|example| example["value"].clone())
        .collect();
    assert!(examples.len() >= 3, "{examples:?}");
    for example in examples {
        let answer = example.clone();
        let server = ScriptedServer::start(move |_, _| json_response(200, &answer)).await;
        let snapshot = server
            .client()
            .task("t")
            .fetch()
            .await
            .unwrap_or_else(|error| panic!("{example}: {error}"));
        assert_eq!(json!(snapshot.id().as_str()), example["id"]);
        assert_eq!(json!(snapshot.status().as_str()), example["status"]);
        let urls: Vec<_> = snapshot.urls().collect();
        assert_eq!(
            urls.is_empty(),
            snapshot.status().as_str() != "completed",
            "{example}"
        );
    }
}
