//! Configures, starts and stops the proxy.

use std::{
    collections::VecDeque,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{
    Uri,
    uri::{Authority, Scheme},
};
use hyper::{server::conn::http1, service::service_fn};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use toapis_contract::{Contract, Exchange};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

use super::{
    forward,
    report::{ProxiedExchange, ProxyStats},
};
use crate::har::Recording;

/// Default of [`ProxyBuilder::max_validated_body`], in bytes: larger than the largest upload.
const MAX_VALIDATED_BODY: usize = 32 << 20;

/// Delay after a failed accept.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// Called after every exchange.
type OnExchange = Box<dyn Fn(&ProxiedExchange) + Send + Sync>;

/// Configures a proxy.
pub struct ProxyBuilder {
    target: Target,
    contract: &'static Contract,
    listen: SocketAddr,
    limit: usize,
    recorded: usize,
    on_exchange: OnExchange,
}

/// The service behind the proxy.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    /// Prefix of every path, without a slash at its end.
    pub(super) prefix: String,
}

/// An invalid setting of a proxy, or an error when it starts.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ProxyError(String);

impl fmt::Debug for ProxyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyBuilder")
            .field("target", &self.target)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

impl ProxyBuilder {
    /// Creates a builder for a proxy to `target`, as `https://toapis.com`.
    ///
    /// # Errors
    ///
    /// The target is not an `http` or `https` URL, or contains a user name or a password.
    pub fn new(target: &str) -> Result<Self, ProxyError> {
        let bad = |why: &str| ProxyError(format!("the target `{target}` {why}"));
        let parts = target
            .parse::<Uri>()
            .map_err(|error| bad(&format!("is not a URL: {error}")))?
            .into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(bad("must begin with http:// or https://"));
        };
        if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
            return Err(bad("must begin with http:// or https://"));
        }
        if authority.as_str().contains('@') {
            return Err(ProxyError(
                "the target must not contain a user name or a password".to_owned(),
            ));
        }
        let prefix = parts.path_and_query.map_or_else(String::new, |path| {
            path.path().trim_end_matches('/').to_owned()
        });
        Ok(Self {
            target: Target {
                scheme,
                authority,
                prefix,
            },
            contract: Contract::embedded(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            limit: MAX_VALIDATED_BODY,
            recorded: 0,
            on_exchange: Box::new(|_| {}),
        })
    }

    /// Sets the contract; default: the one of this release.
    #[must_use]
    pub fn contract(mut self, contract: &'static Contract) -> Self {
        self.contract = contract;
        self
    }

    /// Sets the address to listen on; default: a free port of 127.0.0.1.
    ///
    /// Every client that can connect to it can send requests to the target.
    #[must_use]
    pub fn bind(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Sets the largest body that is validated, in bytes; default: 32 MiB. Larger bodies are
    /// forwarded without validation.
    #[must_use]
    pub fn max_validated_body(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Sets the number of exchanges that [`Proxy::recording`] returns, the last ones; default: 0.
    #[must_use]
    pub fn record_last(mut self, exchanges: usize) -> Self {
        self.recorded = exchanges;
        self
    }

    /// Sets a function that is called after every exchange. It delays the traffic, so it must not
    /// block.
    #[must_use]
    pub fn on_exchange(mut self, act: impl Fn(&ProxiedExchange) + Send + Sync + 'static) -> Self {
        self.on_exchange = Box::new(act);
        self
    }

    /// Starts the proxy, which runs until the handle is dropped.
    ///
    /// # Errors
    ///
    /// The address is not available, or the platform's root certificates cannot be read.
    pub async fn start(self) -> Result<Proxy, ProxyError> {
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(|error| ProxyError(format!("cannot listen on {}: {error}", self.listen)))?;
        let address = listener
            .local_addr()
            .map_err(|error| ProxyError(error.to_string()))?;
        let tls = crate::tls::tls_config()
            .map_err(|error| ProxyError(format!("cannot set up TLS: {error}")))?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        let state = Arc::new(State {
            client: Client::builder(TokioExecutor::new()).build(connector),
            target: self.target,
            contract: self.contract,
            limit: self.limit,
            recorded: self.recorded,
            on_exchange: self.on_exchange,
            kept: Mutex::default(),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state))).abort_handle();
        Ok(Proxy {
            address,
            state,
            accepting,
        })
    }
}

/// A running proxy; it stops when this handle is dropped.
#[must_use = "a proxy stops when its handle is dropped"]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    accepting: AbortHandle,
}

impl Proxy {
    /// Returns the base URL for the client, as `http://127.0.0.1:41234`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the address that the proxy listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the counts so far.
    #[must_use]
    pub fn stats(&self) -> ProxyStats {
        self.state.kept().stats.clone()
    }

    /// Returns the last exchanges, with credentials redacted; see [`ProxyBuilder::record_last`].
    #[must_use]
    pub fn recording(&self) -> Recording {
        let mut recording = Recording::new();
        for exchange in &self.state.kept().exchanges {
            recording.push(exchange.clone());
        }
        recording
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("address", &self.address)
            .field("target", &self.state.target)
            .finish_non_exhaustive()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The task owns its connections, which end with it.
        self.accepting.abort();
    }
}

/// The client of the service: it changes no path and follows no redirect.
pub(super) type Upstream = Client<
    hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>,
    forward::RequestBody,
>;

/// The state that all connections share.
pub(super) struct State {
    pub(super) client: Upstream,
    pub(super) target: Target,
    pub(super) contract: &'static Contract,
    pub(super) limit: usize,
    recorded: usize,
    on_exchange: OnExchange,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    stats: ProxyStats,
    exchanges: VecDeque<Exchange>,
}

impl State {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // A panic cannot leave the counts inconsistent.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts and keeps an exchange, and passes it to the callback.
    pub(super) fn publish(&self, exchange: &ProxiedExchange) {
        {
            let mut kept = self.kept();
            kept.stats.count(exchange);
            if self.recorded > 0 {
                if kept.exchanges.len() == self.recorded {
                    kept.exchanges.pop_front();
                }
                kept.exchanges.push_back(exchange.exchange.clone());
            }
        }
        (self.on_exchange)(exchange);
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&state)));
                }
                // Out of descriptors, or the peer has closed the connection already.
                Err(_) => tokio::time::sleep(ACCEPT_BACKOFF).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    // Sends small responses at once instead of waiting for an acknowledgement. Only a hint.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| forward::forward(Arc::clone(&state), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // An error ends this connection only.
    drop(served);
}
