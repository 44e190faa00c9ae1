//! The log of the last exchanges, for the inspector and for tests.

use std::{borrow::Cow, collections::VecDeque, sync::Arc};

use http::{Method, StatusCode, header::AUTHORIZATION, request::Parts};
use serde::Serialize;
use toapis_contract::{Violation, redact, redact_header};
use tokio::sync::watch;

use super::KeyRef;
use crate::{clock::SimInstant, operation::Operation};

/// The maximum number of bytes stored of a body.
const MAX_BODY_BYTES: usize = 4 << 10;

/// The maximum number of exchanges stored.
const MAX_EXCHANGES: usize = 1_000;

/// A request and its response, with keys masked.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Exchange {
    /// The number of the exchange, from 1.
    pub number: u64,
    /// The time of the request, in milliseconds since the simulator started.
    pub at_ms: u64,
    /// The port that received the request: `api` or `files`.
    pub port: &'static str,
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The `operationId` of the contract, if an operation matches.
    pub operation: Option<String>,
    /// The key's name in the [`Ledger`](crate::Ledger).
    pub key: Option<String>,
    /// Whether the request had an `Authorization` header.
    pub authorized: bool,
    /// The request headers, secrets masked.
    pub headers: Vec<(String, String)>,
    /// The first 4 KiB of the request body, if it is text.
    pub request_body: String,
    /// The response status; `None` if a fault suppressed the response.
    pub status: Option<u16>,
    /// The first 4 KiB of the response body, if it is text.
    pub response_body: String,
    /// How the request violates the contract, one line each.
    pub request_violations: Vec<String>,
    /// How the response violates the contract, one line each.
    pub response_violations: Vec<String>,
    /// The fault rules that were applied.
    pub faults: Vec<String>,
    /// The id of the task, if the request is about one.
    pub task: Option<String>,
}

/// The port that received a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    Api,
    Files,
}

impl Port {
    fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Files => "files",
        }
    }
}

/// An exchange as a handler records it.
pub(crate) struct ExchangeRecord<'e> {
    pub(crate) port: Port,
    pub(crate) now: SimInstant,
    pub(crate) head: &'e Parts,
    pub(crate) operation: Option<Operation>,
    pub(crate) key: Option<KeyRef>,
    /// The index of the task.
    pub(crate) task: Option<u32>,
    pub(crate) by_business_id: bool,
    pub(crate) request_body: &'e [u8],
    pub(crate) request_violations: Vec<Violation>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) response_body: &'e [u8],
    pub(crate) response_violations: Vec<Violation>,
    pub(crate) faults: Vec<Arc<str>>,
}

/// The names of the key and the task of an exchange.
#[derive(Default)]
pub(crate) struct ExchangeNames {
    pub(crate) key: Option<Arc<str>>,
    pub(crate) task: Option<Arc<str>>,
}

/// An exchange in the log. It is converted to an [`Exchange`] only when someone reads it.
///
/// Everything is copied: a header or body is a slice of the connection's read buffer, and keeping
/// the slice would force the connection to allocate a new buffer.
struct StoredExchange {
    number: u64,
    port: Port,
    now: SimInstant,
    method: Method,
    operation: Option<Operation>,
    names: ExchangeNames,
    status: Option<StatusCode>,
    request_violations: Vec<Violation>,
    response_violations: Vec<Violation>,
    faults: Vec<Arc<str>>,
    content: ExchangeContent,
}

/// Path, headers and the beginnings of both bodies, in one buffer that is reused.
#[derive(Default)]
struct ExchangeContent {
    bytes: Vec<u8>,
    /// The ends of path, headers and request body.
    ends: [usize; 3],
    /// The full lengths of the bodies.
    body_lengths: [usize; 2],
}

