//! The configuration of a conformance run.

use std::time::Duration;

use http::HeaderValue;
use reqwest::Url;
use toapis_contract::Contract;
use toapis_openapi::extensions::{Extension, Polling};

/// Poll interval if the contract advises none.
const DEFAULT_POLL_INTERVAL: Duration = Duration::from_secs(5);

/// A service to test, and the settings of the run.
#[derive(Clone, Debug)]
pub struct Suite {
    pub(crate) contract: &'static Contract,
    pub(crate) base_url: Url,
    pub(crate) authorization: HeaderValue,
    pub(crate) client: reqwest::Client,
    pub(crate) max_tasks: u64,
    pub(crate) poll_interval: Duration,
    pub(crate) task_timeout: Duration,
    pub(crate) request_timeout: Duration,
}

/// An invalid setting of a [`Suite`], or a client that cannot be created.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SuiteError(String);

impl Suite {
    /// Creates a suite for `base_url` (as `https://toapis.com`, without `/v1`) with an API key.
    ///
    /// No create with this key is sent until [`max_tasks`](Self::max_tasks) allows it.
    ///
    /// # Errors
    ///
    /// The base URL is not an `http` or `https` URL, the key is not a valid header value, or the
    /// platform's root certificates cannot be read.
    pub fn new(base_url: &str, api_key: &str) -> Result<Self, SuiteError> {
        let url: Url = base_url
            .parse()
            .map_err(|error| SuiteError(format!("invalid base URL `{base_url}`: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(SuiteError(format!(
                "the base URL `{base_url}` must begin with http:// or https://"
            )));
        }
        let mut authorization =
            HeaderValue::from_str(&format!("Bearer {api_key}")).map_err(|_| {
                SuiteError(
                    "the API key has characters that a header cannot hold, perhaps a line break"
                        .to_owned(),
                )
            })?;
        authorization.set_sensitive(true);
        let client = crate::tls::http_client()
            .map_err(|error| SuiteError(format!("cannot create the HTTP client: {error}")))?;
        let contract = Contract::embedded();
        Ok(Self {
            contract,
            base_url: url,
            authorization,
            client,
            max_tasks: 0,
            poll_interval: advised_poll_interval(contract),
            task_timeout: Duration::from_mins(2),
            request_timeout: Duration::from_secs(30),
        })
    }

    /// Sets the contract; default: the one of this release.
    #[must_use]
    pub fn contract(mut self, contract: &'static Contract) -> Self {
        self.contract = contract;
        self
    }

    /// Sets the maximum number of tasks that the run may create; default: 0.
    ///
    /// On a real service each task is billed. A create whose outcome is unknown counts as a task,
    /// and so does a request that a faulty service accepts against the contract.
    #[must_use]
    pub fn max_tasks(mut self, tasks: u64) -> Self {
        self.max_tasks = tasks;
        self
    }

    /// Sets the poll interval for tasks; default: the contract's advice.
    #[must_use]
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// Sets the timeout for a task to reach its final status; default: 2 minutes.
    #[must_use]
    pub fn task_timeout(mut self, timeout: Duration) -> Self {
        self.task_timeout = timeout;
        self
    }

    /// Sets the timeout for one response; default: 30 seconds.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Sets the HTTP client, for example one with a proxy. It must not follow redirects.
    #[must_use]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.client = client;
        self
    }

    /// Returns true if the service is on this machine, where nothing is billed.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self.base_url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

fn advised_poll_interval(contract: &Contract) -> Duration {
    match Polling::find(contract.document()) {
        Ok(Some(polling)) => Duration::from_secs(polling.interval_seconds[0].into()),
        _ => DEFAULT_POLL_INTERVAL,
    }
}
