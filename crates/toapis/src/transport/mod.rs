//! The one place that signs, limits, sends, repeats, measures and traces a call.

mod attempt;
mod call;
mod headers;
mod lenient_json;
mod metrics;

pub(crate) use attempt::{Attempt, Reply};
pub(crate) use call::{Call, Request, Transport, Tries};
pub(crate) use headers::retry_after;
pub(crate) use lenient_json::{lenient, lenient_value, salvage};
pub(crate) use metrics::Counters;

pub use metrics::ClientMetrics;
