//! `send_once` makes one attempt, and its outcome says whether a task can exist.

use std::time::Duration;

use serde_json::json;
use toapis::{Client, ErrorKind, ImageRequest, RetryPolicy, SendOutcome, SubmissionOutcome};
use tokio::time::Instant;

use crate::support::ServerExt as _;
use toapis_test_support::images::PNG;
use toapis_test_support::server::{
    Reply, ScriptedServer, error_response, json_response, truncated_response,
};

/// Sends one create to a server with this reply. Returns the outcome and the number of requests.
async fn send(reply: Reply) -> (SendOutcome, usize) {
    let server = ScriptedServer::start(move |_, _| reply.clone()).await;
    let retry = RetryPolicy::default().max_attempts(9);
    let client = server.builder().retry_policy(retry).build().unwrap();
    let prepared = client.images().prepare("a cat").unwrap();
    let outcome = prepared.send_once().await;
    (outcome, server.requests().len())
}

fn accepted() -> Reply {
    json_response(200, json!({"id": "task_1", "status": "queued"}))
}

#[tokio::test(start_paused = true)]
async fn accepted_create_returns_its_task() {
    let (outcome, requests) = send(accepted()).await;
    let SendOutcome::Accepted(task) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((task.id().as_str(), requests), ("task_1", 1));
    assert!(!task.was_recovered());
}

#[tokio::test(start_paused = true)]
async fn truncated_acceptance_with_an_id_is_accepted() {
    let body = r#"{"id":"task_1","status":"queued","model":"x"}"#;
    let (outcome, requests) = send(truncated_response(200, &[], 500, body)).await;
    assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
    assert_eq!(requests, 1);
}

#[tokio::test(start_paused = true)]
async fn listed_error_is_rejected_without_a_retry() {
    for (status, code, kind) in [
        (400, "invalid_request", ErrorKind::BadRequest),
        (402, "insufficient_quota", ErrorKind::InsufficientQuota),
        (429, "rate_limit_exceeded", ErrorKind::RateLimited),
    ] {
        let (outcome, requests) = send(error_response(status, code)).await;
        let SendOutcome::Rejected(error) = outcome else {
            panic!("{status}: {outcome:?}")
        };
        assert_eq!((error.kind(), requests), (kind, 1), "{error}");
        assert_eq!(error.outcome(), Some(&SubmissionOutcome::Rejected));
        assert_eq!(error.attempts(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn lost_response_is_unknown_and_not_looked_up() {
    for reply in [
        Reply::Close,
        Reply::Hang,
        error_response(500, "server_error"),
    ] {
        let (outcome, requests) = send(reply).await;
        let SendOutcome::Unknown(error) = outcome else {
            panic!("{outcome:?}")
        };
        assert!(error.outcome().unwrap().is_unknown(), "{error}");
        assert_eq!(requests, 1, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn refused_connection_is_not_sent() {
    let client = Client::builder()
        .api_key("sk-1")
        .base_url("http://127.0.0.1:1")
        .build()
        .unwrap();
    let prepared = client.images().prepare("a cat").unwrap();
    for _ in 0..2 {
        let outcome = prepared.send_once().await;
        let SendOutcome::NotSent(error) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
        assert_eq!(error.outcome(), Some(&SubmissionOutcome::Rejected));
    }
}

#[tokio::test(start_paused = true)]
async fn repeated_send_sends_nothing_after_acceptance_or_unknown_outcome() {
    for reply in [accepted(), Reply::Close] {
        let lost = matches!(reply, Reply::Close);
        let server = ScriptedServer::start(move |_, _| reply.clone()).await;
        let prepared = server.client().images().prepare("a cat").unwrap();
        for _ in 0..3 {
            match prepared.clone().send_once().await {
                SendOutcome::Accepted(task) if !lost => assert_eq!(task.id().as_str(), "task_1"),
                SendOutcome::Unknown(_) if lost => {}
                outcome => panic!("{outcome:?}"),
            }
        }
        assert_eq!(server.create_count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn dropped_send_leaves_the_outcome_unknown() {
    let server = ScriptedServer::start(|_, _| Reply::Hang).await;
    let prepared = server.client().images().prepare("a cat").unwrap();
    let dropped = tokio::time::timeout(Duration::from_secs(5), prepared.send_once()).await;
    assert!(dropped.is_err());
    let outcome = prepared.send_once().await;
    assert!(matches!(outcome, SendOutcome::Unknown(_)), "{outcome:?}");
    assert_eq!(server.create_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn send_takes_no_token_of_the_rate_limit() {
    let server = ScriptedServer::start(|_, _| accepted()).await;
    let client = server.client();
    let limiter = client.rate_limiter();
    while limiter.try_acquire_submit().is_ok() {}
    let start = Instant::now();
    let prepared = client.images().prepare("a cat").unwrap();
    let outcome = prepared.send_once().await;
    assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
    assert!(start.elapsed() < Duration::from_millis(100));
    assert_eq!(client.metrics().rate_limit_waits, 0);
}

#[tokio::test(start_paused = true)]
async fn rate_limiter_delays_creates_to_the_configured_rate() {
    let rate = toapis::Rate::new(60.try_into().unwrap(), 5.try_into().unwrap());
    let limits = toapis::RateLimits::unlimited().with_submit(Some(rate));
    let builder = Client::builder().api_key("sk-1").rate_limits(limits);
    let client = builder.build().unwrap();
    let start = Instant::now();
    for _ in 0..5 {
        client.rate_limiter().acquire_submit().await;
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    let wait = client.rate_limiter().try_acquire_submit().unwrap_err();
    assert!(wait <= Duration::from_secs(1), "{wait:?}");
    // A dropped wait returns its token.
    let limiter = client.rate_limiter();
    let dropped = tokio::time::timeout(Duration::from_millis(1), limiter.acquire_submit()).await;
    assert!(dropped.is_err());
    for _ in 0..10 {
        client.clone().rate_limiter().acquire_submit().await;
    }
    let elapsed = start.elapsed().as_secs_f64();
    assert!((9.9..10.1).contains(&elapsed), "{elapsed}");
    assert_eq!(client.metrics().rate_limit_waits, 10);
}

#[tokio::test(start_paused = true)]
async fn local_references_are_uploaded_before_the_send() {
    const URL: &str = "https://files.example.com/uploads/1.png";
    let server = ScriptedServer::start(|_, request| match request.path.as_str() {
        "/v1/uploads/images" => json_response(200, json!({"success": true, "data": {"url": URL}})),
        _ => accepted(),
    })
    .await;
    let request = ImageRequest::new("a cat").reference(PNG.to_vec());
    let prepared = server.client().images().prepare(request).unwrap();
    let outcome = prepared.send_once().await;
    let SendOutcome::NotSent(error) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(error.kind(), ErrorKind::InvalidReference);
    assert!(server.requests().is_empty());
    prepared.upload_references().await.unwrap();
    prepared.upload_references().await.unwrap();
    assert_eq!(server.requests().len(), 1);
    let outcome = prepared.send_once().await;
    assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
    let sent = server.requests()[1].json();
    assert!(sent["image_urls"].to_string().contains(URL), "{sent}");
}
