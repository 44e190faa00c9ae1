//! The suite creates at most `max_tasks` tasks by the server's own count, and ends early if no
//! further case can pass.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::service::KEY;
use test_case::test_case;
use toapis_conformance::{Report, RunErrorKind, Suite};
use toapis_contract::Contract;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The response to a create.
#[derive(Clone, Copy, Debug)]
enum Reply {
    /// The connection closes without a response.
    Close,
    /// The server never responds.
    Silence,
    /// These bytes, and then the connection closes.
    Bytes(&'static str),
}

const ACCEPTED: Reply = Reply::Bytes(
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 58\r\n\r\n{\"id\":\"img_1\",\"object\":\"generation.task\",\"status\":\"queued\"}",
);
const INTERNAL_ERROR: Reply = Reply::Bytes(
    "HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\ncontent-length: 35\r\n\r\n{\"error\":{\"code\":\"internal_error\"}}",
);
/// The contract documents this error as free; a faulty server can bill it all the same.
const UNAVAILABLE: Reply = Reply::Bytes(
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: 36\r\n\r\n{\"error\":{\"code\":\"model_not_found\"}}",
);
const REQUEST_TIMEOUT: Reply =
    Reply::Bytes("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n");
const NOT_JSON: Reply = Reply::Bytes("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>");
const NO_ID: Reply = Reply::Bytes(
    "HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
);
const TRUNCATED: Reply = Reply::Bytes(
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{\"id\":\"img_1\"",
);
const BAD_REQUEST: Reply = Reply::Bytes(
    "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: 36\r\n\r\n{\"error\":{\"code\":\"invalid_request\"}}",
);
const UNAUTHORIZED: Reply = Reply::Bytes(
    "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: 33\r\n\r\n{\"error\":{\"code\":\"unauthorized\"}}",
);
const RATE_LIMITED: Reply = Reply::Bytes(
    "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n{\"error\":{\"code\":\"rate_limit_exceeded\"}}",
);
const NOT_FOUND: Reply = Reply::Bytes(
    "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 35\r\n\r\n{\"error\":{\"code\":\"task_not_found\"}}",
);

/// The creates that a server accepts and bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accepts {
    /// Each request to the path of a create, with any credential and body.
    Anything,
    /// Each request with the right credential.
    AnyBody,
    /// Each forbidden request with the right credential; it rejects the others.
    ForbiddenBodies,
}

/// A server that counts the creates it accepts.
struct Server {
    url: String,
    accepted: Arc<AtomicU64>,
}

impl Server {
    async fn start(accepts: Accepts, reply: Reply, other: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let accepted = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&accepted);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let counter = Arc::clone(&counter);
                tokio::spawn(async move {
                    serve(stream, accepts, reply, other, &counter).await;
                });
            }
        });
        Self { url, accepted }
    }

    fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::SeqCst)
    }

    async fn run(&self, max_tasks: u64) -> Report {
        let suite = Suite::new(&self.url, KEY).unwrap().max_tasks(max_tasks);
        suite.plan().run(|_| {}).await
    }
}

