//! A local HTTP or HTTPS server that records its requests, and certificates for it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::server::TlsStream;

/// The smallest PNG.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

/// A request as the server received it.
pub(crate) type Seen = axum::http::Request<Bytes>;

type Answer = Arc<dyn Fn(&Seen) -> Response + Send + Sync>;

/// A running server.
pub(crate) struct Origin {
    /// The base URL, for example `https://127.0.0.1:1234`.
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Origin {
    /// Starts a server without TLS.
    pub(crate) async fn plain(answer: impl Fn(&Seen) -> Response + Send + Sync + 'static) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::serve("http", tcp, answer)
    }

    /// Starts a server with this certificate, which offers these ALPN protocols.
    pub(crate) async fn tls(
        certificate: Certificate,
        protocols: &[&str],
        answer: impl Fn(&Seen) -> Response + Send + Sync + 'static,
    ) -> Self {
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.chain.der().clone()], certificate.key())
            .unwrap();
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::serve("https", Tls { tcp, acceptor }, answer)
    }

    fn serve<L: Listener<Addr = SocketAddr>>(
        scheme: &str,
        listener: L,
        answer: impl Fn(&Seen) -> Response + Send + Sync + 'static,
    ) -> Self {
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let seen = Arc::default();
        let answer: Answer = Arc::new(answer);
        let router = Router::new()
            .fallback(record)
            .with_state((answer, Arc::clone(&seen)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }

    /// Returns the requests received so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn record(
    State((answer, seen)): State<(Answer, Arc<Mutex<Vec<Seen>>>)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return ().into_response();
    };
    let request = Seen::from_parts(parts, body);
    seen.lock().unwrap().push(request.clone());
    answer(&request)
}

/// Responds like the service: a create is completed at once, with an image below the URL `files`.
pub(crate) fn service(asked: &Seen, files: &str) -> Response {
    let task = format!(
        r#"{{"id":"task_1","status":"completed","progress":100,"result":{{"type":"image","data":[{{"url":"{files}/a.png"}}]}}}}"#
    );
    match asked.uri().path() {
        "/a.png" => PNG.into_response(),
        _ => ([("content-type", "application/json")], task).into_response(),
    }
}

/// Accepts TLS connections and ignores failed handshakes.
struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.tcp).await;
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

/// A certificate authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A server certificate and its key.
pub(crate) struct Certificate {
    chain: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    /// Issues a certificate for a host, valid until the end of `year`.
    pub(crate) fn issue(&self, host: &str, until: i32) -> Certificate {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 12, 31);
        let key = KeyPair::generate().unwrap();
        let chain = params.signed_by(&key, &self.0).unwrap();
        Certificate { chain, key }
    }
}

impl Certificate {
    fn key(&self) -> tokio_rustls::rustls::pki_types::PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }
}
