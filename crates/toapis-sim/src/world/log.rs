//! The last exchanges, as the inspector and a test look at them.

use std::collections::VecDeque;

use serde::Serialize;
use tokio::sync::watch;

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

/// The last thousand exchanges, and word of each new one.
#[derive(Debug)]
pub(crate) struct Log {
    kept: VecDeque<Exchange>,
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
    pub(crate) fn push(&mut self, mut exchange: Exchange) {
        self.count.send_modify(|count| *count += 1);
        exchange.number = *self.count.borrow();
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(exchange);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Exchange> {
        self.kept.iter()
    }

    /// Those after this number, oldest first.
    pub(crate) fn after(&self, number: u64) -> impl Iterator<Item = &Exchange> {
        let from = self
            .kept
            .partition_point(|exchange| exchange.number <= number);
        self.kept.range(from..)
    }

    /// The number of the last exchange, and word of each new one.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }
}
