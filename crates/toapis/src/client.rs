//! The client: one key at one host, shared by all its clones.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::api_key::ApiKey;
use crate::base_url::BaseUrl;
use crate::client_builder::{BASE_VARIABLE, ClientBuilder, KEY_VARIABLE};
use crate::error::{Context, Error, ErrorKind};
use crate::generated::models::Model;
use crate::ids::TaskId;
use crate::images::Images;
use crate::polling::{History, PollingPolicy};
use crate::request::ReferenceStyle;
use crate::task::{Task, TaskRecord};
use crate::transport::{ClientMetrics, Transport};

/// A client of the service. Cloning it is cheap, and clones share everything: connections, rate limits, retries in hand, uploads
/// made, and what was learned about how long tasks take.
///
/// ```
/// let client = toapis::Client::new("sk-abc")?;
/// assert_eq!(client.base_url().as_str(), "https://toapis.com");
/// assert!(!format!("{client:?}").contains("sk-abc"));
/// # Ok::<(), toapis::Error>(())
/// ```
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Shared>);

/// What the clones of a client share.
pub(crate) struct Shared {
    pub(crate) transport: Transport,
    pub(crate) base: BaseUrl,
    pub(crate) poll: PollingPolicy,
    pub(crate) history: History,
    pub(crate) settle_for: Duration,
    /// The URL of each content that was uploaded, by its SHA-256; the cell makes two at once wait for one.
    pub(crate) uploads: Mutex<HashMap<[u8; 32], Arc<OnceCell<String>>>>,
    /// The form of references that a model turned out to want.
    pub(crate) styles: Mutex<HashMap<Model, ReferenceStyle>>,
}

impl Client {
    /// A client with this key, for the service's own host.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the key cannot be one: empty, or with a line break in it.
    pub fn new<K>(key: K) -> Result<Self, Error>
    where
        K: TryInto<ApiKey>,
        K::Error: Into<Error>,
    {
        Self::builder().api_key(key).build()
    }

    /// A client as the environment says: the key from `TOAPIS_API_KEY`, the host from `TOAPIS_BASE_URL` if it is set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if there is no key, or one of the two cannot be used.
    pub fn from_env() -> Result<Self, Error> {
        if std::env::var_os(KEY_VARIABLE).is_none_or(|key| key.is_empty()) {
            let message = format!("{KEY_VARIABLE} is not set ({BASE_VARIABLE} is optional)");
            return Err(Context::new(ErrorKind::Config, message).into());
        }
        ClientBuilder::from_env().build()
    }

    /// A client with more to say.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Making pictures.
    #[must_use]
    pub fn images(&self) -> Images {
        Images::new(self.clone())
    }

    /// A task that is known by its id: from an earlier run, from a webhook, from somewhere else.
    ///
    /// Nothing is sent. An id that cannot be one is told by the first call made with it.
    #[must_use]
    pub fn task(&self, id: impl AsRef<str>) -> Task {
        Task::known(
            self.clone(),
            TaskRecord::new(TaskId::from_service(id.as_ref().to_owned())),
        )
    }

    /// A task that was written down as [`Task::record`].
    #[must_use]
    pub fn resume(&self, record: TaskRecord) -> Task {
        Task::known(self.clone(), record)
    }

    /// Where the API is.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.0.base
    }

    /// What this client and its clones have done so far.
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
