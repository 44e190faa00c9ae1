//! Examples of `openapi.yaml` are valid and work through SDK and simulator.

use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use toapis::{Client, ErrorKind, ImageRequest, PollingPolicy, Reference};
use toapis_contract::{Contract, RequestParts, ResponseParts};
use toapis_sim::Simulator;

/// The examples of a media type object, each with its name.
fn examples(media: &Value) -> Vec<(String, &Value)> {
    let named = media
        .get("examples")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let mut found: Vec<_> = named
        .map(|(name, example)| (name.clone(), &example["value"]))
        .collect();
    found.extend(
        media
            .get("example")
            .map(|example| ("example".to_owned(), example)),
    );
    found
}

/// Follows a `$ref` within the document.
fn resolve<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .expect("a $ref that leads somewhere"),
        None => value,
    }
}

fn json_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("authorization", HeaderValue::from_static("Bearer sk-test"));
    headers
}

#[test]
fn request_examples_are_valid() {
    let contract = Contract::embedded();
    let document = contract.document();
    let mut judged = 0;
    for operation in contract.operations() {
        let body = document.pointer(&format!(
            "{}/requestBody",
            operation.pointer().trim_start_matches('#')
        ));
        let Some(media) =
            body.and_then(|body| resolve(document, body).pointer("/content/application~1json"))
        else {
            continue;
        };
        for (name, example) in examples(media) {
            let body = serde_json::to_vec(example).unwrap();
            let verdict = contract.validate_request(&RequestParts {
                method: operation.method(),
                path_and_query: operation.path(),
                headers: &json_headers(),
                body: &body,
            });
            assert_eq!(verdict.operation(), Some(operation.id()));
            assert!(
                verdict.is_ok(),
                "{} {name}: {:#?}",
                operation.id(),
                verdict.violations()
            );
            judged += 1;
        }
    }
    assert!(judged >= 5, "only {judged} examples were found");
}

#[test]
fn response_examples_are_valid() {
    let contract = Contract::embedded();
    let document = contract.document();
    let mut judged = 0;
    for operation in contract.operations() {
        let pointer = format!("{}/responses", operation.pointer().trim_start_matches('#'));
        let responses = document
            .pointer(&pointer)
            .and_then(Value::as_object)
            .expect("responses");
        for (status, response) in responses {
            let Some(media) = resolve(document, response).pointer("/content/application~1json")
            else {
                continue;
            };
            for (name, example) in examples(media) {
                let status =
                    StatusCode::from_bytes(status.as_bytes()).expect("a documented status");
                let headers = json_headers();
                let body = serde_json::to_vec(example).unwrap();
                let verdict = contract.validate_response(
                    operation.id(),
                    &ResponseParts {
                        status,
                        headers: &headers,
                        body: &body,
                    },
                );
                assert!(
                    verdict.is_ok(),
                    "{} {status} {name}: {:#?}",
                    operation.id(),
                    verdict.violations()
                );
                judged += 1;
            }
        }
    }
    assert!(judged >= 20, "only {judged} examples were found");
}

/// The JSON examples of an operation's request.
fn request_examples(operation: &str) -> Vec<(String, Value)> {
    let document = Contract::embedded().document();
    let operation = Contract::embedded()
        .operation(operation)
        .expect("an operation of the contract");
    let pointer = format!(
        "{}/requestBody/content/application~1json",
        operation.pointer().trim_start_matches('#')
    );
    let media = document.pointer(&pointer).expect("a JSON body");
    examples(media)
        .into_iter()
        .map(|(name, example)| (name, example.clone()))
        .collect()
}

/// Builds the SDK request for an example, without knowledge of what a field means.
fn as_a_request(example: &Value) -> ImageRequest {
    let fields = example.as_object().unwrap();
    let mut request = ImageRequest::new(fields["prompt"].as_str().unwrap());
    if let Some(model) = fields.get("model") {
        request = request.model(model.as_str().unwrap());
    }
    for (name, value) in fields
        .iter()
        .filter(|(name, _)| !["prompt", "model", "client_business_id"].contains(&name.as_str()))
    {
        request = request.extra_field(name, value.clone());
    }
    request
}

async fn service() -> (Simulator, Client) {
    let service = Simulator::builder()
        .accept_unknown_models(true)
        .speed(1000.0)
        .start()
        .await
        .unwrap();
    let client = Client::builder()
        .api_key(service.key())
        .base_url(service.base_url())
        .polling_policy(PollingPolicy::fixed(std::time::Duration::from_secs(1)))
        .build()
        .unwrap();
    (service, client)
}

/// Asserts that no request or response in the simulator's ledger violates the contract.
fn assert_kept(service: &Simulator, operations: &[&str]) {
    let exchanges = service.exchanges();
    for exchange in &exchanges {
        assert!(exchange.request_violations.is_empty(), "{exchange:#?}");
        assert!(exchange.response_violations.is_empty(), "{exchange:#?}");
    }
    for operation in operations {
        let seen = exchanges
            .iter()
            .any(|exchange| exchange.operation.as_deref() == Some(operation));
        assert!(seen, "{operation} was not called");
    }
}

#[tokio::test]
async fn request_examples_become_images_through_the_sdk() {
    for operation in ["createImage", "editImage"] {
        for (name, example) in request_examples(operation) {
            let (service, client) = service().await;
            let task = client.images().submit(as_a_request(&example)).await;
            let task = task.unwrap_or_else(|error| panic!("{operation} {name}: {error}"));
            let done = task
                .wait()
                .await
                .unwrap_or_else(|error| panic!("{operation} {name}: {error}"));
            assert!(!done.images()[0].bytes().await.unwrap().is_empty());
            assert_kept(&service, &[operation, "getImageTask"]);

            // What was sent is the example, but for the id that the SDK adds.
            let exchanges = service.exchanges();
            let sent = exchanges
                .iter()
                .find(|exchange| exchange.operation.as_deref() == Some(operation))
                .unwrap();
            let mut sent: Value = serde_json::from_str(&sent.request_body).unwrap();
            let mut example = example.clone();
            assert!(sent["client_business_id"].is_string(), "{sent}");
            for body in [&mut sent, &mut example] {
                body.as_object_mut().unwrap().remove("client_business_id");
            }
            assert_eq!(sent, example, "{operation} {name}");
        }
    }
}

#[tokio::test]
async fn other_operations_are_valid_through_the_sdk() {
    let (service, client) = service().await;
    let picture = std::fs::read(crate::support::root().join("docs/cat.png")).unwrap();
    let request = ImageRequest::new("The same cat, asleep").reference(Reference::bytes(picture));
    let task = client.images().submit(request).await.unwrap();
    let found = client
        .images()
        .find_by_business_id(task.business_id().unwrap())
        .await
        .unwrap();
    assert_eq!(found.expect("it was made").id(), task.id());
    assert!(
        client
            .task("no-such-task")
            .fetch()
            .await
            .unwrap_err()
            .kind()
            == ErrorKind::NotFound
    );
    client.balance().await.unwrap();
    client.account_balance().await.unwrap();
    assert!(!client.list_models().await.unwrap().is_empty());
    let rest = ["getKeyBalance", "getAccountBalance", "listModels"];
    assert_kept(
        &service,
        &[&["uploadImage", "createImage", "getImageTask"], &rest[..]].concat(),
    );
}
