//! The seam between a generated call and the network: whoever holds it signs, times, sends and re-reads.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Client, Operation};

/// What an [`Exchange`] returns: a boxed, sendable future of an answer.
pub type ExchangeFuture<'a> =
    Pin<Box<dyn Future<Output = reqwest::Result<reqwest::Response>> + Send + 'a>>;

/// Takes a request to its answer.
///
/// It sees the request as it would leave (URL, headers and body are set), may change it, and decides how it is sent.
/// It may return another response than the one it received, for instance one rebuilt by
/// `reqwest::Response::from(http::Response)` after the body was read under a cap; only such a response is parsed.
/// A failure that is not a `reqwest::Error` has no place in the result: keep it in the exchange, and return a rebuilt
/// response with a status that the contract does not document, which comes back as `Error::UnexpectedResponse`.
pub trait Exchange: Send + Sync {
    /// Sends `request` through `client`; `operation` says what the contract knows of the call beside its types: its
    /// path template, the rate limit it counts against, and whether it may be repeated.
    ///
    /// # Errors
    ///
    /// Whatever the transport reports. It arrives at the caller as `Error::CommunicationError`.
    fn exchange<'a>(
        &'a self,
        client: &'a reqwest::Client,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> ExchangeFuture<'a>;
}

/// The exchange that adds nothing: the request goes out as it was built, without a key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Direct;

impl Exchange for Direct {
    fn exchange<'a>(
        &'a self,
        client: &'a reqwest::Client,
        request: reqwest::Request,
        _operation: &'static Operation,
    ) -> ExchangeFuture<'a> {
        Box::pin(client.execute(request))
    }
}

/// What a [`Client`] carries beside its URL and its `reqwest::Client`: the [`Exchange`] its calls go through.
#[derive(Clone)]
pub struct Inner {
    exchange: Arc<dyn Exchange>,
}

impl Inner {
    /// Carries this exchange.
    #[must_use]
    pub fn new(exchange: Arc<dyn Exchange>) -> Self {
        Self { exchange }
    }

    pub(crate) fn exchange(&self) -> &dyn Exchange {
        &*self.exchange
    }
}

impl Default for Inner {
    fn default() -> Self {
        Self::new(Arc::new(Direct))
    }
}

// An exchange may hold a key, so nothing of it is ever printed.
impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

impl Client {
    /// The same client (base URL, connections) with another exchange: cheap enough to do for each call.
    #[must_use]
    pub fn with_exchange(&self, exchange: Arc<dyn Exchange>) -> Self {
        Self {
            inner: Inner::new(exchange),
            ..self.clone()
        }
    }
}
