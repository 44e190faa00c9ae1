//! Violations of responses.

use http::StatusCode;
use toapis_contract::ResponseParts;

use crate::common::{contract, describe, headers};

fn validate(operation: &str, status: u16, pairs: &[(&'static str, &str)], body: &[u8]) -> String {
    let parts = ResponseParts {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &headers(pairs),
        body,
    };
    describe(contract().validate_response(operation, &parts).violations())
}

#[test]
fn status_headers_and_body_are_validated() {
    const JSON: (&str, &str) = ("content-type", "application/json");
    let task = br#"{"id":"img_1","object":"generation.task","status":"queued"}"#;
    assert_eq!(validate("getImageTask", 200, &[JSON], task), "");
    assert_eq!(
        validate(
            "getImageTask",
            502,
            &[("content-type", "text/html")],
            b"<html></html>"
        ),
        ""
    );
    insta::assert_snapshot!(validate("getImageTask", 418, &[JSON], task), @"status: getImageTask documents the statuses 200, 400, 401, 404, 429, 500, 502, 503, 504, got 418 [status]");
    insta::assert_snapshot!(validate("getImageTask", 200, &[("content-type", "text/html")], b"<html>"), @"header content-type: must be application/json, got text/html [media_type]");
    insta::assert_snapshot!(validate("getImageTask", 200, &[JSON], b""), @"body: the body is missing [required]");
    insta::assert_snapshot!(validate("getImageTask", 200, &[JSON], b"{\"id\":1,\"status\":\"moderating\",\"object\":\"generation.task\",\"result\":{\"data\":{}}}"), @r#"
    body /id: must be of type string, got 1 [type]
    body /result/data: must be of type null or array, got {} [type]
    body /status: must be one of pending, queued, submitted, in_progress, completed, failed, got "moderating" [enum]
    "#);
    insta::assert_snapshot!(validate("createImage", 429, &[JSON, ("retry-after", "soon")], br#"{"error":{"code":429,"message":"slow down"}}"#), @r#"
    header Retry-After: must be of type integer, got "soon" [type]
    body /error/code: must be of type string, got 429 [type]
    "#);
    insta::assert_snapshot!(validate("createImages", 200, &[JSON], task), @"path: the contract has no operation with this id, got createImages [operation]");
}
