//! The panics of `assert_request` and `assert_response`.

use toapis_contract::{assert_request, assert_response};

#[test]
#[should_panic(
    expected = "the request POST /v1/images/generations (createImage) violates the contract\n  body /prompt: is missing\n    rule required, openapi.yaml:"
)]
fn failed_request_assertion_names_location_rule_and_line() {
    let request = http::Request::post("/v1/images/generations")
        .header("authorization", "Bearer sk-test")
        .header("content-type", "application/json")
        .body(r#"{"model":"nano-banana"}"#)
        .unwrap();
    assert_request((&request).into());
}

#[test]
#[should_panic(
    expected = "the response 418 I'm a teapot to listModels violates the contract\n  status: "
)]
fn failed_response_assertion_names_location_and_rule() {
    let response = http::Response::builder().status(418).body("").unwrap();
    assert_response("listModels", (&response).into());
}
