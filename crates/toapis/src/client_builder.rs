//! The builder of a client: all settings and their defaults.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderValue;
use rustls::pki_types::CertificateDer;

use crate::api_key::ApiKey;
use crate::base_url::BaseUrl;
use crate::client::{Client, ClientInner};
use crate::error::{Error, ErrorInner, ErrorKind};
use crate::generated::limits::HOSTS;
use crate::polling::{History, PollingPolicy};
use crate::rate_limit::{Limits, RateLimits};
use crate::retry::{Budget, RetryPolicy};
use crate::tls;
use crate::transport::{Counters, Transport};

/// The environment variables that [`Client::from_env`] reads.
pub(crate) const KEY_VARIABLE: &str = "TOAPIS_API_KEY";
pub(crate) const BASE_VARIABLE: &str = "TOAPIS_BASE_URL";

/// A change to the settings of the HTTP client.
type Adjust = Box<dyn FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send>;

/// A builder of a [`Client`]. Created by [`Client::builder`] or [`ClientBuilder::from_env`].
///
/// ```
/// use std::time::Duration;
/// use toapis::{Client, RateLimits, RetryPolicy};
/// let client = Client::builder()
///     .api_key("sk-abc")
///     .base_url("https://toapis.cn")
///     .rate_limits(RateLimits::for_group("vip").unwrap())
///     .retry_policy(RetryPolicy::default().max_attempts(3))
///     .attempt_timeout(Duration::from_secs(30))
///     .build()?;
/// # let _ = client;
/// # Ok::<(), toapis::Error>(())
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    key: Result<Option<ApiKey>, Error>,
    base: Result<Option<BaseUrl>, Error>,
    http: Option<reqwest::Client>,
    adjust: Vec<Adjust>,
    roots: Result<Vec<CertificateDer<'static>>, Error>,
    limits: RateLimits,
    retry_policy: RetryPolicy,
    budget: u32,
    polling_policy: PollingPolicy,
    connect_timeout: Duration,
    attempt_timeout: Duration,
    reconcile_timeout: Duration,
    user_agent: Option<String>,
}

impl Client {
    /// Creates a client for the service's default host with this API key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the key is empty or not a valid header value.
    pub fn new<K>(key: K) -> Result<Self, Error>
    where
        K: TryInto<ApiKey>,
        K::Error: Into<Error>,
    {
        Self::builder().api_key(key).build()
    }

    /// Creates a client from the environment: the API key from `TOAPIS_API_KEY`, and the base URL
    /// from `TOAPIS_BASE_URL` if it is set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the key is missing, or one of the two is invalid.
    pub fn from_env() -> Result<Self, Error> {
        if std::env::var_os(KEY_VARIABLE).is_none_or(|key| key.is_empty()) {
            let message = format!("{KEY_VARIABLE} is not set ({BASE_VARIABLE} is optional)");
            return Err(ErrorInner::new(ErrorKind::Config, message).into());
        }
        ClientBuilder::from_env().build()
    }

    /// Creates a builder with default settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }
}

impl ClientBuilder {
    fn new() -> Self {
        Self {
            key: Ok(None),
            base: Ok(None),
            http: None,
            adjust: Vec::new(),
            roots: Ok(Vec::new()),
            limits: RateLimits::default(),
            retry_policy: RetryPolicy::default(),
            budget: 100,
            polling_policy: PollingPolicy::adaptive(),
            connect_timeout: Duration::from_secs(10),
            attempt_timeout: Duration::from_mins(1),
            reconcile_timeout: Duration::from_secs(30),
            user_agent: None,
        }
    }

    /// Sets the API key. Required.
    pub fn api_key<K>(mut self, key: K) -> Self
    where
        K: TryInto<ApiKey>,
        K::Error: Into<Error>,
    {
        self.key = key.try_into().map(Some).map_err(Into::into);
        self
    }

    /// Sets the base URL of the API. A trailing `/v1` or `/` is removed. Default:
    /// `https://toapis.com`, the first server of the contract.
    pub fn base_url<U>(mut self, url: U) -> Self
    where
        U: TryInto<BaseUrl>,
        U::Error: Into<Error>,
    {
        self.base = url.try_into().map(Some).map_err(Into::into);
        self
    }

    /// Creates a builder with the API key from `TOAPIS_API_KEY` and the base URL from
    /// `TOAPIS_BASE_URL`, where they are set and not empty.
    pub fn from_env() -> Self {
        let mut builder = Self::new();
        match std::env::var(KEY_VARIABLE) {
            Ok(key) if !key.is_empty() => builder = builder.api_key(key),
            Err(std::env::VarError::NotUnicode(_)) => {
                builder.key = Err(ErrorInner::new(
                    ErrorKind::Config,
                    format!("{KEY_VARIABLE} is not Unicode"),
                )
                .into());
            }
            _ => {}
        }
        match std::env::var(BASE_VARIABLE) {
            Ok(base) if !base.trim().is_empty() => builder.base_url(base),
            _ => builder,
        }
    }

