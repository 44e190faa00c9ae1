//! Limits, lifetimes and other numbers.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Extension, Source};

/// The rate limits of accounts (`x-rate-limits`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RateLimits {
    /// The groups of accounts, by name. An account without a known group is in `default`.
    pub groups: BTreeMap<String, RateLimitGroup>,
    /// The source of the numbers.
    #[serde(default)]
    pub source: Source,
}

impl Extension for RateLimits {
    const POINTER: &'static str = "/x-rate-limits";
}

/// The token buckets of a group of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct RateLimitGroup {
    /// The bucket of creates.
    pub async_submit: Bucket,
    /// The bucket of queries.
    pub async_query: Bucket,
}

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Bucket {
    /// Tokens added per minute.
    pub per_minute: u32,
    /// The capacity.
    pub burst: u32,
    /// The period that `burst` is stated for, in seconds.
    pub burst_seconds: u32,
}

/// The limits of uploads (`x-upload`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct UploadLimits {
    /// The largest file that a client may send, in bytes.
    pub max_bytes: u64,
    /// The size above which a server rejects a file, in bytes.
    pub refused_above_bytes: u64,
    /// The accepted media types.
    pub media_types: Vec<String>,
    /// The source of the limits.
    #[serde(default)]
    pub source: Source,
}

impl Extension for UploadLimits {
    const POINTER: &'static str = "/x-upload";
}

/// The limits of reference images (`x-references`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReferenceLimits {
    /// The largest image, in bytes.
    pub max_bytes: u64,
    /// The accepted media types.
    pub media_types: Vec<String>,
    /// The accepted URL schemes.
    pub schemes: Vec<String>,
    /// The source of the limits.
    #[serde(default)]
    pub source: Source,
}

impl Extension for ReferenceLimits {
    const POINTER: &'static str = "/x-references";
}

/// How long things can be fetched (`x-lifetimes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Lifetimes {
    /// The lifetime of a result, in seconds.
    pub result_seconds: u32,
    /// The source of the number.
    #[serde(default)]
    pub source: Source,
}

impl Extension for Lifetimes {
    const POINTER: &'static str = "/x-lifetimes";
}

/// The service's advice on polling (`x-polling`). All numbers are seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Polling {
    /// The delay before the first poll.
    pub first_after_seconds: u32,
    /// The shortest and longest interval between polls.
    pub interval_seconds: [u32; 2],
    /// The shortest and longest duration of a typical task.
    pub typical_seconds: [u32; 2],
    /// The duration of a slow task.
    pub long_seconds: u32,
    /// The source of the numbers.
    #[serde(default)]
    pub source: Source,
}

impl Extension for Polling {
    const POINTER: &'static str = "/x-polling";
}

/// Prices (`x-money`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Money {
    /// Credits for one US dollar.
    pub credits_per_usd: u32,
    /// The source of the number.
    #[serde(default)]
    pub source: Source,
}

impl Extension for Money {
    const POINTER: &'static str = "/x-money";
}

/// The response headers that may carry a request id (`x-request-id-headers`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RequestIdHeaders {
    /// The names of the headers, the most specific first.
    pub names: Vec<String>,
    /// The source of the names.
    #[serde(default)]
    pub source: Source,
}

impl Extension for RequestIdHeaders {
    const POINTER: &'static str = "/x-request-id-headers";
}
