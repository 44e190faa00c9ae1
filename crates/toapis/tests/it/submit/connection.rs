//! Below the SDK: neither a connection that breaks nor a protocol that refuses has a create sent twice by the layers underneath.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use toapis::{Client, ErrorKind, ImageRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::script::{Act, Script, answer, json as reply};

/// What a server does with a connection once the head of a create has come in on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    /// Reads no more of it and closes.
    Close,
    /// The same without the politeness of a last segment.
    Reset,
    /// Had closed already, right after the answer before, so that the create runs into it.
    Before,
}

/// A server that answers the first request of each connection well, unless it is a create, and breaks the connection over any create.
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
async fn a_create_on_a_connection_that_was_used_before_is_written_once_however_that_breaks() {
    for how in [Break::Close, Break::Reset, Break::Before] {
        // Whether the create or the end of the connection is first is a race, so it is run more than once.
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

/// A server that is just closing a connection when a request comes on it after 50 s without one. Counts connections.
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
                // All that is sent here comes in one piece.
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
async fn a_connection_is_used_again_but_not_when_the_other_side_may_be_about_to_close_it() {
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

/// The frames of HTTP/2 that are needed to refuse: their type, flags, stream and payload.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

/// A server of HTTP/2 that answers every request with these frames, made for its stream. Counts requests.
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
async fn what_http_2_says_may_be_sent_again_is_not_sent_again_by_itself() {
    let refused_stream = |on: u32| frame(RST_STREAM, 0, on, &7_u32.to_be_bytes());
    let internal_error = |on: u32| frame(RST_STREAM, 0, on, &2_u32.to_be_bytes());
    // "No error, and nothing after stream 0 was looked at."
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
        // The create, and the one look at what became of it.
        assert_eq!(requests.load(Ordering::SeqCst), 2, "{number}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_takes_neither_the_create_nor_the_key_to_another_host() {
    let elsewhere = Script::start(|_, _| reply(200, json!({"id": "task_9"}))).await;
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}/v1/images/generations", elsewhere.url);
        let script = Script::start(move |_, asked| {
            if asked.is_create() {
                answer(status, &[("location", &target)], "")
            } else {
                reply(404, json!({"error": {"code": 404, "message": "no"}}))
            }
        })
        .await;
        let error = script.client().images().submit("a cat").await.unwrap_err();
        assert!(error.outcome().unwrap().is_unknown(), "{status}: {error}");
        assert_eq!(
            (error.status().unwrap().as_u16(), script.creates()),
            (status, 1),
            "{error}"
        );
    }
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_end_is_read_up_to_a_cap_and_a_refusal_stays_one() {
    const CAP: usize = 4 * 1024 * 1024;
    for (status, kind, unknown) in [
        (200, ErrorKind::Decode, true),
        (500, ErrorKind::Server, true),
        (402, ErrorKind::InsufficientQuota, false),
    ] {
        let script = Script::start(move |_, asked| {
            if !asked.is_create() {
                return reply(404, json!({"error": {"code": 404, "message": "no"}}));
            }
            let pause = Duration::from_millis(1);
            let chunk = vec![b' '; 64 * 1024];
            Act::Flow {
                status,
                chunk,
                pause,
            }
        })
        .await;
        let error = script.client().images().submit("a cat").await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status().unwrap().as_u16()),
            (kind, status)
        );
        assert_eq!(error.outcome().unwrap().is_unknown(), unknown, "{error}");
        assert_eq!(error.body().unwrap().len(), 64 * 1024, "what is kept of it");
        assert!(
            (CAP..2 * CAP).contains(&script.flowed()),
            "{} bytes were taken",
            script.flowed()
        );
        assert_eq!(script.creates(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_drips_is_given_up_in_time_to_ask() {
    for status in [200, 402, 500] {
        let script = Script::start(move |_, asked| {
            if asked.is_create() {
                let pause = Duration::from_secs(2);
                let chunk = b" ".to_vec();
                return Act::Flow {
                    status,
                    chunk,
                    pause,
                };
            }
            reply(200, json!({"id": "task_1", "status": "queued"}))
        })
        .await;
        let start = Instant::now();
        let submit = script
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
        assert_eq!(script.creates(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_a_number_is_an_id() {
    let script = Script::start(|_, _| reply(200, json!({"id": 71, "status": "queued"}))).await;
    let request = ImageRequest::new("a cat");
    let task = script.client().images().submit(request).await.unwrap();
    assert_eq!(task.id().as_str(), "71");
    assert_eq!(script.asked().len(), 1);
}
