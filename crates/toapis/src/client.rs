//! The client: one API key at one host, shared by all its clones.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::base_url::BaseUrl;
use crate::catalog::ReferenceStyle;
use crate::generated::models::Model;
use crate::polling::{History, PollingPolicy};
use crate::transport::{ClientMetrics, Transport};

/// A client of the service. Clones are cheap, and share everything: connections, rate limits, the
/// retry budget, uploads, and the learned task durations.
///
/// ```
/// let client = toapis::Client::new("sk-abc")?;
/// assert_eq!(client.base_url().as_str(), "https://toapis.com");
/// assert!(!format!("{client:?}").contains("sk-abc"));
/// # Ok::<(), toapis::Error>(())
/// ```
#[derive(Clone)]
pub struct Client(pub(crate) Arc<ClientInner>);

/// What the clones of a client share.
pub(crate) struct ClientInner {
    pub(crate) transport: Transport,
    pub(crate) base: BaseUrl,
    pub(crate) polling_policy: PollingPolicy,
    pub(crate) history: History,
    pub(crate) reconcile_timeout: Duration,
    /// The URL of each uploaded content, by its SHA-256. The cell makes concurrent uploads wait
    /// for one.
    pub(crate) uploads: Mutex<HashMap<[u8; 32], Arc<OnceCell<String>>>>,
    /// The form of references that the service accepted for a model, if not the contract's.
    pub(crate) reference_styles: Mutex<HashMap<Model, ReferenceStyle>>,
}

impl Client {
    /// Returns the base URL of the API.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.0.base
    }

    /// Returns counters of the calls that this client and its clones have made so far.
    #[must_use]
    pub fn metrics(&self) -> ClientMetrics {
        self.0.transport.counters.snapshot()
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.0.transport
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.0.base)
            .finish_non_exhaustive()
    }
}

const _: () = {
    const fn crosses_threads<T: Send + Sync + 'static>() {}
    crosses_threads::<Client>();
    assert!(size_of::<Client>() == size_of::<usize>());
};
