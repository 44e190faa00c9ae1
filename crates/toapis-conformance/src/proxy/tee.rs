//! A body that is copied up to a limit while it is forwarded.
//!
//! Written by hand: no published body adapter keeps a bounded copy and reports how the body ended.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

/// The copy of a body.
#[derive(Debug, Default)]
pub(super) struct CapturedBody {
    pub(super) bytes: BytesMut,
    /// The body is larger than the limit.
    pub(super) is_truncated: bool,
    /// The body is complete.
    pub(super) is_complete: bool,
    /// The error that ended the body.
    pub(super) error: Option<String>,
}

/// A copy that is shared by the body and the code that validates it.
pub(super) type SharedCapture = Arc<Mutex<CapturedBody>>;

/// Takes the copy so far.
pub(super) fn take(copy: &SharedCapture) -> CapturedBody {
    // A panic cannot leave the copy inconsistent.
    std::mem::take(&mut *copy.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A body that is being forwarded.
pub(super) struct Tee<B> {
    inner: B,
    copy: SharedCapture,
    limit: usize,
    /// Called once, when the body ends or is dropped.
    at_end: Option<Box<dyn FnOnce() + Send>>,
}

impl<B: Body> Tee<B> {
    pub(super) fn new(inner: B, limit: usize, copy: &SharedCapture) -> Self {
        let mut tee = Self {
            inner,
            copy: Arc::clone(copy),
            limit,
            at_end: None,
        };
        tee.note_end();
        tee
    }

    pub(super) fn at_end(mut self, act: impl FnOnce() + Send + 'static) -> Self {
        self.at_end = Some(Box::new(act));
        self
    }

    fn with<R>(&self, act: impl FnOnce(&mut CapturedBody) -> R) -> R {
        act(&mut self.copy.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes the end: a body of known length is not always polled after its last byte.
    fn note_end(&mut self) {
        if self.inner.is_end_stream() {
            self.with(|copied| copied.is_complete = true);
        }
    }

    fn finish(&mut self) {
        if let Some(act) = self.at_end.take() {
            act();
        }
    }
}

impl<B> Body for Tee<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    let limit = this.limit;
                    this.with(|copied| {
                        copied.is_truncated |= copied.bytes.len() + data.len() > limit;
                        if !copied.is_truncated {
                            copied.bytes.extend_from_slice(data);
                        }
                    });
                }
                this.note_end();
            }
            Poll::Ready(Some(Err(error))) => {
                this.with(|copied| copied.error = Some(error.to_string()));
                this.finish();
            }
            Poll::Ready(None) => {
                this.with(|copied| copied.is_complete = true);
                this.finish();
            }
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B> Drop for Tee<B> {
    fn drop(&mut self) {
        if let Some(act) = self.at_end.take() {
            act();
        }
    }
}
