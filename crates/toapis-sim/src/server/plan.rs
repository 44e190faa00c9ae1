//! How a response is sent: completely, partly, slowly, or not at all.

use std::{future::pending, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderValue, Response, header::CONTENT_LENGTH};
use tokio::time::sleep;

use super::{
    Abort, BufferedResponse, ConnectionHandle, ResponseBody,
    body::{full_body, stream_body},
};

/// The delay between the last byte of a partial body and the abort of the connection, which lets
/// the client read what was sent.
const ABORT_DELAY: Duration = Duration::from_millis(20);

/// The chunk size of padding.
const PADDING_CHUNK_BYTES: usize = 64 << 10;

/// A response and how to send it.
#[derive(Debug)]
pub(crate) struct ResponsePlan {
    pub(crate) response: BufferedResponse,
    /// The time to wait before sending.
    pub(crate) delay: Duration,
    pub(crate) transmission: Transmission,
}

/// How a response is transmitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transmission {
    /// At once and completely.
    Complete,
    /// The first bytes of the body, then an aborted connection. `Content-Length` announces all.
    Partial { bytes: usize, abort: Abort },
    /// In small chunks.
    Drip {
        chunk_bytes: usize,
        interval: Duration,
    },
    /// Padded with zeros.
    Padded {
        total_bytes: u64,
        with_content_length: bool,
    },
    /// Not at all: the connection is aborted.
    Aborted(Abort),
    /// Not at all: the connection stays open.
    Hung,
}

impl ResponsePlan {
    pub(crate) fn complete(response: BufferedResponse) -> Self {
        Self {
            response,
            delay: Duration::ZERO,
            transmission: Transmission::Complete,
        }
    }

    /// Returns true if the client receives no response.
    pub(crate) fn is_suppressed(&self) -> bool {
        matches!(
            self.transmission,
            Transmission::Aborted(_) | Transmission::Hung
        )
    }

    /// Returns true if the client receives a body of exactly `length` bytes.
    pub(crate) fn delivers_body(&self, length: usize) -> bool {
        self.response.body.len() == length
            && matches!(
                self.transmission,
                Transmission::Complete | Transmission::Drip { .. }
            )
    }
}

/// Converts a plan to the response that hyper sends. Never returns if the response is suppressed.
pub(crate) async fn send_response(
    plan: ResponsePlan,
    connection: &ConnectionHandle,
) -> Response<ResponseBody> {
    let ResponsePlan {
        response,
        delay,
        transmission,
    } = plan;
    if !delay.is_zero() {
        sleep(delay).await;
    }
    let BufferedResponse {
        status,
        headers,
        body,
    } = response;
    let full_length = body.len() as u64;
    let (body, content_length) = match transmission {
        Transmission::Complete => (full_body(body), None),
        Transmission::Partial { bytes, abort } => {
            let part = body.slice(..bytes.min(body.len()));
            let body = stream_body(then_abort(part, connection.clone(), abort));
            (body, Some(full_length))
        }
        Transmission::Drip {
            chunk_bytes,
            interval,
        } => (
            stream_body(drip(body, chunk_bytes, interval)),
            Some(full_length),
        ),
        Transmission::Padded {
            total_bytes,
            with_content_length,
        } => {
            let total_bytes = total_bytes.max(full_length);
            let body = stream_body(pad_with_zeros(body, total_bytes));
            (body, with_content_length.then_some(total_bytes))
        }
        Transmission::Aborted(abort) => return connection.abort(abort).await,
        Transmission::Hung => return pending().await,
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if let Some(length) = content_length {
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

fn then_abort(
    part: Bytes,
    connection: ConnectionHandle,
    abort: Abort,
) -> impl Stream<Item = Bytes> + Send {
    let end = stream::once(async move {
        sleep(ABORT_DELAY).await;
        connection.abort::<Bytes>(abort).await
    });
    stream::once(async { part }).chain(end)
}

fn drip(body: Bytes, chunk_bytes: usize, interval: Duration) -> impl Stream<Item = Bytes> + Send {
    stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        sleep(interval).await;
        let chunk = rest.split_to(chunk_bytes.min(rest.len()));
        Some((chunk, rest))
    })
}

fn pad_with_zeros(body: Bytes, total_bytes: u64) -> impl Stream<Item = Bytes> + Send {
    let missing = total_bytes - body.len() as u64;
    let zeros = Bytes::from(vec![0; PADDING_CHUNK_BYTES]);
    let padding = stream::unfold(missing, move |missing| {
        let zeros = zeros.clone();
        async move {
            let length = usize::try_from(missing)
                .unwrap_or(usize::MAX)
                .min(PADDING_CHUNK_BYTES);
            (length > 0).then(|| (zeros.slice(..length), missing - length as u64))
        }
    });
    stream::once(async { body }).chain(padding)
}
