//! HTTP connections: the layers below the SDK never send a create twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use toapis::{Client, ErrorKind, ImageRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::support::ServerExt as _;
use toapis_test_support::server::{Reply, ScriptedServer, json_response, response};

/// How the server breaks a connection when it has received the head of a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    /// Stops reading and closes it.
    Close,
    /// Resets it.
    Reset,
    /// Closes it right after the previous response, before the create arrives.
    Before,
}

/// Starts a server that responds to requests that are not creates and breaks the connection at each
/// create.
async fn breaking(how: Break) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let creates = Arc::new(AtomicUsize::new(0));
    let counter = creates.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let counter = counter.clone();
            tokio::spawn(async move { drop(serve(stream, how, &counter).await) });
        }
    });
    (url, creates)
}

async fn serve(mut stream: TcpStream, how: Break, creates: &AtomicUsize) -> std::io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        if head.starts_with(b"POST") {
            creates.fetch_add(1, Ordering::SeqCst);
            if how == Break::Reset {
                stream.set_zero_linger()?;
            }
            return Ok(());
        }
        let body = r#"{"success":true,"remain_balance":1.0}"#;
        let length = body.len();
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).await?;
        if how == Break::Before {
            return Ok(());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn create_on_a_broken_reused_connection_is_sent_once() {
    for how in [Break::Close, Break::Reset, Break::Before] {
        // Create and close race, so the test runs more than once.
        for _ in 0..20 {
            let (url, creates) = breaking(how).await;
            let client = Client::builder()
                .api_key("sk-1")
                .base_url(url)
                .reconcile_timeout(Duration::from_secs(1))
                .build()
                .unwrap();
            client.balance().await.unwrap();
            let error = client.images().submit("a cat").await.unwrap_err();
            assert!(error.outcome().unwrap().is_unknown(), "{how:?}: {error}");
            assert!(
                creates.load(Ordering::SeqCst) <= 1,
                "{how:?}: sent {} times",
                creates.load(Ordering::SeqCst)
            );
        }
    }
}

/// Starts a server that closes a connection after 50 idle seconds, as the next request arrives.
/// Counts connections.
async fn closing_when_idle() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let serve = async move {
                let mut used = Instant::now();
                // Requests here are small enough to arrive in one read.
                while stream.read(&mut [0; 4096]).await? > 0 && used.elapsed().as_secs() < 50 {
                    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 29\r\n\r\n{\"id\":\"t\",\"status\":\"pending\"}";
                    stream.write_all(answer.as_bytes()).await?;
                    used = Instant::now();
                }
                Ok(())
            };
            tokio::spawn(async move {
                let ended: std::io::Result<()> = serve.await;
                drop(ended);
            });
        }
    });
    (url, connections)
}

#[tokio::test(start_paused = true)]
async fn connections_are_reused_only_while_fresh() {
    let (url, connections) = closing_when_idle().await;
    let client = Client::builder().api_key("sk-1").base_url(url);
    let client = client.build().unwrap();
    for (pause, expected) in [(0, 1), (20, 1), (50, 2), (29, 2), (35, 3)] {
        tokio::time::sleep(Duration::from_secs(pause)).await;
        let task = client.images().submit("a cat").await.unwrap();
        assert!(!task.was_recovered(), "after {pause} s");
        let connections = connections.load(Ordering::SeqCst);
        assert_eq!(connections, expected, "after {pause} s");
    }
}

/// Encodes an HTTP/2 frame: type, flags, stream and payload.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

/// Starts an HTTP/2 server that responds to every request with the frames that `frames` returns for
/// its stream. Counts requests.
async fn refusing(
    refuse: impl Fn(u32) -> Vec<u8> + Send + Sync + Copy + 'static,
) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = requests.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counter = counter.clone();
            let serve = async move {
                let mut preface = [0; 24];
                stream.read_exact(&mut preface).await?;
                stream.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
                loop {
                    let mut head = [0; 9];
                    stream.read_exact(&mut head).await?;
                    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                    let mut payload = vec![0; usize::try_from(length).unwrap()];
                    stream.read_exact(&mut payload).await?;
                    if head[3] == HEADERS {
                        counter.fetch_add(1, Ordering::SeqCst);
                        let on = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
                        stream.write_all(&refuse(on)).await?;
                    }
                }
            };
            tokio::spawn(async move {
                let ended: std::io::Result<()> = serve.await;
                drop(ended);
            });
        }
    });
    (url, requests)
}

