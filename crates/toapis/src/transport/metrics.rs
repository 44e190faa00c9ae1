//! Counters of a client's work.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of a client and its clones: see [`Client::metrics`](crate::Client::metrics).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientMetrics {
    /// Calls that were started: each submit, lookup, upload and download counts as one.
    pub calls: u64,
    /// Requests that were sent or attempted.
    pub attempts: u64,
    /// Attempts after the first one of a call.
    pub retries: u64,
    /// Attempts that waited for a rate limit.
    pub rate_limit_waits: u64,
    /// Submits whose response was lost and that were looked up by business id.
    pub reconciliations: u64,
    /// Tasks found by such a lookup.
    pub recovered_tasks: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) calls: Counter,
    pub(crate) attempts: Counter,
    pub(crate) retries: Counter,
    pub(crate) rate_limit_waits: Counter,
    pub(crate) reconciliations: Counter,
    pub(crate) recovered_tasks: Counter,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub(crate) fn snapshot(&self) -> ClientMetrics {
        ClientMetrics {
            calls: self.calls.get(),
            attempts: self.attempts.get(),
            retries: self.retries.get(),
            rate_limit_waits: self.rate_limit_waits.get(),
            reconciliations: self.reconciliations.get(),
            recovered_tasks: self.recovered_tasks.get(),
        }
    }
}
