//! A request together with its answer, as it went over the wire.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};

use crate::{
    contract::Contract,
    mask::{MASK, is_secret_header, mask, mask_header},
    request::RequestParts,
    response::ResponseParts,
    verdict::{RequestVerdict, Verdict},
};

/// One request and its answer, whole.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// When the request was begun.
    pub started: SystemTime,
    /// From then to the end of the answer.
    pub elapsed: Duration,
    /// The method.
    pub method: Method,
    /// The URL, with scheme and host or without.
    pub uri: Uri,
    /// The headers of the request.
    pub request_headers: HeaderMap,
    /// The body of the request.
    pub request_body: Bytes,
    /// The status of the answer.
    pub status: StatusCode,
    /// The headers of the answer.
    pub response_headers: HeaderMap,
    /// The body of the answer, decompressed.
    pub response_body: Bytes,
}

impl Exchange {
    /// The request, as the contract judges it.
    #[must_use]
    pub fn request(&self) -> RequestParts<'_> {
        RequestParts {
            method: &self.method,
            path_and_query: path_and_query(&self.uri),
            headers: &self.request_headers,
            body: &self.request_body,
        }
    }

    /// The answer, as the contract judges it.
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
    /// The exchange without keys: headers that carry one are masked, and so is what looks like one in the URL and in bodies
    /// that are text.
    #[must_use]
    pub fn masked(mut self) -> Self {
        mask_headers(&mut self.request_headers);
        mask_headers(&mut self.response_headers);
        if let Cow::Owned(masked) = mask(&self.uri.to_string()) {
            self.uri = masked.parse().unwrap_or_default();
        }
        mask_body(&mut self.request_body);
        mask_body(&mut self.response_body);
        self
    }
}

fn mask_headers(headers: &mut HeaderMap) {
    for (name, value) in headers.iter_mut() {
        let shown = String::from_utf8_lossy(value.as_bytes());
        if let Cow::Owned(masked) = mask_header(name.as_str(), &shown) {
            *value =
                HeaderValue::from_str(&masked).unwrap_or_else(|_| HeaderValue::from_static(MASK));
        } else if is_secret_header(name.as_str()) {
            *value = HeaderValue::from_static(MASK);
        }
    }
}

fn mask_body(body: &mut Bytes) {
    if let Ok(Cow::Owned(masked)) = std::str::from_utf8(body).map(mask) {
        *body = Bytes::from(masked);
    }
}

/// Path and query of a URI, as a request line has them.
pub(crate) fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |both| both.as_str())
}

/// What the contract says of a request and of its answer.
#[derive(Clone, Debug)]
pub struct ExchangeVerdict {
    /// Of the request.
    pub request: RequestVerdict,
    /// Of the answer; without violations where the request's operation is unknown, since then nothing is promised.
    pub response: Verdict,
}

impl ExchangeVerdict {
    /// Whether nothing is wrong on either side.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.request.is_ok() && self.response.is_ok()
    }
}

impl std::fmt::Display for ExchangeVerdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.request.is_ok(), self.response.is_ok()) {
            (true, true) => f.write_str("as the contract says"),
            (false, true) => write!(f, "request:\n{}", self.request),
            (true, false) => write!(f, "answer:\n{}", self.response),
            (false, false) => write!(f, "request:\n{}\nanswer:\n{}", self.request, self.response),
        }
    }
}

impl Contract {
    /// Judges a request and its answer.
    #[must_use]
    pub fn check(&self, exchange: &Exchange) -> ExchangeVerdict {
        let request = self.check_request(&exchange.request());
        let response = match request.operation() {
            Some(operation) => self.check_response(operation, &exchange.response()),
            None => Verdict::default(),
        };
        ExchangeVerdict { request, response }
    }
}
