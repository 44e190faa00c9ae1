//! How the proxy is set up, started and stopped.

use std::{
    collections::VecDeque,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
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
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

use super::{
    judged::{Judged, Tally},
    relay,
};
use crate::{contract::Contract, exchange::Exchange, har::Recording};

/// The largest body of which a copy is judged, unless told otherwise: larger than the largest upload.
const LIMIT: usize = 32 << 20;

/// Called for every exchange that has ended.
type OnExchange = Box<dyn Fn(&Judged) + Send + Sync>;

/// A proxy that is not started yet.
pub struct Proxy {
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
    /// What stands before every path; without a slash at its end.
    pub(super) prefix: String,
}

/// Why a proxy cannot be made or started.
#[derive(Debug)]
pub struct ProxyError(String);

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ProxyError {}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("target", &self.target)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

impl Proxy {
    /// A proxy to the service at `target`, as `https://toapis.com`.
    ///
    /// # Errors
    ///
    /// A target that is no `http` or `https` URL.
    pub fn to(target: &str) -> Result<Self, ProxyError> {
        let bad = |why: &str| ProxyError(format!("the target `{target}` {why}"));
        let parts = target
            .parse::<Uri>()
            .map_err(|error| bad(&format!("is no URL: {error}")))?
            .into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(bad("must begin with http:// or https://"));
        };
        if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
            return Err(bad("must begin with http:// or https://"));
        }
        if authority.as_str().contains('@') {
            return Err(ProxyError(
                "the target must carry no user name and no password".to_owned(),
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
            limit: LIMIT,
            recorded: 0,
            on_exchange: Box::new(|_| {}),
        })
    }

    /// Judges by another contract than that of this release.
    #[must_use]
    pub fn contract(mut self, contract: &'static Contract) -> Self {
        self.contract = contract;
        self
    }

    /// Where it listens; a free port of 127.0.0.1 unless set. Whoever reaches it reaches the target.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// The largest body, in bytes, of which a copy is kept and judged; 32 MiB unless set. Larger ones pass all the same.
    #[must_use]
    pub fn judge_up_to(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Keeps the last so many exchanges, keys masked, for [`RunningProxy::recording`]; none unless set.
    #[must_use]
    pub fn record(mut self, exchanges: usize) -> Self {
        self.recorded = exchanges;
        self
    }

    /// Calls `act` for every exchange once its answer has ended. It is called on the way of the traffic, so it must not wait.
    #[must_use]
    pub fn on_exchange(mut self, act: impl Fn(&Judged) + Send + Sync + 'static) -> Self {
        self.on_exchange = Box::new(act);
        self
    }

    /// Opens the port. The proxy runs until the handle is dropped.
    ///
    /// # Errors
    ///
    /// An address that cannot be listened on, and a TLS library without its roots.
    pub async fn start(self) -> Result<RunningProxy, ProxyError> {
        let listener = TcpListener::bind(self.listen).await.map_err(|error| {
            ProxyError(format!("{} cannot be listened on: {error}", self.listen))
        })?;
        let address = listener
            .local_addr()
            .map_err(|error| ProxyError(error.to_string()))?;
        let tls = crate::client::tls()
            .map_err(|error| ProxyError(format!("no TLS can be set up: {error}")))?;
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
        Ok(RunningProxy {
            address,
            state,
            accepting,
        })
    }
}

/// A proxy under way; it stops when this is dropped.
#[must_use = "a proxy stops when its handle is dropped"]
pub struct RunningProxy {
    address: SocketAddr,
    state: Arc<State>,
    accepting: AbortHandle,
}

impl RunningProxy {
    /// The address to point a client at, as `http://127.0.0.1:41234`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The counts so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.state.kept().tally.clone()
    }

    /// The exchanges that were kept, as [`Proxy::record`] allows; without keys.
    #[must_use]
    pub fn recording(&self) -> Recording {
        let mut recording = Recording::new();
        for exchange in &self.state.kept().exchanges {
            recording.push(exchange.clone());
        }
        recording
    }
}

impl fmt::Debug for RunningProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningProxy")
            .field("address", &self.address)
            .field("target", &self.state.target)
            .finish_non_exhaustive()
    }
}

impl Drop for RunningProxy {
    fn drop(&mut self) {
        // The connections belong to the task that accepts them, and end with it.
        self.accepting.abort();
    }
}

/// The client towards the service: it changes nothing, follows nothing, and keeps a path as it is.
pub(super) type Upstream = Client<
    hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>,
    relay::RequestBody,
>;

/// What all connections share.
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
    tally: Tally,
    exchanges: VecDeque<Exchange>,
}

impl State {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // Nothing in here panics while it holds the lock.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts, keeps and tells an exchange.
    pub(super) fn tell(&self, judged: &Judged) {
        {
            let mut kept = self.kept();
            kept.tally.count(judged);
            if self.recorded > 0 {
                if kept.exchanges.len() == self.recorded {
                    kept.exchanges.pop_front();
                }
                kept.exchanges.push_back(judged.exchange.clone());
            }
        }
        (self.on_exchange)(judged);
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
                // Out of descriptors, or the peer left already: the next one may do better, but not at once.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    // Small answers go out at once; without it each would wait for an acknowledgement. It is only a hint.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| relay::relay(Arc::clone(&state), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // A client that goes away, or an answer that broke off on its way, ends its own connection and nothing else.
    drop(served);
}
