//! Proxies of the environment: used or bypassed as configured, and never sent the key.
//!
//! The environment is read when a client is built, and a test cannot change its own environment.
//! Each test therefore runs this test program again, with another environment.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use toapis::{Client, ClientBuilder, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use crate::origin::{Authority, Origin, service};

const KEY: &str = "sk-never-shown-to-a-proxy";
/// Set in the child process: the path of the CA certificate.
const CA: &str = "TOAPIS_TEST_CA";

/// A CONNECT proxy that records its requests.
struct Proxy {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let log = Arc::clone(&log);
                tokio::spawn(async move { tunnel(stream, &log).await });
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn tunnel(mut stream: TcpStream, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(head);
    let mut origin = TcpStream::connect(target).await?;
    stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
    copy_bidirectional(&mut stream, &mut origin).await?;
    Ok(())
}

#[tokio::test]
async fn no_proxy_is_used_without_environment() {
    if let Ok(ca) = std::env::var(CA) {
        return act(&ca).await;
    }
    let (_, proxy) = run(|_, _| {}).await;
    assert_eq!(proxy.asked(), Vec::<String>::new());
}

/// Runs in the child process.
async fn act(ca: &str) {
    let client = ClientBuilder::from_env()
        .add_root_certificate_file(ca)
        .build()
        .unwrap();
    let done = client.images().generate("A cat").await.unwrap();
    done.images()[0].bytes().await.unwrap();
}

/// Runs this test program with `environment` against a server with TLS. Returns the server and the
/// proxy.
async fn run(environment: impl Fn(&mut Command, &Proxy)) -> (Origin, Proxy) {
    let authority = Authority::new();
    let dir = tempfile::tempdir().unwrap();
    let ca = dir.path().join("ca.pem");
    std::fs::write(&ca, authority.pem()).unwrap();
    let certificate = authority.issue("127.0.0.1", 2090);
    let files = Origin::tls(authority.issue("127.0.0.1", 2090), &[], |asked| {
        service(asked, "")
    })
    .await;
    let url = files.url.clone();
    let origin = Origin::tls(certificate, &["h2", "http/1.1"], move |asked| {
        service(asked, &url)
    })
    .await;
    let proxy = Proxy::start().await;
    let mut program = Command::new(std::env::current_exe().unwrap());
    program
        .args(["--exact", "proxy::no_proxy_is_used_without_environment"])
        .env("TOAPIS_API_KEY", KEY)
        .env("TOAPIS_BASE_URL", &origin.url)
        .env(CA, &ca)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
        program.env_remove(name).env_remove(name.to_lowercase());
    }
    environment(&mut program, &proxy);
    let output = program.output().await.unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert_eq!(
        (origin.seen().len(), files.seen().len()),
        (1, 1),
        "it saved an image"
    );
    (origin, proxy)
}

#[tokio::test]
async fn environment_proxy_is_used_and_never_sees_the_key() {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let (origin, proxy) = run(|program, proxy| {
            program.env(name, format!("http://{}", proxy.address));
        })
        .await;
        let host = origin.url.trim_start_matches("https://");
        let asked = proxy.asked();
        assert!(
            asked[0].starts_with(&format!("CONNECT {host} HTTP/1.1\r\n")),
            "{name}: {asked:?}"
        );
        assert_eq!(
            asked.len(),
            2,
            "the API's host and that of the files: {asked:?}"
        );
        for head in asked {
            assert!(head.starts_with("CONNECT "), "{head}");
            assert!(
                !head.contains(KEY) && !head.to_lowercase().contains("\r\nauthorization"),
                "{head}"
            );
        }
    }
}

#[tokio::test]
async fn no_proxy_hosts_are_contacted_directly() {
    let (_, proxy) = run(|program, proxy| {
        program
            .env("HTTPS_PROXY", format!("http://{}", proxy.address))
            .env("NO_PROXY", "elsewhere.test,127.0.0.1");
    })
    .await;
    assert_eq!(proxy.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn proxy_password_reaches_only_the_proxy() {
    let (origin, proxy) = run(|program, proxy| {
        program.env("HTTPS_PROXY", format!("http://user:word@{}", proxy.address));
    })
    .await;
    for head in proxy.asked() {
        assert!(head.contains("Basic dXNlcjp3b3Jk"), "{head}");
    }
    for seen in origin.seen() {
        assert!(!seen.headers().contains_key("proxy-authorization"));
    }
}

#[tokio::test]
async fn rejecting_proxy_means_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = reqwest::Proxy::all(format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream
                .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
                .await;
        }
    });
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(empty_root_store())
        .proxy(proxy)
        .build()
        .unwrap();
    let client = Client::builder()
        .api_key(KEY)
        .base_url("https://toapis.test")
        .http_client(http)
        .retry_policy(toapis::RetryPolicy::default().max_attempts(1))
        .build()
        .unwrap();
    let error = client.images().submit("A cat").await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Connect && error.outcome().unwrap().is_rejected(),
        "{error}"
    );
    assert!(!format!("{error:?}").contains(KEY));
}

pub(crate) fn empty_root_store() -> rustls::ClientConfig {
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}
