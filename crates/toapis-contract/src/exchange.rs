//! A request and its response, as sent over the wire.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};

use crate::{
    contract::Contract,
    redact::{REDACTED, is_secret_header, redact, redact_header},
    report::{RequestReport, ValidationReport},
    request::{RequestParts, path_and_query},
    response::ResponseParts,
};

/// A complete request and its complete response.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The time at which the request started.
    pub started: SystemTime,
    /// The time until the response ended.
    pub elapsed: Duration,
    /// The method.
    pub method: Method,
    /// The URL, with or without scheme and host.
    pub uri: Uri,
    /// The headers of the request.
    pub request_headers: HeaderMap,
    /// The body of the request.
    pub request_body: Bytes,
    /// The status of the response.
    pub status: StatusCode,
    /// The headers of the response.
    pub response_headers: HeaderMap,
    /// The body of the response, decompressed.
    pub response_body: Bytes,
}

impl Exchange {
    /// Returns the parts of the request that the contract covers.
    #[must_use]
    pub fn request(&self) -> RequestParts<'_> {
        RequestParts {
            method: &self.method,
            path_and_query: path_and_query(&self.uri),
            headers: &self.request_headers,
            body: &self.request_body,
        }
    }

    /// Returns the parts of the response that the contract covers.
    #[must_use]
    pub fn response(&self) -> ResponseParts<'_> {
        ResponseParts {
            status: self.status,
            headers: &self.response_headers,
            body: &self.response_body,
        }
    }
}

impl Exchange {
    /// Redacts credentials in headers, in the URL and in text bodies.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        redact_headers(&mut self.request_headers);
        redact_headers(&mut self.response_headers);
        if let Cow::Owned(redacted) = redact(&self.uri.to_string()) {
            self.uri = redacted.parse().unwrap_or_default();
        }
        redact_body(&mut self.request_body);
        redact_body(&mut self.response_body);
        self
    }
}

fn redact_headers(headers: &mut HeaderMap) {
    for (name, value) in headers.iter_mut() {
        let text = String::from_utf8_lossy(value.as_bytes());
        if let Cow::Owned(redacted) = redact_header(name.as_str(), &text) {
            *value = HeaderValue::from_str(&redacted)
                .unwrap_or_else(|_| HeaderValue::from_static(REDACTED));
        } else if is_secret_header(name.as_str()) {
            *value = HeaderValue::from_static(REDACTED);
        }
    }
}

fn redact_body(body: &mut Bytes) {
    if let Ok(Cow::Owned(redacted)) = std::str::from_utf8(body).map(redact) {
        *body = Bytes::from(redacted);
    }
}

/// The validation reports of a request and its response.
#[derive(Clone, Debug)]
pub struct ExchangeReport {
    /// The report of the request.
    pub request: RequestReport,
    /// The report of the response; valid if the operation of the request is unknown, because then
    /// the contract promises nothing.
    pub response: ValidationReport,
}

impl ExchangeReport {
    /// Returns true if both messages are valid.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.request.is_ok() && self.response.is_ok()
    }
}

impl std::fmt::Display for ExchangeReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.request.is_ok(), self.response.is_ok()) {
            (true, true) => f.write_str("valid"),
            (false, true) => write!(f, "request:\n{}", self.request),
            (true, false) => write!(f, "response:\n{}", self.response),
            (false, false) => write!(
                f,
                "request:\n{}\nresponse:\n{}",
                self.request, self.response
            ),
        }
    }
}

impl Contract {
    /// Validates a request and its response.
    #[must_use]
    pub fn validate(&self, exchange: &Exchange) -> ExchangeReport {
        let request = self.validate_request(&exchange.request());
        let response = match request.operation() {
            Some(operation) => self.validate_response(operation, &exchange.response()),
            None => ValidationReport::default(),
        };
        ExchangeReport { request, response }
    }
}
