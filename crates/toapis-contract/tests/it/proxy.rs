//! The proxy passes everything as it is, says what was wrong with it, and keeps no key.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use flate2::{Compression, write::GzEncoder};
use toapis_contract::proxy::{Judged, Proxy, RunningProxy};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const KEY: &str = "sk-0123456789abcdef0123456789abcdef";
const TASK: &str = r#"{"id":"img_1","object":"generation.task","status":"queued"}"#;

/// A service that reads one request and gives one answer, both to the byte; what it read comes back.
async fn service(answer: Vec<u8>) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        stream.write_all(&answer).await.unwrap();
        request
    });
    (url, served)
}

/// Reads a head and as much of a body as its `content-length` says.
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
        assert!(count > 0, "the request broke off: {text}");
    }
}

/// Sends bytes to the proxy, and reads until it closes the connection.
async fn send(proxy: &RunningProxy, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    answer
}

fn request(method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\nauthorization: Bearer {KEY}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

const JSON: &str = "content-type: application/json\r\n";

/// A proxy to `target`, and what it tells.
async fn proxy(target: &str, limit: usize) -> (RunningProxy, Arc<Mutex<Vec<Judged>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&told);
    let proxy = Proxy::to(target)
        .unwrap()
        .judge_up_to(limit)
        .record(10)
        .on_exchange(move |judged: &Judged| keep.lock().unwrap().push(judged.clone()))
        .start()
        .await
        .unwrap();
    (proxy, told)
}

/// The only exchange that was told, as a line a violation.
fn only(told: &Mutex<Vec<Judged>>) -> Judged {
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1);
    told[0].clone()
}

#[tokio::test]
async fn what_passes_is_not_changed() {
    let (url, served) = service(answer(
        "200 OK",
        "x-odd: a, b\r\ncontent-type: application/json\r\n",
        TASK.as_bytes(),
    ))
    .await;
    let (proxy, told) = proxy(&url, 1 << 20).await;
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
    assert_eq!(only(&told).verdict.request.violations()[0].rule(), "path");
}

#[tokio::test]
async fn both_sides_are_judged_and_no_key_is_kept() {
    let task = format!(
        r#"{{"id":"img_1","object":"generation.task","status":"moderating","model":"{KEY}"}}"#
    );
    let (url, served) = service(answer("200 OK", JSON, task.as_bytes())).await;
    let (proxy, told) = proxy(&url, 1 << 20).await;
    let body = format!(r#"{{"model":"nano-banana","prompt":"{KEY}","size":"7:7"}}"#);
    let received = send(&proxy, &request("POST", "/v1/images/generations", &body)).await;
    assert!(received.ends_with(task.as_bytes()));
    served.await.unwrap();
    let judged = only(&told);
    let shown = judged.to_string();
    assert!(
        shown.starts_with("BAD  POST /v1/images/generations 200 "),
        "{shown}"
    );
    assert!(
        shown.contains("request body /size: must be one of 1:1"),
        "{shown}"
    );
    assert!(
        shown.contains("answer body /status: must be one of pending")
            && shown.contains("openapi.yaml:"),
        "{shown}"
    );
    assert_eq!(judged.violations().count(), 2);
    let tally = proxy.tally();
    assert!(!tally.is_ok());
    assert_eq!(
        (
            tally.operations["createImage"].bad_requests,
            tally.operations["createImage"].bad_answers
        ),
        (1, 1)
    );
    let har = proxy.recording().to_har();
    let kept = format!("{judged:?} {shown} {har} {proxy:?}");
    assert!(!kept.contains("0123456789abcdef"), "{kept}");
    assert!(
        har.contains("Bearer ***") && har.contains("sk-***"),
        "{har}"
    );
}

#[tokio::test]
async fn a_service_that_gives_no_answer_shows_as_502_with_the_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (proxy, told) = proxy(&url, 1 << 20).await;
    let received =
        String::from_utf8(send(&proxy, &request("GET", "/v1/balance", "")).await).unwrap();
    assert!(
        received.starts_with("HTTP/1.1 502 ")
            && received.contains("x-toapis-proxy-error: no-answer"),
        "{received}"
    );
    let judged = only(&told);
    assert_eq!(judged.verdict.request.operation(), Some("getKeyBalance"));
    assert!(
        judged
            .note
            .unwrap()
            .starts_with("the service gave no answer: ")
    );
}

#[tokio::test]
async fn an_answer_that_breaks_off_breaks_off_for_the_client_too() {
    let mut half = answer("200 OK", JSON, TASK.as_bytes());
    half.truncate(half.len() - 10);
    let (url, _served) = service(half.clone()).await;
    let (proxy, told) = proxy(&url, 1 << 20).await;
    let received = send(&proxy, &request("GET", "/v1/images/generations/img_1", "")).await;
    assert!(
        received.ends_with(&half[half.len() - 20..]),
        "{}",
        String::from_utf8_lossy(&received)
    );
    let note = only(&told).note.unwrap();
    assert!(note.starts_with("the answer broke off"), "{note}");
}

#[tokio::test]
async fn a_compressed_answer_passes_compressed_and_is_judged_plain() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(TASK.replace("queued", "moderating").as_bytes())
        .unwrap();
    let compressed = encoder.finish().unwrap();
    let headers = format!("{JSON}content-encoding: gzip\r\n");
    let (url, _served) = service(answer("200 OK", &headers, &compressed)).await;
    let (proxy, told) = proxy(&url, 1 << 20).await;
    let received = send(&proxy, &request("GET", "/v1/images/generations/img_1", "")).await;
    assert!(received.ends_with(&compressed));
    let judged = only(&told);
    assert_eq!(
        judged.verdict.response.violations()[0].location().at,
        "/status"
    );
}

#[tokio::test]
async fn what_is_too_large_to_be_judged_passes_whole() {
    let large = format!(r#"{{"data":[],"padding":"{}"}}"#, "x".repeat(100_000));
    let (url, _served) = service(answer("200 OK", JSON, large.as_bytes())).await;
    let (proxy, told) = proxy(&url, 1000).await;
    let received = send(&proxy, &request("GET", "/v1/models", "")).await;
    assert!(received.ends_with(large.as_bytes()));
    let judged = only(&told);
    assert!(judged.verdict.is_ok());
    assert_eq!(
        judged.note.as_deref(),
        Some("the answer is too large to be judged")
    );
}

#[tokio::test]
async fn a_proxy_stops_when_its_handle_is_dropped() {
    let (proxy, _) = proxy("http://127.0.0.1:9", 1000).await;
    let address = proxy.address();
    drop(proxy);
    // The port closes with the task that held it, as soon as the runtime comes to it.
    tokio::task::yield_now().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_target_or_an_address_that_cannot_be_used_is_refused() {
    let refusal = |target| Proxy::to(target).unwrap_err().to_string();
    assert!(refusal("toapis.com").contains("must begin with http:// or https://"));
    assert!(refusal("ftp://toapis.com").contains("must begin with http:// or https://"));
    assert!(!refusal("http://me:secret@toapis.com").contains("secret"));
    assert!(refusal("http://a b").contains("is no URL"));
    let taken = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let holder = TcpListener::bind(taken).await;
    let error = Proxy::to("http://127.0.0.1:9")
        .unwrap()
        .listen(taken)
        .start()
        .await;
    assert_eq!(error.is_err(), holder.is_ok());
}
