//! Every example of openapi.yaml is what the contract says it is: the documents people copy from must not lie.

use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use toapis_contract::{Contract, RequestParts, ResponseParts};

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
fn every_request_example_is_a_request_that_the_contract_accepts() {
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
            let verdict = contract.check_request(&RequestParts {
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
fn every_answer_example_is_an_answer_that_the_contract_accepts() {
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
                let verdict = contract.check_response(
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
