//! The proxy forwards bytes unchanged, reports violations, and keeps no credential.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use flate2::{Compression, write::GzEncoder};
use toapis_conformance::proxy::{ProxiedExchange, Proxy, ProxyBuilder};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const KEY: &str = "sk-0123456789abcdef0123456789abcdef";
const TASK: &str = r#"{"id":"img_1","object":"generation.task","status":"queued"}"#;

/// Starts a service that reads one request, writes `response`, and returns the request.
async fn service(response: Vec<u8>) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        stream.write_all(&response).await.unwrap();
        request
    });
    (url, served)
}

/// Reads a head, and a body by its `content-length`.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.unwrap();
        read.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        assert!(count > 0, "the request ended early: {text}");
    }
}

/// Sends bytes to the proxy, and reads until it closes the connection.
async fn send(proxy: &Proxy, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    response
}

fn request(method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\nauthorization: Bearer {KEY}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

const JSON: &str = "content-type: application/json\r\n";

/// Starts a proxy to `target`; also returns the exchanges that it reports.
async fn proxy(target: &str, limit: usize) -> (Proxy, Arc<Mutex<Vec<ProxiedExchange>>>) {
    let published = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&published);
    let proxy = ProxyBuilder::new(target)
        .unwrap()
        .max_validated_body(limit)
        .record_last(10)
        .on_exchange(move |exchange: &ProxiedExchange| keep.lock().unwrap().push(exchange.clone()))
        .start()
        .await
        .unwrap();
    (proxy, published)
}

/// Returns the only exchange.
fn only(published: &Mutex<Vec<ProxiedExchange>>) -> ProxiedExchange {
    let published = published.lock().unwrap();
    assert_eq!(published.len(), 1);
    published[0].clone()
}

#[tokio::test]
async fn proxy_forwards_bytes_unchanged() {
    let (url, served) = service(response(
        "200 OK",
        "x-odd: a, b\r\ncontent-type: application/json\r\n",
        TASK.as_bytes(),
    ))
    .await;
    let (proxy, published) = proxy(&url, 1 << 20).await;
    let body = r#"{"model":"nano-banana",  "prompt":"A cat \u732b"}"#;
    let path = "/v1/images/generations/%2e%2E/../a%20b?x=%zz&y=";
    let received = send(&proxy, &request("POST", path, body)).await;
    let received = String::from_utf8(received).unwrap();
    assert!(received.starts_with("HTTP/1.1 200 OK\r\n"), "{received}");
    assert!(
        received.contains("x-odd: a, b\r\n") && received.ends_with(TASK),
        "{received}"
    );
    let sent = served.await.unwrap();
    assert!(
        sent.starts_with(&format!("POST {path} HTTP/1.1\r\n")),
        "{sent}"
    );
    assert!(
        sent.ends_with(body) && sent.contains(&format!("authorization: Bearer {KEY}\r\n")),
        "{sent}"
    );
    assert!(
        !sent.contains("connection: close") && !sent.contains("example.com"),
        "{sent}"
    );
    assert_eq!(
        only(&published).report.request.violations()[0].keyword(),
        "path"
    );
}

