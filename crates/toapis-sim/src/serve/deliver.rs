//! Sends an answer, or does to it and to its connection what the faults say.

use std::{future::pending, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::{
    HeaderValue, Response,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use tokio::time::sleep;

use super::{
    Cut, Out, Wire,
    body::{self, bytes},
};
use crate::{
    api::Answer,
    fault::{Action, At, Drawn},
};

/// Between the last byte of a broken answer and the break, so that the peer has read what was sent before.
const PAUSE: Duration = Duration::from_millis(20);

/// The pieces that a file is continued in.
const PIECE: usize = 64 << 10;

/// Whether these faults leave the peer without any answer.
pub(crate) fn is_lost(faults: &[Drawn]) -> bool {
    faults.iter().any(|fault| match &fault.action {
        Action::LoseAnswer | Action::Hang { .. } => true,
        Action::Reset(at) => *at != At::Body,
        _ => false,
    })
}

/// Whether these faults keep a body from arriving whole and as it was.
pub(crate) fn is_broken(faults: &[Drawn]) -> bool {
    is_lost(faults)
        || faults.iter().any(|fault| {
            matches!(
                fault.action,
                Action::Reset(_) | Action::Truncate { .. } | Action::Oversize { .. }
            )
        })
}

/// Turns an answer into what goes out; the first fault that ends the answer is the last that is looked at.
pub(crate) async fn deliver(mut answer: Answer, faults: &[Drawn], wire: &Wire) -> Response<Out> {
    for fault in faults {
        match &fault.action {
            Action::Delay(time) => sleep(*time).await,
            Action::LoseAnswer => return wire.cut(Cut::Close).await,
            Action::Hang { .. } => return pending().await,
            Action::Reset(At::Early | At::Answer) => return wire.cut(Cut::Reset).await,
            Action::ContentType(name) => {
                if let Ok(name) = HeaderValue::from_str(name) {
                    answer.headers.insert(CONTENT_TYPE, name);
                }
            }
            Action::Reset(At::Body) => {
                let half = answer.body.slice(..answer.body.len() / 2);
                let length = answer.body.len() as u64;
                return head(
                    answer,
                    Some(length),
                    body::stream(broken(half, wire, Cut::Reset)),
                );
            }
            Action::Truncate { percent, framed } => {
                let length = answer.body.len();
                let part = answer.body.slice(..length * (*percent as usize) / 100);
                if *framed || is_json(&answer) {
                    answer.body = part;
                } else {
                    return head(
                        answer,
                        Some(length as u64),
                        body::stream(broken(part, wire, Cut::Close)),
                    );
                }
            }
            Action::Drip { bytes, every } => {
                let length = answer.body.len() as u64;
                let pieces = drip(answer.body.clone(), *bytes, *every);
                return head(answer, Some(length), body::stream(pieces));
            }
            Action::Oversize { bytes, announced } => {
                let length = (*bytes).max(answer.body.len() as u64);
                let whole = noughts_after(answer.body.clone(), length);
                return head(answer, announced.then_some(length), body::stream(whole));
            }
            _ => {}
        }
    }
    let body = bytes(std::mem::take(&mut answer.body));
    head(answer, None, body)
}

fn head(answer: Answer, length: Option<u64>, body: Out) -> Response<Out> {
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if let Some(length) = length {
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

fn is_json(answer: &Answer) -> bool {
    answer
        .headers
        .get(CONTENT_TYPE)
        .is_some_and(|name| name == "application/json")
}

/// A part, and then the end of the connection.
fn broken(part: Bytes, wire: &Wire, how: Cut) -> impl Stream<Item = Bytes> + Send + use<> {
    let wire = wire.clone();
    let end = stream::once(async move {
        sleep(PAUSE).await;
        wire.cut::<Bytes>(how).await
    });
    stream::once(async { part }).chain(end)
}

fn drip(whole: Bytes, bytes: usize, every: Duration) -> impl Stream<Item = Bytes> + Send {
    stream::unfold(whole, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        sleep(every).await;
        let piece = left.split_to(bytes.min(left.len()));
        Some((piece, left))
    })
}

fn noughts_after(file: Bytes, length: u64) -> impl Stream<Item = Bytes> + Send {
    let left = length - file.len() as u64;
    let noughts = Bytes::from(vec![0; PIECE]);
    let rest = stream::unfold(left, move |left| {
        let noughts = noughts.clone();
        async move {
            let piece = usize::try_from(left).unwrap_or(usize::MAX).min(PIECE);
            (piece > 0).then(|| (noughts.slice(..piece), left - piece as u64))
        }
    });
    stream::once(async { file }).chain(rest)
}
