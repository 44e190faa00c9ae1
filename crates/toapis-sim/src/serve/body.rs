//! Bodies in both directions: requests are read up to a bound, answers are whole or a stream that a fault drives.

use std::convert::Infallible;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use http_body_util::{BodyExt as _, Either, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Body as _, Frame, Incoming};

/// A body that is sent.
pub(crate) type Out = Either<Full<Bytes>, UnsyncBoxBody<Bytes, Infallible>>;

/// A body that is there at once.
pub(crate) fn bytes(bytes: impl Into<Bytes>) -> Out {
    Either::Left(Full::new(bytes.into()))
}

/// A body that comes as it comes.
pub(crate) fn stream(parts: impl Stream<Item = Bytes> + Send + 'static) -> Out {
    let frames = parts.map(|part| Ok::<_, Infallible>(Frame::data(part)));
    Either::Right(StreamBody::new(frames).boxed_unsync())
}

/// What came of reading a request's body.
pub(crate) enum Received {
    /// All of it.
    Whole(Bytes),
    /// It is larger than the bound.
    TooLarge,
    /// The sender went away.
    Broken,
}

/// Beyond its bound a body is read on and thrown away for so long, because a client that is still sending would
/// otherwise see a reset and not the answer that tells it why.
const THROWN_AWAY: usize = 64 << 20;

/// Reads a body of at most `bound` bytes.
pub(crate) async fn receive(mut body: Incoming, bound: usize) -> Received {
    let announced = body.size_hint().lower();
    let mut kept = BytesMut::new();
    let mut first: Option<Bytes> = None;
    let mut seen = 0_usize;
    if announced > (bound + THROWN_AWAY) as u64 {
        return Received::TooLarge;
    }
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Received::Broken;
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        seen += data.len();
        if seen > bound + THROWN_AWAY {
            break;
        }
        if seen > bound {
            (kept, first) = (BytesMut::new(), None);
        } else if let Some(before) = first.take() {
            kept.extend_from_slice(&before);
            kept.extend_from_slice(&data);
        } else if kept.is_empty() {
            // Nearly every body is one frame, which needs no copy.
            first = Some(data);
        } else {
            kept.extend_from_slice(&data);
        }
    }
    match (seen > bound, first) {
        (true, _) => Received::TooLarge,
        (false, Some(one)) => Received::Whole(one),
        (false, None) => Received::Whole(kept.freeze()),
    }
}