#[tokio::test]
async fn both_messages_are_validated_and_no_key_is_kept() {
    let task = format!(
        r#"{{"id":"img_1","object":"generation.task","status":"moderating","model":"{KEY}"}}"#
    );
    let (url, served) = service(response("200 OK", JSON, task.as_bytes())).await;
    let (proxy, published) = proxy(&url, 1 << 20).await;
    let body = format!(r#"{{"model":"nano-banana","prompt":"{KEY}","size":"7:7"}}"#);
    let received = send(&proxy, &request("POST", "/v1/images/generations", &body)).await;
    assert!(received.ends_with(task.as_bytes()));
    served.await.unwrap();
    let exchange = only(&published);
    let shown = exchange.to_string();
    assert!(
        shown.starts_with("BAD  POST /v1/images/generations 200 "),
        "{shown}"
    );
    assert!(
        shown.contains("request body /size: must be one of 1:1"),
        "{shown}"
    );
    assert!(
        shown.contains("response body /status: must be one of pending")
            && shown.contains("openapi.yaml:"),
        "{shown}"
    );
    assert_eq!(exchange.violations().count(), 2);
    let stats = proxy.stats();
    assert!(!stats.is_ok());
    assert_eq!(
        (
            stats.operations["createImage"].invalid_requests,
            stats.operations["createImage"].invalid_responses
        ),
        (1, 1)
    );
    let har = proxy.recording().to_har();
    let kept = format!("{exchange:?} {shown} {har} {proxy:?}");
    assert!(!kept.contains("0123456789abcdef"), "{kept}");
    assert!(
        har.contains("Bearer ***") && har.contains("sk-***"),
        "{har}"
    );
}

#[tokio::test]
async fn service_without_a_response_is_502_with_the_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (proxy, published) = proxy(&url, 1 << 20).await;
    let received =
        String::from_utf8(send(&proxy, &request("GET", "/v1/balance", "")).await).unwrap();
    assert!(
        received.starts_with("HTTP/1.1 502 ")
            && received.contains("x-toapis-proxy-error: no-response"),
        "{received}"
    );
    let exchange = only(&published);
    assert_eq!(exchange.report.request.operation(), Some("getKeyBalance"));
    assert!(
        exchange
            .note
            .unwrap()
            .starts_with("the service did not respond: ")
    );
}

#[tokio::test]
async fn truncated_response_is_truncated_for_the_client() {
    let mut half = response("200 OK", JSON, TASK.as_bytes());
    half.truncate(half.len() - 10);
    let (url, _served) = service(half.clone()).await;
    let (proxy, published) = proxy(&url, 1 << 20).await;
    let received = send(&proxy, &request("GET", "/v1/images/generations/img_1", "")).await;
    assert!(
        received.ends_with(&half[half.len() - 20..]),
        "{}",
        String::from_utf8_lossy(&received)
    );
    let note = only(&published).note.unwrap();
    assert!(note.starts_with("the response ended early"), "{note}");
}

#[tokio::test]
async fn compressed_response_is_forwarded_compressed_and_validated_decoded() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(TASK.replace("queued", "moderating").as_bytes())
        .unwrap();
    let compressed = encoder.finish().unwrap();
    let headers = format!("{JSON}content-encoding: gzip\r\n");
    let (url, _served) = service(response("200 OK", &headers, &compressed)).await;
    let (proxy, published) = proxy(&url, 1 << 20).await;
    let received = send(&proxy, &request("GET", "/v1/images/generations/img_1", "")).await;
    assert!(received.ends_with(&compressed));
    let exchange = only(&published);
    assert_eq!(
        exchange.report.response.violations()[0].location().at,
        "/status"
    );
}

#[tokio::test]
async fn body_above_the_limit_is_forwarded_completely() {
    let large = format!(r#"{{"data":[],"padding":"{}"}}"#, "x".repeat(100_000));
    let (url, _served) = service(response("200 OK", JSON, large.as_bytes())).await;
    let (proxy, published) = proxy(&url, 1000).await;
    let received = send(&proxy, &request("GET", "/v1/models", "")).await;
    assert!(received.ends_with(large.as_bytes()));
    let exchange = only(&published);
    assert!(exchange.report.is_ok());
    assert_eq!(
        exchange.note.as_deref(),
        Some("the response is too large to be validated")
    );
}

#[tokio::test]
async fn proxy_stops_when_its_handle_is_dropped() {
    let (proxy, _) = proxy("http://127.0.0.1:9", 1000).await;
    let address = proxy.address();
    drop(proxy);
    // The port closes when the runtime has dropped the task.
    tokio::task::yield_now().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn invalid_target_or_address_is_an_error() {
    let error = |target| ProxyBuilder::new(target).unwrap_err().to_string();
    assert!(error("toapis.com").contains("must begin with http:// or https://"));
    assert!(error("ftp://toapis.com").contains("must begin with http:// or https://"));
    assert!(!error("http://me:secret@toapis.com").contains("secret"));
    assert!(error("http://a b").contains("is not a URL"));
    let taken = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let holder = TcpListener::bind(taken).await;
    let error = ProxyBuilder::new("http://127.0.0.1:9")
        .unwrap()
        .bind(taken)
        .start()
        .await;
    assert_eq!(error.is_err(), holder.is_ok());
}
