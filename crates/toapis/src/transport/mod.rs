//! Sends all calls: authentication, rate limits, retries, metrics and traces.

mod attempt;
mod call;
mod headers;
mod json_repair;
mod lenient_json;
mod metrics;
mod response_body;

pub(crate) use attempt::{Attempt, RawResponse};
pub(crate) use call::{Call, Request, RetryLoop, Transport};
pub(crate) use headers::retry_after;
pub(crate) use lenient_json::{lenient, lenient_value, parse_truncated_object};
pub(crate) use metrics::Counters;
pub(crate) use response_body::decode_body;

pub use metrics::ClientMetrics;
