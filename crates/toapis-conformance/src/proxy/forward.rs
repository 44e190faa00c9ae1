//! Forwards one request to the service, and its response to the client.

use std::{convert::Infallible, io::Read, sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode, Uri,
    header::{self, HeaderName},
    request, response,
};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use toapis_contract::{Exchange, ExchangeReport, ValidationReport};
use tokio::time::Instant;

use super::{
    builder::State,
    report::ProxiedExchange,
    tee::{CapturedBody, SharedCapture, Tee, take},
};
/// The body of a request to the service.
pub(super) type RequestBody = Tee<Incoming>;

/// The body of a response to the client.
type ResponseBody = UnsyncBoxBody<Bytes, hyper::Error>;

/// Headers about one connection, not about the message (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("keep-alive"),
];

/// The header of a response by the proxy itself, if the service does not respond.
const PROXY_ERROR: HeaderName = HeaderName::from_static("x-toapis-proxy-error");

/// Forwards one request, and its response.
pub(super) async fn forward(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Infallible> {
    let (head, body) = request.into_parts();
    let sent = SharedCapture::default();
    let in_flight = InFlightRequest {
        state: Arc::clone(&state),
        started: SystemTime::now(),
        begun: Instant::now(),
        head: head.clone(),
        sent: Arc::clone(&sent),
    };
    let outgoing = match outgoing(&state, head, Tee::new(body, state.limit, &sent)) {
        Ok(outgoing) => outgoing,
        Err(error) => return Ok(in_flight.respond_502(&error.to_string())),
    };
    match state.client.request(outgoing).await {
        Ok(response) => Ok(in_flight.forward_response(response)),
        Err(error) => Ok(in_flight.respond_502(&chain(&error))),
    }
}

/// Returns the request to the service: with its own host, without hop-by-hop headers.
fn outgoing(
    state: &State,
    head: request::Parts,
    body: RequestBody,
) -> Result<Request<RequestBody>, http::Error> {
    let uri = Uri::builder()
        .scheme(state.target.scheme.clone())
        .authority(state.target.authority.clone())
        .path_and_query(format!(
            "{}{}",
            state.target.prefix,
            head.uri.path_and_query().map_or("/", |both| both.as_str())
        ))
        .build()?;
    let mut headers = head.headers;
    strip(&mut headers);
    headers.insert(
        header::HOST,
        HeaderValue::from_str(state.target.authority.as_str())?,
    );
    let mut outgoing = Request::builder().method(head.method).uri(uri).body(body)?;
    *outgoing.headers_mut() = headers;
    Ok(outgoing)
}

fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in HOP_BY_HOP.iter().chain(&named) {
        headers.remove(name);
    }
}

/// A request that has no response yet.
struct InFlightRequest {
    state: Arc<State>,
    started: SystemTime,
    begun: Instant,
    head: request::Parts,
    sent: SharedCapture,
}

impl InFlightRequest {
    /// Forwards a response, and validates the exchange when it has ended.
    fn forward_response(self, response: Response<Incoming>) -> Response<ResponseBody> {
        let (mut head, body) = response.into_parts();
        let received = SharedCapture::default();
        let tee = Tee::new(body, self.state.limit, &received);
        let kept = head.clone();
        strip(&mut head.headers);
        let tee = tee.at_end(move || {
            let received = take(&received);
            self.validate(&kept, received);
        });
        Response::from_parts(head, tee.boxed_unsync())
    }

    /// Responds to a request to which the service did not respond.
    fn respond_502(self, why: &str) -> Response<ResponseBody> {
        let text = format!("toapis contract proxy: the service did not respond: {why}\n");
        let body = Bytes::from(text.clone());
        let mut response = Response::new(
            Full::new(body.clone())
                .map_err(|never| match never {})
                .boxed_unsync(),
        );
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
            .headers_mut()
            .insert(PROXY_ERROR, HeaderValue::from_static("no-response"));
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        let sent = take(&self.sent);
        let exchange = self.exchange(
            StatusCode::BAD_GATEWAY,
            response.headers().clone(),
            sent.bytes.freeze(),
            body,
        );
        let request = self
            .state
            .contract
            .validate_request(&exchange.request())
            .without_body();
        self.state.publish(&ProxiedExchange {
            report: ExchangeReport {
                request,
                response: ValidationReport::default(),
            },
            exchange: exchange.redacted(),
            note: Some(format!("the service did not respond: {why}")),
        });
        response
    }

    fn validate(self, head: &response::Parts, received: CapturedBody) {
        let sent = take(&self.sent);
        let contract = self.state.contract;
        let mut notes = Vec::new();
        let is_request_complete = note(&mut notes, "request", &sent);
        let mut is_response_complete = note(&mut notes, "response", &received);
        let body = received.bytes.freeze();
        let plain = decode(&head.headers, &body, self.state.limit).unwrap_or_else(|why| {
            notes.push(why);
            is_response_complete = false;
            body
        });
        let exchange = self.exchange(
            head.status,
            head.headers.clone(),
            sent.bytes.freeze(),
            plain,
        );
        let mut request = contract
            .validate_request(&exchange.request())
            .without_body();
        let response = match request.operation() {
            Some(operation) if is_response_complete => {
                contract.validate_response(operation, &exchange.response())
            }
            _ => ValidationReport::default(),
        };
        if !is_request_complete {
            request = request.without_violations();
        }
        self.state.publish(&ProxiedExchange {
            exchange: exchange.redacted(),
            report: ExchangeReport { request, response },
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        });
    }

    fn exchange(
        &self,
        status: StatusCode,
        response_headers: HeaderMap,
        request_body: Bytes,
        response_body: Bytes,
    ) -> Exchange {
        Exchange {
            started: self.started,
            elapsed: self.begun.elapsed(),
            method: self.head.method.clone(),
            uri: self.head.uri.clone(),
            request_headers: self.head.headers.clone(),
            request_body,
            status,
            response_headers,
            response_body,
        }
    }
}

/// Returns true if the copy of a body is complete; else notes why it is not.
fn note(notes: &mut Vec<String>, side: &str, copied: &CapturedBody) -> bool {
    if copied.is_truncated {
        notes.push(format!("the {side} is too large to be validated"));
    } else if let Some(error) = &copied.error {
        notes.push(format!("the {side} ended early: {error}"));
    } else if !copied.is_complete {
        notes.push(format!("the {side} was not read to its end"));
    }
    copied.is_complete && !copied.is_truncated
}

/// Returns the body without its `content-encoding`, for validation.
fn decode(headers: &HeaderMap, body: &Bytes, limit: usize) -> Result<Bytes, String> {
    let encoding = headers
        .get(header::CONTENT_ENCODING)
        .map(HeaderValue::as_bytes);
    match encoding {
        None | Some(b"" | b"identity") => Ok(body.clone()),
        Some(b"gzip" | b"x-gzip") => {
            let mut plain = Vec::new();
            let most = u64::try_from(limit).unwrap_or(u64::MAX);
            flate2::read::MultiGzDecoder::new(body.as_ref())
                .take(most)
                .read_to_end(&mut plain)
                .map_err(|error| format!("the response is not valid gzip: {error}"))?;
            Ok(Bytes::from(plain))
        }
        Some(other) => Err(format!(
            "the response has the encoding {}, which is not supported",
            String::from_utf8_lossy(other)
        )),
    }
}

/// Returns an error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        message = format!("{message}: {inner}");
        cause = inner.source();
    }
    message
}
