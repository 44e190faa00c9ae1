//! Assertions for tests, which panic with a report.

use std::fmt::Write as _;

use crate::{
    contract::Contract, request::RequestParts, response::ResponseParts, violation::Violation,
};

/// Asserts that a request is valid by the contract of this release.
///
/// ```
/// let request = http::Request::get("/v1/balance")
///     .header("authorization", "Bearer sk-test")
///     .body("")
///     .unwrap();
/// toapis_contract::assert_request((&request).into());
/// ```
///
/// # Panics
///
/// Panics if the request is invalid, with the location, rule and line of each violation.
#[track_caller]
pub fn assert_request(request: RequestParts<'_>) {
    Contract::embedded().assert_request(request);
}

/// Asserts that a response to `operation_id` is valid by the contract of this release.
///
/// ```should_panic
/// let response = http::Response::builder()
///     .header("content-type", "application/json")
///     .body(r#"{"id":1}"#)
///     .unwrap();
/// toapis_contract::assert_response("getImageTask", (&response).into());
/// ```
///
/// # Panics
///
/// Panics if the response is invalid, with the location, rule and line of each violation.
#[track_caller]
pub fn assert_response(operation_id: &str, response: ResponseParts<'_>) {
    Contract::embedded().assert_response(operation_id, response);
}

impl Contract {
    /// Asserts that a request is valid.
    ///
    /// # Panics
    ///
    /// Panics if it is invalid, with the location, rule and line of each violation.
    #[track_caller]
    pub fn assert_request(&self, request: RequestParts<'_>) {
        let report = self.validate_request(&request);
        let operation = report.operation().map(|id| format!(" ({id})"));
        assert!(
            report.is_ok(),
            "{}",
            describe(
                &format!(
                    "the request {} {}{} violates the contract",
                    request.method,
                    request.path_and_query,
                    operation.unwrap_or_default(),
                ),
                report.violations(),
            )
        );
    }

    /// Asserts that a response to `operation_id` is valid.
    ///
    /// # Panics
    ///
    /// Panics if it is invalid, with the location, rule and line of each violation.
    #[track_caller]
    pub fn assert_response(&self, operation_id: &str, response: ResponseParts<'_>) {
        let report = self.validate_response(operation_id, &response);
        assert!(
            report.is_ok(),
            "{}",
            describe(
                &format!(
                    "the response {} to {operation_id} violates the contract",
                    response.status
                ),
                report.violations(),
            )
        );
    }
}

/// Returns the message of a failed assertion.
fn describe(head: &str, violations: &[Violation]) -> String {
    let mut text = head.to_owned();
    for violation in violations {
        let line = violation
            .line()
            .map_or_else(String::new, |line| format!("openapi.yaml:{line}, "));
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n  {violation}\n    rule {}, {line}{}",
            violation.keyword(),
            violation.pointer()
        );
    }
    text
}
