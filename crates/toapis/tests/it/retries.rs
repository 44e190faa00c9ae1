//! Retries: how long, how often and with which body.

use std::time::Duration;

use serde_json::json;
use toapis::{ErrorKind, ImageRequest, PollingPolicy, TaskUpdate};
use tokio::time::Instant;

use crate::support::ServerExt as _;
use toapis_test_support::server::{Reply, ScriptedServer, html_response, json_response, response};

#[tokio::test(start_paused = true)]
async fn reference_style_fallback_needs_a_reference_error() {
    let about = |status: u16, field: &str| {
        let error = json!({"error": {"code": "invalid_request", "message": "bad", "param": field}});
        json_response(status, error)
    };
    let plain = ImageRequest::new("a cat");
    let with_one = plain.clone().reference("https://example.com/a.png");
    for (request, status, field, creates) in [
        (with_one.clone(), 400, "image_urls", 2),
        (with_one.clone(), 422, "image_urls", 1),
        (with_one, 400, "prompt", 1),
        (plain, 400, "image_urls", 1),
    ] {
        let server = ScriptedServer::start(move |_, _| about(status, field)).await;
        let error = server.client().images().submit(request).await.unwrap_err();
        assert!(error.outcome().unwrap().is_rejected());
        assert_eq!(server.create_count(), creates, "{status} {field}");
    }
}

#[tokio::test(start_paused = true)]
async fn reconciliation_stops_at_an_unauthorized_key() {
    let server = ScriptedServer::start(|_, request| {
        if request.is_create() {
            Reply::Close
        } else {
            json_response(401, json!({"error": {"code": 401, "message": "no"}}))
        }
    })
    .await;
    let error = server.client().images().submit("a cat").await.unwrap_err();
    assert!(error.outcome().unwrap().is_unknown());
    assert_eq!(server.requests().len(), 2, "one create and one lookup");
    assert!(
        error.message().contains("no task found in 1 lookup;"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn rate_limited_create_is_retried_within_the_policy() {
    let server = ScriptedServer::start(|_, _| {
        json_response(429, json!({"error": {"code": "rate_limit_exceeded"}}))
    })
    .await;
    let total = Duration::from_secs(10);
    let policy = toapis::RetryPolicy::default()
        .max_attempts(1000)
        .max_elapsed(total);
    let client = server.builder().retry_policy(policy).build().unwrap();
    let start = Instant::now();
    let submit = client
        .images()
        .submit("a cat")
        .timeout(Duration::from_mins(5));
    let error = submit.await.unwrap_err();
    assert!(error.kind() == ErrorKind::RateLimited && error.outcome().unwrap().is_rejected());
    assert!(error.attempts() > 1 && start.elapsed() <= total, "{error}");
}

#[tokio::test(start_paused = true)]
async fn reconciliation_respects_retry_after_and_its_timeout() {
    let server = ScriptedServer::start(|_, request| {
        if request.is_create() {
            Reply::Close
        } else {
            response(429, &[("retry-after", "7")], "{}")
        }
    })
    .await;
    let client = server
        .builder()
        .reconcile_timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let start = Instant::now();
    let submit = client
        .images()
        .submit("a cat")
        .timeout(Duration::from_mins(10));
    assert!(submit.await.unwrap_err().outcome().unwrap().is_unknown());
    assert!(
        start.elapsed() <= Duration::from_secs(31),
        "{:?}",
        start.elapsed()
    );
    let looks: Vec<_> = server
        .requests()
        .iter()
        .skip(1)
        .map(|request| request.received_at)
        .collect();
    assert!(looks.len() > 2);
    for pair in looks.windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_secs(7), "{looks:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn occasional_not_found_does_not_end_polling() {
    let server = ScriptedServer::start(|before, _| match before {
        9 => json_response(
            200,
            json!({"id": "t", "status": "completed", "url": "https://f/a.png"}),
        ),
        number if number % 3 == 2 => html_response(502),
        _ => json_response(
            404,
            json!({"error": {"code": 404, "message": "no such task"}}),
        ),
    })
    .await;
    let every = PollingPolicy::fixed(Duration::from_secs(4));
    let done = server
        .client()
        .task("t")
        .wait()
        .polling_policy(every)
        .await
        .unwrap();
    assert_eq!(done.polls(), 10);
}

#[tokio::test(start_paused = true)]
async fn failing_polls_back_off() {
    let server = ScriptedServer::start(|_, _| html_response(502)).await;
    let every = PollingPolicy::fixed(Duration::from_secs(1));
    let wait = server.client().task("t").wait().polling_policy(every);
    wait.timeout(Duration::from_mins(2)).await.unwrap_err();
    let looks = server.requests().len();
    assert!((4..20).contains(&looks), "{looks} looks in two minutes");
}

#[tokio::test(start_paused = true)]
async fn successful_poll_resets_the_error_count() {
    let server = ScriptedServer::start(|before, _| match before {
        20 => json_response(
            200,
            json!({"id": "t", "status": "completed", "url": "https://f/a.png"}),
        ),
        number if number % 2 == 0 => html_response(502),
        _ => json_response(200, json!({"id": "t", "status": "in_progress"})),
    })
    .await;
    let done = server
        .client()
        .task("t")
        .wait()
        .max_consecutive_errors(3)
        .await
        .unwrap();
    assert_eq!(done.polls(), 21);
}

#[tokio::test(start_paused = true)]
async fn gateway_403_does_not_end_polling() {
    let server = ScriptedServer::start(|before, _| match before {
        6 => json_response(
            200,
            json!({"id": "t", "status": "completed", "url": "https://f/a.png"}),
        ),
        _ => html_response(403),
    })
    .await;
    let every = PollingPolicy::fixed(Duration::from_secs(4));
    let done = server
        .client()
        .task("t")
        .wait()
        .polling_policy(every)
        .await
        .unwrap();
    assert_eq!(done.polls(), 7);
}

#[tokio::test(start_paused = true)]
async fn falling_progress_is_reported() {
    let server = ScriptedServer::start(|before, _| match [50, 20, 20, 60].get(before) {
        Some(progress) => json_response(
            200,
            json!({"id": "t", "status": "in_progress", "progress": progress}),
        ),
        None => json_response(
            200,
            json!({"id": "t", "status": "completed", "url": "https://f/a.png"}),
        ),
    })
    .await;
    let mut updates = server.client().task("t").wait().updates();
    let mut told = Vec::new();
    while let Some(update) = updates.next().await {
        if let TaskUpdate::Progress(progress) = update.unwrap() {
            told.push(progress);
        }
    }
    assert_eq!(told, [50, 20, 60]);
}
