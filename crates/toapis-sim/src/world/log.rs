//! The last exchanges, as the inspector and a test look at them.

use std::{borrow::Cow, collections::VecDeque, sync::Arc};

use http::{Method, StatusCode, header::AUTHORIZATION, request::Parts};
use serde::Serialize;
use toapis_contract::{Violation, mask, mask_header};
use tokio::sync::watch;

use super::KeyRef;
use crate::{api::Op, clock::Moment};

/// How much of a body is kept.
const BODY: usize = 4 << 10;

/// How many are kept.
const KEPT: usize = 1_000;

/// One request and what was answered, keys masked.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Exchange {
    /// Its number, from 1.
    pub number: u64,
    /// When it came, in milliseconds since the simulator started.
    pub at_ms: u64,
    /// Which port it came to: `api` or `files`.
    pub port: &'static str,
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The operation of the contract, if it is one.
    pub operation: Option<String>,
    /// The key's name in the [`Ledger`](crate::Ledger).
    pub key: Option<String>,
    /// Whether an `Authorization` header came along.
    pub authorized: bool,
    /// The headers of the request, secrets masked.
    pub headers: Vec<(String, String)>,
    /// The body of the request, up to 4 KiB of it, if it is text.
    pub request_body: String,
    /// The status that was answered; `None` where a fault left nothing to answer.
    pub status: Option<u16>,
    /// The body of the answer, up to 4 KiB of it, if it is text.
    pub response_body: String,
    /// What the contract says against the request, one line each.
    pub request_violations: Vec<String>,
    /// What the contract says against the answer, one line each.
    pub response_violations: Vec<String>,
    /// The faults that were at work.
    pub faults: Vec<String>,
    /// The task it was about.
    pub task: Option<String>,
}

/// An exchange as it is handed over, once it has happened.
pub(crate) struct Seen<'e> {
    pub(crate) port: &'static str,
    pub(crate) now: Moment,
    pub(crate) head: &'e Parts,
    pub(crate) op: Option<Op>,
    pub(crate) key: Option<KeyRef>,
    /// The task that it was about, and whether it was named by its business id.
    pub(crate) task: Option<(u32, bool)>,
    pub(crate) request_body: &'e [u8],
    pub(crate) request_violations: Vec<Violation>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) response_body: &'e [u8],
    pub(crate) response_violations: Vec<Violation>,
    pub(crate) faults: Vec<Arc<str>>,
}

/// What is looked up about an exchange when it is written down.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) key: Option<Arc<str>>,
    pub(crate) task: Option<Arc<str>>,
}

/// An exchange as it is kept. Nothing is put into words before someone looks, and everything is copied: a header or a body
/// is a part of the buffer that its connection reads into, and who keeps the part makes the connection allocate another.
struct Kept {
    number: u64,
    port: &'static str,
    now: Moment,
    method: Method,
    op: Option<Op>,
    names: Names,
    status: Option<StatusCode>,
    request_violations: Vec<Violation>,
    response_violations: Vec<Violation>,
    faults: Vec<Arc<str>>,
    text: Text,
}

/// What came over the wire: path and query, headers, and the beginnings of both bodies, one after the other.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    /// Where path, headers and the request's body end.
    ends: [usize; 3],
    /// How long the bodies were.
    lengths: [usize; 2],
}

impl Text {
    /// Takes the place of an older one, and its memory.
    fn overwrite(&mut self, seen: &Seen<'_>) {
        let Self {
            bytes,
            ends,
            lengths,
        } = self;
        let [path, headers, request_body] = ends;
        bytes.clear();
        let target = seen.head.uri.path_and_query();
        bytes.extend_from_slice(target.map_or("/", |target| target.as_str()).as_bytes());
        *path = bytes.len();
        // A name holds no colon and a value no line end.
        for (name, value) in &seen.head.headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.push(b':');
            bytes.extend_from_slice(value.as_bytes());
            bytes.push(b'\n');
        }
        *headers = bytes.len();
        bytes.extend_from_slice(beginning(seen.request_body));
        *request_body = bytes.len();
        bytes.extend_from_slice(beginning(seen.response_body));
        *lengths = [seen.request_body.len(), seen.response_body.len()];
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
        excerpt(&self.bytes[self.ends[1]..self.ends[2]], self.lengths[0])
    }

    fn response_body(&self) -> String {
        excerpt(&self.bytes[self.ends[2]..], self.lengths[1])
    }
}

fn beginning(body: &[u8]) -> &[u8] {
    &body[..body.len().min(BODY)]
}

/// The text of a body that begins so, keys masked; of something else than text only how much there is.
fn excerpt(begin: &[u8], length: usize) -> String {
    let text = match std::str::from_utf8(begin) {
        Ok(text) => text,
        // Cut in the middle of a character, not something else than text.
        Err(error) if error.error_len().is_none() && begin.len() < length => {
            std::str::from_utf8(&begin[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return format!("({length} bytes)"),
    };
    mask(text).into_owned()
}

/// The last thousand exchanges, and word of each new one.
#[derive(Default)]
pub(crate) struct Log {
    kept: VecDeque<Kept>,
    count: u64,
    news: watch::Sender<u64>,
}

impl Log {
    pub(crate) fn push(&mut self, seen: Seen<'_>, names: Names) {
        self.count += 1;
        let oldest = if self.kept.len() == KEPT {
            self.kept.pop_front()
        } else {
            None
        };
        let mut text = oldest.map(|oldest| oldest.text).unwrap_or_default();
        text.overwrite(&seen);
        self.kept.push_back(Kept {
            number: self.count,
            port: seen.port,
            now: seen.now,
            method: seen.head.method.clone(),
            op: seen.op,
            names,
            status: seen.status,
            request_violations: seen.request_violations,
            response_violations: seen.response_violations,
            faults: seen.faults,
            text,
        });
        // Mostly no one listens, and word costs more than all of the above.
        if self.news.receiver_count() > 0 {
            self.news.send_replace(self.count);
        }
    }

    /// Those after this number, oldest first.
    pub(crate) fn after(&self, number: u64) -> impl Iterator<Item = Exchange> {
        let from = self.kept.partition_point(|kept| kept.number <= number);
        self.kept.range(from..).map(Kept::put_into_words)
    }

    /// The number of the last exchange, and word of each new one.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.send_replace(self.count);
        self.news.subscribe()
    }
}

impl Kept {
    fn put_into_words(&self) -> Exchange {
        let report = |violations: &[Violation]| violations.iter().map(Violation::report).collect();
        let headers: Vec<(String, String)> = self
            .text
            .headers()
            .map(|(name, value)| {
                let value = mask_header(&name, &value).into_owned();
                (name.into_owned(), value)
            })
            .collect();
        Exchange {
            number: self.number,
            at_ms: self.now.millis(),
            port: self.port,
            method: self.method.to_string(),
            path: mask(&self.text.path()).into_owned(),
            operation: self.op.map(|op| op.id().to_owned()),
            key: self.names.key.as_deref().map(str::to_owned),
            authorized: headers
                .iter()
                .any(|(name, _)| name == AUTHORIZATION.as_str()),
            headers,
            request_body: self.text.request_body(),
            status: self.status.map(|status| status.as_u16()),
            response_body: self.text.response_body(),
            request_violations: report(&self.request_violations),
            response_violations: report(&self.response_violations),
            faults: self.faults.iter().map(ToString::to_string).collect(),
            task: self.names.task.as_deref().map(str::to_owned),
        }
    }
}