/// Reads one request, replies, and closes the connection.
async fn serve(
    mut stream: TcpStream,
    accepts: Accepts,
    reply: Reply,
    other: Reply,
    accepted: &AtomicU64,
) {
    let Some((head, body)) = read_request(&mut stream).await else {
        return;
    };
    let path = head.split(' ').nth(1).unwrap_or_default();
    let is_create = Contract::embedded()
        .operations()
        .filter(|operation| operation.extension("x-safe-to-repeat") == Some(&false.into()))
        .any(|operation| operation.path() == path);
    let has_key = head.contains(KEY);
    let is_sample = body.contains("prompt") && !body.contains("no-such-value");
    let reply = match accepts {
        _ if !is_create => other,
        Accepts::AnyBody | Accepts::ForbiddenBodies if !has_key => UNAUTHORIZED,
        Accepts::ForbiddenBodies if is_sample => BAD_REQUEST,
        _ => {
            accepted.fetch_add(1, Ordering::SeqCst);
            reply
        }
    };
    match reply {
        Reply::Close => {}
        Reply::Silence => std::future::pending().await,
        Reply::Bytes(bytes) => {
            let bytes = bytes.replacen("\r\n", "\r\nconnection: close\r\n", 1);
            stream.write_all(bytes.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            let head_length = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
            if bytes.len() >= head_length + length {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

#[test_case(Accepts::Anything, Reply::Close; "any request, connection closed")]
#[test_case(Accepts::AnyBody, Reply::Close; "connection closed")]
#[test_case(Accepts::AnyBody, Reply::Silence; "timeout")]
#[test_case(Accepts::AnyBody, INTERNAL_ERROR; "500")]
#[test_case(Accepts::AnyBody, UNAVAILABLE; "503 that the contract documents as free")]
#[test_case(Accepts::AnyBody, REQUEST_TIMEOUT; "408")]
#[test_case(Accepts::AnyBody, NOT_JSON; "200 with HTML")]
#[test_case(Accepts::AnyBody, NO_ID; "202 without an id")]
#[test_case(Accepts::AnyBody, TRUNCATED; "200 with a truncated body")]
#[test_case(Accepts::AnyBody, ACCEPTED; "accepted")]
#[test_case(Accepts::ForbiddenBodies, Reply::Close; "forbidden body, connection closed")]
#[test_case(Accepts::ForbiddenBodies, INTERNAL_ERROR; "forbidden body, 500")]
#[test_case(Accepts::ForbiddenBodies, ACCEPTED; "forbidden body, accepted")]
#[tokio::test(start_paused = true)]
async fn server_accepts_no_more_creates_than_max_tasks(accepts: Accepts, reply: Reply) {
    for max_tasks in [1, 3] {
        let server = Server::start(accepts, reply, NOT_FOUND).await;
        let report = server.run(max_tasks).await;
        assert!((1..=max_tasks).contains(&server.accepted()), "{report}");
        let counted = report.summary.tasks + report.summary.unknown_creates;
        // The contract says that a documented error creates no task.
        let is_documented =
            matches!(reply, Reply::Bytes(bytes) if bytes.contains("model_not_found"));
        let expected = if is_documented { 0 } else { server.accepted() };
        assert_eq!(counted, expected, "{report}");
        assert!(!report.passed(), "{report}");
    }
}

#[test_case(Reply::Close; "connection closed")]
#[test_case(Reply::Silence; "timeout")]
#[test_case(INTERNAL_ERROR; "500")]
#[test_case(NO_ID; "202 without an id")]
#[test_case(TRUNCATED; "200 with a truncated body")]
#[tokio::test(start_paused = true)]
async fn unknown_create_stops_further_creates(reply: Reply) {
    let server = Server::start(Accepts::AnyBody, reply, NOT_FOUND).await;
    let report = server.run(100).await;
    assert_eq!(server.accepted(), 1, "{report}");
    assert_eq!(report.summary.unknown_creates, 1, "{report}");
    assert_eq!(report.error, None, "other requests are still responded to");
}

#[tokio::test(start_paused = true)]
async fn documented_error_uses_the_budget_without_stopping_the_run() {
    let server = Server::start(Accepts::AnyBody, UNAVAILABLE, NOT_FOUND).await;
    let report = server.run(3).await;
    assert_eq!(server.accepted(), 3, "{report}");
    assert_eq!(report.summary.unknown_creates, 0, "{report}");
}

#[tokio::test(start_paused = true)]
async fn without_max_tasks_no_create_carries_the_credential() {
    let server = Server::start(Accepts::AnyBody, ACCEPTED, NOT_FOUND).await;
    let report = server.run(0).await;
    assert_eq!(server.accepted(), 0, "{report}");
}

async fn refused_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test(start_paused = true)]
async fn unreachable_host_ends_the_run_at_the_first_request() {
    let url = format!("http://{}", refused_port().await);
    let suite = Suite::new(&url, KEY).unwrap().max_tasks(10);
    let report = suite.plan().run(|_| {}).await;
    assert_eq!((report.summary.requests, report.cases.len()), (1, 0));
    let junit = report.to_junit();
    assert!(junit.contains(r#"failures="0" errors="1""#), "{junit}");
    let sarif: serde_json::Value = serde_json::from_str(&report.to_sarif()).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert!(run["tool"]["driver"].get("informationUri").is_none());
    let error = report.error.unwrap();
    assert_eq!(error.kind, RunErrorKind::Unreachable);
    assert!(error.message.contains("refused"), "{}", error.message);
}

#[test_case(Reply::Close, RunErrorKind::Unreachable, 3; "every response is lost")]
#[test_case(Reply::Silence, RunErrorKind::Unreachable, 3; "no response is received")]
#[test_case(UNAUTHORIZED, RunErrorKind::Unauthorized, 1; "credential rejected")]
#[test_case(RATE_LIMITED, RunErrorKind::RateLimited, 21; "endless 429")]
#[tokio::test(start_paused = true)]
async fn run_ends_early_with_one_error(other: Reply, kind: RunErrorKind, requests: u64) {
    let server = Server::start(Accepts::AnyBody, ACCEPTED, other).await;
    let report = server.run(10).await;
    assert_eq!(report.error.as_ref().map(|error| error.kind), Some(kind));
    assert_eq!(report.summary.requests, requests, "{report}");
    assert_eq!(server.accepted(), 0, "{report}");
    assert!(!report.passed());
}

#[tokio::test(start_paused = true)]
async fn rejected_credential_ends_the_run_even_where_one_operation_needs_none() {
    // Only the creates reject the credential.
    let server = Server::start(Accepts::AnyBody, UNAUTHORIZED, NO_ID).await;
    let report = server.run(1000).await;
    assert_eq!(
        report.error.map(|error| error.kind),
        Some(RunErrorKind::Unauthorized)
    );
    assert_eq!(server.accepted(), 3);
}

#[tokio::test(start_paused = true)]
async fn endless_rate_limit_of_creates_ends_the_run() {
    let server = Server::start(Accepts::AnyBody, RATE_LIMITED, NOT_FOUND).await;
    let begun = tokio::time::Instant::now();
    let report = server.run(10).await;
    assert_eq!(
        report.error.map(|error| error.kind),
        Some(RunErrorKind::RateLimited)
    );
    assert_eq!(
        (report.summary.tasks, report.summary.unknown_creates),
        (0, 0)
    );
    assert!(begun.elapsed() < Duration::from_mins(3));
}

#[test]
fn estimate_is_about_the_tasks_that_will_be_created() {
    let estimate = |max_tasks| {
        let suite = Suite::new("http://127.0.0.1:1", KEY).unwrap();
        suite.max_tasks(max_tasks).plan().estimate_cost()
    };
    let one = estimate(1);
    assert_eq!((one.tasks, one.images), (1, 1));
    assert!(one.max_images > 1, "{one}");
    let all = estimate(10_000);
    assert_eq!(all.tasks, all.creates);
    assert!(
        all.images > all.tasks && all.max_images > all.images,
        "{all}"
    );
}
