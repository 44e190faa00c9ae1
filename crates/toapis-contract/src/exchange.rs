//! A request together with its answer, as it went over the wire.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::{
    contract::Contract,
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
