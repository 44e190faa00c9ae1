//! Assertions for tests: a panic that a reader can act on.

use std::fmt::Write as _;

use crate::{
    contract::Contract, request::RequestParts, response::ResponseParts, violation::Violation,
};

/// Panics unless a request is as the contract of this release says.
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
/// With one paragraph a violation: where, what, which rule, and the line of the rule in openapi.yaml.
#[track_caller]
pub fn assert_request(request: RequestParts<'_>) {
    Contract::embedded().assert_request(request);
}

/// Panics unless an answer to `operation_id` is as the contract of this release says.
///
/// ```should_panic
/// let answer = http::Response::builder()
///     .header("content-type", "application/json")
///     .body(r#"{"id":1}"#)
///     .unwrap();
/// toapis_contract::assert_response("getImageTask", (&answer).into());
/// ```
///
/// # Panics
///
/// As [`assert_request`] does.
#[track_caller]
pub fn assert_response(operation_id: &str, response: ResponseParts<'_>) {
    Contract::embedded().assert_response(operation_id, response);
}

impl Contract {
    /// Panics unless a request is as this contract says.
    ///
    /// # Panics
    ///
    /// With one paragraph a violation.
    #[track_caller]
    pub fn assert_request(&self, request: RequestParts<'_>) {
        let verdict = self.check_request(&request);
        let operation = verdict.operation().map(|id| format!(" ({id})"));
        assert!(
            verdict.is_ok(),
            "{}",
            report(
                &format!(
                    "the request {} {}{} is not as the contract says",
                    request.method,
                    request.path_and_query,
                    operation.unwrap_or_default(),
                ),
                verdict.violations(),
            )
        );
    }

    /// Panics unless an answer to `operation_id` is as this contract says.
    ///
    /// # Panics
    ///
    /// With one paragraph a violation.
    #[track_caller]
    pub fn assert_response(&self, operation_id: &str, response: ResponseParts<'_>) {
        let verdict = self.check_response(operation_id, &response);
        assert!(
            verdict.is_ok(),
            "{}",
            report(
                &format!(
                    "the answer {} to {operation_id} is not as the contract says",
                    response.status
                ),
                verdict.violations(),
            )
        );
    }
}

/// What a failed assertion says.
fn report(head: &str, violations: &[Violation]) -> String {
    let mut report = head.to_owned();
    for violation in violations {
        let line = violation
            .line()
            .map_or_else(String::new, |line| format!("openapi.yaml:{line}, "));
        // Writing to a String cannot fail.
        let _ = write!(
            report,
            "\n  {violation}\n    rule {}, {line}{}",
            violation.rule(),
            violation.pointer()
        );
    }
    report
}
