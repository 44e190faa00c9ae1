//! TLS over a real handshake on loopback: a good chain is trusted, everything else is a clear error that was never sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use toapis::{Client, ErrorKind, SubmissionOutcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What a server saw of its clients.
#[derive(Debug, Default)]
struct Saw {
    /// The protocols that were offered.
    offered: Vec<Vec<u8>>,
    /// What was sent after the handshake.
    sent: Vec<u8>,
}

#[derive(Debug)]
struct Resolver {
    key: Arc<CertifiedKey>,
    saw: Arc<Mutex<Saw>>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.saw.lock().unwrap().offered = hello
            .alpn()
            .into_iter()
            .flatten()
            .map(<[u8]>::to_vec)
            .collect();
        Some(self.key.clone())
    }
}

/// A CA, and the PEM to trust it by.
fn authority(name: &str) -> (CertifiedIssuer<'static, KeyPair>, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let pem = issuer.pem();
    (issuer, pem)
}

/// A server with a certificate of that CA for that name, until that year. Answers every request with a task.
async fn server(
    issuer: &CertifiedIssuer<'static, KeyPair>,
    name: &str,
    until: i32,
) -> (String, Arc<Mutex<Saw>>) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let private = provider.key_provider.load_private_key(private).unwrap();
    let saw = Arc::new(Mutex::new(Saw::default()));
    let resolver = Resolver {
        key: Arc::new(CertifiedKey::new(vec![certificate.der().clone()], private)),
        saw: saw.clone(),
    };
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://127.0.0.1:{}",
        listener.local_addr().unwrap().port()
    );
    let seen = saw.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                seen.lock().unwrap().sent.extend_from_slice(&buffer[..read]);
                let body = r#"{"id":"task_1","status":"pending"}"#;
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    (url, saw)
}

fn client(url: &str, trusted: &str) -> Client {
    Client::builder()
        .api_key("sk-1")
        .base_url(url)
        .add_root_certificate(trusted)
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_chain_to_a_ca_that_was_added_is_trusted_and_http_2_is_offered() {
    let (issuer, pem) = authority("ours");
    let (url, saw) = server(&issuer, "127.0.0.1", 2099).await;
    let task = client(&url, &pem).images().submit("a cat").await.unwrap();
    assert_eq!(task.id().as_str(), "task_1");
    let saw = saw.lock().unwrap();
    assert_eq!(saw.offered, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    assert!(saw.sent.starts_with(b"POST /v1/images/generations"));
}

#[tokio::test(start_paused = true)]
async fn a_certificate_that_is_not_good_is_told_as_such_and_nothing_was_sent() {
    let (issuer, pem) = authority("ours");
    let (_, stranger) = authority("a stranger");
    for (name, until, trusted, says) in [
        ("wrong.example", 2099, &pem, "not valid for name"),
        ("127.0.0.1", 2020, &pem, "expired"),
        ("127.0.0.1", 2099, &stranger, "UnknownIssuer"),
    ] {
        let (url, saw) = server(&issuer, name, until).await;
        let start = tokio::time::Instant::now();
        let error = client(&url, trusted)
            .images()
            .submit("a cat")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
        assert_eq!(error.outcome(), Some(&SubmissionOutcome::Rejected));
        assert!(error.message().contains(says), "{says}: {error}");
        assert!(
            start.elapsed() < Duration::from_millis(100) && error.attempts() == 1,
            "the next handshake would fail as well"
        );
        assert!(saw.lock().unwrap().sent.is_empty());
    }
}

#[test]
fn a_root_certificate_that_is_none_is_told_when_the_client_is_built() {
    for bytes in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
    ] {
        let error = Client::builder()
            .api_key("sk-1")
            .add_root_certificate(bytes)
            .build()
            .unwrap_err();
        assert!(
            error.is_config() && error.message().contains("root certificate"),
            "{error}"
        );
    }
    let error = Client::builder()
        .api_key("sk-1")
        .add_root_certificate_file("/no/such.pem")
        .build()
        .unwrap_err();
    assert!(error.message().contains("/no/such.pem"), "{error}");
}