impl ExchangeContent {
    fn overwrite(&mut self, record: &ExchangeRecord<'_>) {
        let Self {
            bytes,
            ends: [path, headers, request_body],
            body_lengths,
        } = self;
        bytes.clear();
        let target = record.head.uri.path_and_query();
        bytes.extend_from_slice(target.map_or("/", |target| target.as_str()).as_bytes());
        *path = bytes.len();
        // A name contains no colon and a value no line end.
        for (name, value) in &record.head.headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.push(b':');
            bytes.extend_from_slice(value.as_bytes());
            bytes.push(b'\n');
        }
        *headers = bytes.len();
        bytes.extend_from_slice(truncate(record.request_body));
        *request_body = bytes.len();
        bytes.extend_from_slice(truncate(record.response_body));
        *body_lengths = [record.request_body.len(), record.response_body.len()];
    }

    fn path(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes[..self.ends[0]])
    }

    fn headers(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let lines = self.bytes[self.ends[0]..self.ends[1]].split(|byte| *byte == b'\n');
        lines.filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = (&line[..colon], &line[colon + 1..]);
            Some((
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(value),
            ))
        })
    }

    fn request_body(&self) -> String {
        to_text(
            &self.bytes[self.ends[1]..self.ends[2]],
            self.body_lengths[0],
        )
    }

    fn response_body(&self) -> String {
        to_text(&self.bytes[self.ends[2]..], self.body_lengths[1])
    }
}

fn truncate(body: &[u8]) -> &[u8] {
    &body[..body.len().min(MAX_BODY_BYTES)]
}

/// Returns the beginning of a body as text with keys masked, or the length of a binary body.
fn to_text(beginning: &[u8], full_length: usize) -> String {
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        // Text that was truncated inside a character.
        Err(error) if error.error_len().is_none() && beginning.len() < full_length => {
            std::str::from_utf8(&beginning[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return format!("({full_length} bytes)"),
    };
    redact(text).into_owned()
}

/// The last thousand exchanges, with a notification of each new one.
#[derive(Default)]
pub(crate) struct ExchangeLog {
    exchanges: VecDeque<StoredExchange>,
    count: u64,
    latest: watch::Sender<u64>,
}

impl ExchangeLog {
    pub(crate) fn push(&mut self, record: ExchangeRecord<'_>, names: ExchangeNames) {
        self.count += 1;
        let oldest = if self.exchanges.len() == MAX_EXCHANGES {
            self.exchanges.pop_front()
        } else {
            None
        };
        let mut content = oldest.map(|oldest| oldest.content).unwrap_or_default();
        content.overwrite(&record);
        self.exchanges.push_back(StoredExchange {
            number: self.count,
            port: record.port,
            now: record.now,
            method: record.head.method.clone(),
            operation: record.operation,
            names,
            status: record.status,
            request_violations: record.request_violations,
            response_violations: record.response_violations,
            faults: record.faults,
            content,
        });
        // Usually nobody subscribes, and a notification costs more than everything above.
        if self.latest.receiver_count() > 0 {
            self.latest.send_replace(self.count);
        }
    }

    /// Removes all exchanges. Numbers continue, so that subscribers do not miss the next one.
    pub(crate) fn clear(&mut self) {
        self.exchanges.clear();
    }

    /// Returns the exchanges after this number, oldest first.
    pub(crate) fn after(&self, number: u64) -> impl Iterator<Item = Exchange> {
        let from = self
            .exchanges
            .partition_point(|exchange| exchange.number <= number);
        self.exchanges
            .range(from..)
            .map(StoredExchange::to_exchange)
    }

    /// Returns a receiver of the number of the last exchange.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.latest.send_replace(self.count);
        self.latest.subscribe()
    }
}

impl StoredExchange {
    fn to_exchange(&self) -> Exchange {
        let report = |violations: &[Violation]| violations.iter().map(Violation::report).collect();
        let headers: Vec<(String, String)> = self
            .content
            .headers()
            .map(|(name, value)| {
                let value = redact_header(&name, &value).into_owned();
                (name.into_owned(), value)
            })
            .collect();
        Exchange {
            number: self.number,
            at_ms: self.now.as_millis(),
            port: self.port.name(),
            method: self.method.to_string(),
            path: redact(&self.content.path()).into_owned(),
            operation: self.operation.map(|operation| operation.id().to_owned()),
            key: self.names.key.as_deref().map(str::to_owned),
            authorized: headers
                .iter()
                .any(|(name, _)| name == AUTHORIZATION.as_str()),
            headers,
            request_body: self.content.request_body(),
            status: self.status.map(|status| status.as_u16()),
            response_body: self.content.response_body(),
            request_violations: report(&self.request_violations),
            response_violations: report(&self.response_violations),
            faults: self.faults.iter().map(ToString::to_string).collect(),
            task: self.names.task.as_deref().map(str::to_owned),
        }
    }
}
