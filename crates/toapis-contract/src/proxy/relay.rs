//! One request on its way to the service, and its answer on the way back.

use std::{convert::Infallible, io::Read, sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode, Uri,
    header::{self, HeaderName},
    request, response,
};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use tokio::time::Instant;

use super::{
    builder::State,
    judged::Judged,
    tee::{Copied, SharedCopy, Tee, take},
};
use crate::{
    exchange::{Exchange, ExchangeVerdict, path_and_query},
    verdict::Verdict,
};

/// What goes to the service.
pub(super) type RequestBody = Tee<Incoming>;

/// What comes back.
type AnswerBody = UnsyncBoxBody<Bytes, hyper::Error>;

/// Headers that are about one connection, not about the message (RFC 9110, section 7.6.1).
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

/// The header of an answer that the proxy itself gives, because the service gave none.
const ERROR: HeaderName = HeaderName::from_static("x-toapis-proxy-error");

/// Passes one request on, and its answer back.
pub(super) async fn relay(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Infallible> {
    let (head, body) = request.into_parts();
    let sent = SharedCopy::default();
    let passage = Passage {
        state: Arc::clone(&state),
        started: SystemTime::now(),
        begun: Instant::now(),
        head: head.clone(),
        sent: Arc::clone(&sent),
    };
    let outgoing = match outgoing(&state, head, Tee::new(body, state.limit, &sent)) {
        Ok(outgoing) => outgoing,
        Err(error) => return Ok(passage.failed(&error.to_string())),
    };
    match state.client.request(outgoing).await {
        Ok(answer) => Ok(passage.answered(answer)),
        Err(error) => Ok(passage.failed(&chain(&error))),
    }
}

/// The request as the service gets it: to its own host, with the connection's headers left out.
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
            path_and_query(&head.uri)
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

/// A request that is on its way.
struct Passage {
    state: Arc<State>,
    started: SystemTime,
    begun: Instant,
    head: request::Parts,
    sent: SharedCopy,
}

impl Passage {
    /// Passes an answer back, and judges the exchange when it has ended.
    fn answered(self, answer: Response<Incoming>) -> Response<AnswerBody> {
        let (mut head, body) = answer.into_parts();
        let received = SharedCopy::default();
        let tee = Tee::new(body, self.state.limit, &received);
        let kept = head.clone();
        strip(&mut head.headers);
        let tee = tee.at_end(move || {
            let received = take(&received);
            self.judge(&kept, received);
        });
        Response::from_parts(head, tee.boxed_unsync())
    }

    /// The answer to a request to which the service gave none.
    fn failed(self, why: &str) -> Response<AnswerBody> {
        let text = format!("toapis contract proxy: the service gave no answer: {why}\n");
        let body = Bytes::from(text.clone());
        let mut answer = Response::new(
            Full::new(body.clone())
                .map_err(|never| match never {})
                .boxed_unsync(),
        );
        *answer.status_mut() = StatusCode::BAD_GATEWAY;
        answer
            .headers_mut()
            .insert(ERROR, HeaderValue::from_static("no-answer"));
        answer.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        let sent = take(&self.sent);
        let exchange = self.exchange(
            StatusCode::BAD_GATEWAY,
            answer.headers().clone(),
            sent.bytes.freeze(),
            body,
        );
        let request = self
            .state
            .contract
            .check_request(&exchange.request())
            .without_body();
        self.state.tell(&Judged {
            verdict: ExchangeVerdict {
                request,
                response: Verdict::default(),
            },
            exchange: exchange.masked(),
            note: Some(format!("the service gave no answer: {why}")),
        });
        answer
    }

    fn judge(self, head: &response::Parts, received: Copied) {
        let sent = take(&self.sent);
        let contract = self.state.contract;
        let mut notes = Vec::new();
        let whole_request = note(&mut notes, "request", &sent);
        let mut whole_answer = note(&mut notes, "answer", &received);
        let body = received.bytes.freeze();
        let plain = decoded(&head.headers, &body, self.state.limit).unwrap_or_else(|why| {
            notes.push(why);
            whole_answer = false;
            body
        });
        let exchange = self.exchange(
            head.status,
            head.headers.clone(),
            sent.bytes.freeze(),
            plain,
        );
        let mut request = contract.check_request(&exchange.request()).without_body();
        let response = match request.operation() {
            Some(operation) if whole_answer => {
                contract.check_response(operation, &exchange.response())
            }
            _ => Verdict::default(),
        };
        if !whole_request {
            request = request.unjudged();
        }
        self.state.tell(&Judged {
            exchange: exchange.masked(),
            verdict: ExchangeVerdict { request, response },
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

/// Whether a body was copied whole; if not, why not.
fn note(notes: &mut Vec<String>, side: &str, copied: &Copied) -> bool {
    if copied.cut {
        notes.push(format!("the {side} is too large to be judged"));
    } else if let Some(error) = &copied.error {
        notes.push(format!("the {side} broke off: {error}"));
    } else if !copied.ended {
        notes.push(format!("the {side} was not read to its end"));
    }
    copied.ended && !copied.cut
}

/// The body without its `content-encoding`, for judging; what passes stays encoded.
fn decoded(headers: &HeaderMap, body: &Bytes, limit: usize) -> Result<Bytes, String> {
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
                .map_err(|error| format!("the answer is no gzip: {error}"))?;
            Ok(Bytes::from(plain))
        }
        Some(other) => Err(format!(
            "the answer is encoded as {}, which is not read here",
            String::from_utf8_lossy(other)
        )),
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        said = format!("{said}: {inner}");
        cause = inner.source();
    }
    said
}