#[tokio::test(start_paused = true)]
async fn http2_refused_stream_is_not_resent_by_the_client() {
    let refused_stream = |on: u32| frame(RST_STREAM, 0, on, &7_u32.to_be_bytes());
    let internal_error = |on: u32| frame(RST_STREAM, 0, on, &2_u32.to_be_bytes());
    // GOAWAY: no error, and no stream after stream 0 was processed.
    let going_away = |_: u32| frame(GOAWAY, 0, 0, &[0; 8]);
    let hosts = [
        refusing(refused_stream).await,
        refusing(internal_error).await,
        refusing(going_away).await,
    ];
    for (number, (url, requests)) in hosts.into_iter().enumerate() {
        let client = Client::builder()
            .api_key("sk-1")
            .base_url(url)
            .reconcile_timeout(Duration::ZERO)
            .configure_http(toapis::reqwest::ClientBuilder::http2_prior_knowledge)
            .build()
            .unwrap();
        let error = client.images().submit("a cat").await.unwrap_err();
        assert!(error.outcome().unwrap().is_unknown(), "{number}: {error}");
        // One create and one lookup.
        assert_eq!(requests.load(Ordering::SeqCst), 2, "{number}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn redirect_carries_neither_create_nor_api_key() {
    let elsewhere = ScriptedServer::start(|_, _| json_response(200, json!({"id": "task_9"}))).await;
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}/v1/images/generations", elsewhere.url);
        let server = ScriptedServer::start(move |_, request| {
            if request.is_create() {
                response(status, &[("location", &target)], "")
            } else {
                json_response(404, json!({"error": {"code": 404, "message": "no"}}))
            }
        })
        .await;
        let error = server.client().images().submit("a cat").await.unwrap_err();
        assert!(error.outcome().unwrap().is_unknown(), "{status}: {error}");
        assert_eq!(
            (error.status().unwrap().as_u16(), server.create_count()),
            (status, 1),
            "{error}"
        );
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn endless_response_is_read_up_to_a_limit() {
    const CAP: usize = 4 * 1024 * 1024;
    for (status, kind, unknown) in [
        (200, ErrorKind::Decode, true),
        (500, ErrorKind::Server, true),
        (402, ErrorKind::InsufficientQuota, false),
    ] {
        let server = ScriptedServer::start(move |_, request| {
            if !request.is_create() {
                return json_response(404, json!({"error": {"code": 404, "message": "no"}}));
            }
            let pause = Duration::from_millis(1);
            let chunk = vec![b' '; 64 * 1024];
            Reply::Endless {
                status,
                chunk,
                pause,
            }
        })
        .await;
        let error = server.client().images().submit("a cat").await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status().unwrap().as_u16()),
            (kind, status)
        );
        assert_eq!(error.outcome().unwrap().is_unknown(), unknown, "{error}");
        assert_eq!(error.body().unwrap().len(), 64 * 1024, "what is kept of it");
        assert!(
            (CAP..2 * CAP).contains(&server.streamed_bytes()),
            "{} bytes were taken",
            server.streamed_bytes()
        );
        assert_eq!(server.create_count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn slow_response_leaves_time_for_reconciliation() {
    for status in [200, 402, 500] {
        let server = ScriptedServer::start(move |_, request| {
            if request.is_create() {
                let pause = Duration::from_secs(2);
                let chunk = b" ".to_vec();
                return Reply::Endless {
                    status,
                    chunk,
                    pause,
                };
            }
            json_response(200, json!({"id": "task_1", "status": "queued"}))
        })
        .await;
        let start = Instant::now();
        let submit = server
            .client()
            .images()
            .submit("a cat")
            .timeout(Duration::from_secs(20));
        match submit.await {
            Ok(task) => assert!(task.was_recovered() && status != 402),
            Err(error) => assert!(
                status == 402 && error.kind() == ErrorKind::InsufficientQuota,
                "{status}: {error}"
            ),
        }
        assert!(
            start.elapsed() <= Duration::from_secs(20),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(server.create_count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn numeric_id_is_accepted() {
    let server =
        ScriptedServer::start(|_, _| json_response(200, json!({"id": 71, "status": "queued"})))
            .await;
    let request = ImageRequest::new("a cat");
    let task = server.client().images().submit(request).await.unwrap();
    assert_eq!(task.id().as_str(), "71");
    assert_eq!(server.requests().len(), 1);
}
