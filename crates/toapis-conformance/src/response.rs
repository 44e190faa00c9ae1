//! A received response, and the reading of its body.

use std::{error::Error, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use toapis_contract::{Violation, excerpt};

/// Largest response body that is read, in bytes; larger than any image of the service.
const MAX_RESPONSE_BYTES: usize = 64 << 20;

/// A response, with its violations and those of the 429 responses before it.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) violations: Vec<Violation>,
}

impl Response {
    /// Parses the body as JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Appends the error message of the body to `message`.
    pub(crate) fn describe(&self, message: &str) -> String {
        let body = self.json();
        let text = body.as_ref().and_then(|body| {
            ["/error/message", "/message", "/error"]
                .iter()
                .find_map(|at| body.pointer(at)?.as_str())
        });
        match text {
            Some(text) if !text.is_empty() => format!("{message}: {}", excerpt(text)),
            _ => message.to_owned(),
        }
    }

    /// Returns `Retry-After` in seconds; without a number there, 1 s, doubled for each attempt.
    pub(crate) fn retry_after(&self, attempt: u32) -> Duration {
        self.headers
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map_or(
                Duration::from_secs(1 << attempt.min(6)),
                Duration::from_secs,
            )
    }
}

/// Reads a response body up to [`MAX_RESPONSE_BYTES`].
pub(crate) async fn read_body(mut response: reqwest::Response) -> Result<Bytes, String> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return Err(format!(
                "the response body is larger than {} MiB",
                MAX_RESPONSE_BYTES >> 20
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Returns why the response is missing or incomplete, with all causes.
pub(crate) fn lost(error: &reqwest::Error) -> String {
    let mut message = if error.is_timeout() {
        "timed out waiting for the response".to_owned()
    } else {
        "no complete response".to_owned()
    };
    let mut cause = error.source();
    while let Some(inner) = cause {
        message = format!("{message}: {inner}");
        cause = inner.source();
    }
    message
}
