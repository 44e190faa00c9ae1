//! The last exchanges, as the inspector and a test look at them.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header::AUTHORIZATION, request::Parts};
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

/// An exchange as it is kept: nothing is put into words before someone looks.
pub(crate) struct Seen {
    pub(crate) port: &'static str,
    pub(crate) now: Moment,
    pub(crate) head: Parts,
    pub(crate) op: Option<Op>,
    pub(crate) key: Option<KeyRef>,
    /// The task that it was about, and whether it was named by its business id.
    pub(crate) task: Option<(u32, bool)>,
    pub(crate) request_body: Excerpt,
    pub(crate) request_violations: Vec<Violation>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) response_body: Excerpt,
    pub(crate) response_violations: Vec<Violation>,
    pub(crate) faults: Vec<Arc<str>>,
}

/// What is looked up about an exchange when it is written down.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) key: Option<Arc<str>>,
    pub(crate) task: Option<Arc<str>>,
}

/// The beginning of a body.
#[derive(Default)]
pub(crate) struct Excerpt {
    begin: Bytes,
    length: usize,
}

impl Excerpt {
    /// A copy, because a part of a body would keep the whole buffer that it was read into.
    pub(crate) fn of(body: &[u8]) -> Self {
        Self {
            begin: Bytes::copy_from_slice(&body[..body.len().min(BODY)]),
            length: body.len(),
        }
    }

    /// The text, keys masked; of something else than text only how much there is.
    fn text(&self) -> String {
        let text = match std::str::from_utf8(&self.begin) {
            Ok(text) => text,
            // Cut in the middle of a character, not something else than text.
            Err(error) if error.error_len().is_none() && self.begin.len() < self.length => {
                std::str::from_utf8(&self.begin[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return format!("({} bytes)", self.length),
        };
        mask(text).into_owned()
    }
}

/// The last thousand exchanges, and word of each new one.
pub(crate) struct Log {
    kept: VecDeque<(u64, Seen, Names)>,
    count: watch::Sender<u64>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            kept: VecDeque::new(),
            count: watch::Sender::new(0),
        }
    }
}

impl Log {
    pub(crate) fn push(&mut self, seen: Seen, names: Names) {
        let number = *self.count.borrow() + 1;
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((number, seen, names));
        self.count.send_replace(number);
    }

    /// Those after this number, oldest first.
    pub(crate) fn after(&self, number: u64) -> impl Iterator<Item = Exchange> {
        let from = self.kept.partition_point(|(own, ..)| *own <= number);
        self.kept
            .range(from..)
            .map(|(number, seen, names)| put_into_words(*number, seen, names))
    }

    /// The number of the last exchange, and word of each new one.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }
}

fn put_into_words(number: u64, seen: &Seen, names: &Names) -> Exchange {
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (
            name.to_string(),
            mask_header(name.as_str(), &value).into_owned(),
        )
    };
    Exchange {
        number,
        at_ms: seen.now.millis(),
        port: seen.port,
        method: seen.head.method.to_string(),
        path: mask(
            seen.head
                .uri
                .path_and_query()
                .map_or("/", |path| path.as_str()),
        )
        .into_owned(),
        operation: seen.op.map(|op| op.id().to_owned()),
        key: names.key.as_deref().map(str::to_owned),
        authorized: seen.head.headers.contains_key(AUTHORIZATION),
        headers: seen.head.headers.iter().map(header).collect(),
        request_body: seen.request_body.text(),
        status: seen.status.map(|status| status.as_u16()),
        response_body: seen.response_body.text(),
        request_violations: seen
            .request_violations
            .iter()
            .map(Violation::report)
            .collect(),
        response_violations: seen
            .response_violations
            .iter()
            .map(Violation::report)
            .collect(),
        faults: seen.faults.iter().map(ToString::to_string).collect(),
        task: names.task.as_deref().map(str::to_owned),
    }
}
