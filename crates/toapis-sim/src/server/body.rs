//! Request bodies, read up to a limit, and response bodies.

use std::convert::Infallible;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use http_body_util::{BodyExt as _, Either, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Body as _, Frame, Incoming};

/// The body of a response.
pub(crate) type ResponseBody = Either<Full<Bytes>, UnsyncBoxBody<Bytes, Infallible>>;

pub(super) fn full_body(bytes: impl Into<Bytes>) -> ResponseBody {
    Either::Left(Full::new(bytes.into()))
}

pub(crate) fn stream_body(chunks: impl Stream<Item = Bytes> + Send + 'static) -> ResponseBody {
    let frames = chunks.map(|chunk| Ok::<_, Infallible>(Frame::data(chunk)));
    Either::Right(StreamBody::new(frames).boxed_unsync())
}

/// The result of reading a request body.
pub(crate) enum ReceivedBody {
    Complete(Bytes),
    /// The body exceeds the limit.
    TooLarge,
    /// The client disconnected.
    Incomplete,
}

/// The maximum number of bytes read and discarded beyond the limit. A client that is still sending
/// would otherwise see a reset connection instead of the response.
const MAX_DRAINED_BYTES: usize = 64 << 20;

/// Reads a request body of at most `limit` bytes.
pub(crate) async fn receive_body(mut body: Incoming, limit: usize) -> ReceivedBody {
    let drain_limit = limit.saturating_add(MAX_DRAINED_BYTES);
    if body.size_hint().lower() > drain_limit as u64 {
        return ReceivedBody::TooLarge;
    }
    let mut received = 0_usize;
    let mut first: Option<Bytes> = None;
    let mut buffer = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return ReceivedBody::Incomplete;
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        received += data.len();
        if received > drain_limit {
            break;
        }
        if received > limit {
            (buffer, first) = (BytesMut::new(), None);
        } else if let Some(first) = first.take() {
            buffer.extend_from_slice(&first);
            buffer.extend_from_slice(&data);
        } else if buffer.is_empty() {
            // Nearly every body is a single frame, which needs no copy.
            first = Some(data);
        } else {
            buffer.extend_from_slice(&data);
        }
    }
    match (received > limit, first) {
        (true, _) => ReceivedBody::TooLarge,
        (false, Some(single)) => ReceivedBody::Complete(single),
        (false, None) => ReceivedBody::Complete(buffer.freeze()),
    }
}