    /// Uses this HTTP client, with its proxies, timeouts, TLS and connections. The settings of
    /// this builder for those are ignored.
    ///
    /// Build it with the redirect policy `none`: this crate follows no redirect with the API key,
    /// but can't control a client of yours (`reqwest` drops the key when a redirect leaves the
    /// host).
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Changes the settings of this crate's HTTP client, such as a proxy, the connection pool or a
    /// resolver. TLS and redirects stay under this crate's control.
    ///
    /// By default the proxies of the environment apply (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`),
    /// and idle connections are closed after 30 s.
    ///
    /// ```
    /// # fn f() -> Result<(), Box<dyn std::error::Error>> {
    /// let proxy = toapis::reqwest::Proxy::all("http://proxy.example.com:3128")?;
    /// let builder = toapis::Client::builder().api_key("sk-abc");
    /// let client = builder.configure_http(|http| http.proxy(proxy)).build()?;
    /// # Ok(()) }
    /// ```
    pub fn configure_http(
        mut self,
        adjust: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        self.adjust.push(Box::new(adjust));
        self
    }

    /// Adds a root certificate to those of the platform, as PEM (one or several) or DER.
    pub fn add_root_certificate(mut self, bytes: impl AsRef<[u8]>) -> Self {
        if let Ok(roots) = &mut self.roots {
            match tls::certificates(bytes.as_ref()) {
                Ok(more) => roots.extend(more),
                Err(error) => self.roots = Err(error),
            }
        }
        self
    }

    /// Adds a root certificate from a PEM or DER file.
    pub fn add_root_certificate_file(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        match std::fs::read(path) {
            Ok(bytes) => self.add_root_certificate(bytes),
            Err(error) => {
                let message = format!("the root certificate {} cannot be read", path.display());
                self.roots = Err(ErrorInner::new(ErrorKind::Config, message)
                    .with_source(error)
                    .into());
                self
            }
        }
    }

    /// Sets the rate limits of this client and its clones. Default: the group `default` of the
    /// contract.
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how calls are retried. Default: five attempts within two minutes.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// Limits the retries that this client and its clones have in reserve. Each success adds a
    /// tenth of a retry. Default: 100.
    pub fn retry_budget(mut self, retries: u32) -> Self {
        self.budget = retries;
        self
    }

    /// Sets when a task is polled. Default: [`PollingPolicy::adaptive`].
    pub fn polling_policy(mut self, policy: PollingPolicy) -> Self {
        self.polling_policy = policy;
        self
    }

    /// Limits the time to establish a connection. Default: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Limits the time of one attempt of a call, up to the last byte of the response. Default: 60
    /// s.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Limits the time for which the task of a lost response is looked up before the outcome is
    /// unknown. Default: 30 s.
    pub fn reconcile_timeout(mut self, time: Duration) -> Self {
        self.reconcile_timeout = time;
        self
    }

    /// Sets the name of your program in the `User-Agent` header, before the name of this crate.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the API key is missing, or a setting is invalid.
    pub fn build(self) -> Result<Client, Error> {
        let key = self
            .key?
            .ok_or_else(|| ErrorInner::new(ErrorKind::Config, "the API key is missing"))?;
        let base = match self.base? {
            Some(base) => base,
            None => BaseUrl::new(HOSTS.first().map_or("", |host| host.url))?,
        };
        let own = concat!("toapis-rs/", env!("CARGO_PKG_VERSION"));
        let name = self
            .user_agent
            .map_or_else(|| own.to_owned(), |name| format!("{name} {own}"));
        let user_agent = HeaderValue::try_from(name).map_err(|_| {
            ErrorInner::new(
                ErrorKind::Config,
                "the user agent is not a valid header value",
            )
        })?;
        let http = match self.http {
            Some(client) => client,
            None => own_client(&self.roots?, &base, self.connect_timeout, self.adjust)?,
        };
        let transport = Transport {
            api: toapis_client::Client::new_with_client(base.as_str(), http.clone()),
            http,
            authorization: key.header()?,
            key,
            user_agent,
            limits: Limits::new(self.limits),
            retry: self.retry_policy,
            budget: Budget::new(self.budget),
            counters: Counters::default(),
            attempt_timeout: self.attempt_timeout,
            body_cap: BODY_CAP,
        };
        Ok(Client(Arc::new(ClientInner {
            transport,
            base,
            polling_policy: self.polling_policy,
            history: History::default(),
            reconcile_timeout: self.reconcile_timeout,
            uploads: Mutex::new(HashMap::new()),
            reference_styles: Mutex::new(HashMap::new()),
        })))
    }
}

/// The maximum size of a response body. Far more than any known response, and little enough for
/// ten thousand tasks.
const BODY_CAP: usize = 4 * 1024 * 1024;

/// The time after which an idle connection is closed.
///
/// A create that is sent while the server closes the idle connection has an unknown outcome, so
/// this side closes first. Load balancers and proxies wait for 50 s (`HAProxy`'s example), 60 s
/// (AWS) or 75 s (`nginx`), `reqwest` for 90 s. The cost is a handshake after a long pause.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(30);

fn own_client(
    roots: &[CertificateDer<'static>],
    base: &BaseUrl,
    connect_timeout: Duration,
    adjust: Vec<Adjust>,
) -> Result<reqwest::Client, Error> {
    let tls = tls::config_or_none(roots, base.as_str().starts_with("https"))?;
    let builder = reqwest::Client::builder()
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT);
    adjust
        .into_iter()
        .fold(builder, |builder, adjust| adjust(builder))
        .tls_backend_preconfigured(tls)
        // Only this crate's retry table decides about retries. Zero, so that no request is copied
        // for one.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| {
            ErrorInner::new(ErrorKind::Config, "the HTTP client cannot be built").with_source(error).into()
        })
}
