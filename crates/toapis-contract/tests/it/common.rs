//! Requests to validate, and violations as text.

use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use toapis_contract::{Contract, RequestParts, RequestReport, Violation};

pub(crate) fn contract() -> &'static Contract {
    Contract::embedded()
}

pub(crate) fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                (*name).parse().unwrap(),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect()
}

pub(crate) fn send(method: &Method, path: &str, body: &str) -> RequestReport {
    let headers = headers(&[
        ("authorization", "Bearer sk-0123456789"),
        ("content-type", "application/json; charset=utf-8"),
    ]);
    contract().validate_request(&RequestParts {
        method,
        path_and_query: path,
        headers: &headers,
        body: body.as_bytes(),
    })
}

pub(crate) fn create(body: &Value) -> RequestReport {
    send(&Method::POST, "/v1/images/generations", &body.to_string())
}

/// Returns the violations, one line each, without the lines of the contract, which change.
pub(crate) fn describe(violations: &[Violation]) -> String {
    let lines: Vec<String> = violations
        .iter()
        .map(|violation| format!("{violation} [{}]", violation.keyword()))
        .collect();
    lines.join("\n")
}

/// Returns a number in the schema of a field of the default model.
pub(crate) fn bound(field: &str, keyword: &str) -> usize {
    let field = format!("#/components/schemas/Gemini25FlashImageRequest/properties/{field}");
    let number = contract().resolve(&field).unwrap()[keyword].as_u64();
    usize::try_from(number.unwrap()).unwrap()
}
