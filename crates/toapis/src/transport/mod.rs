//! The one place that signs, limits, sends, repeats, measures and traces a call.

mod attempt;
mod call;
mod counters;
mod headers;
mod lenient;

pub(crate) use attempt::{Attempt, Reply};
pub(crate) use call::{Call, Request, Transport, Tries};
pub(crate) use counters::Counters;
pub(crate) use headers::retry_after;
pub(crate) use lenient::{lenient, lenient_value, salvage};

pub use counters::Counts;
