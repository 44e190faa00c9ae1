//! Failed polls: which are retried and which end polling.

use std::time::Duration;

use serde_json::{Value, json};
use toapis::{ErrorKind, PollingPolicy};

use super::{done, failed, state};
use crate::support::ServerExt as _;
use toapis_test_support::server::{
    Reply, ScriptedServer, html_response, json_response, response, truncated_response,
};

/// Every failure of a poll that says nothing about the task.
fn mishaps() -> Vec<(&'static str, Reply)> {
    let task = json!({"id": "t", "status": "completed"}).to_string();
    vec![
        ("502 HTML", html_response(502)),
        (
            "500",
            json_response(
                500,
                json!({"error": {"code": "internal_error", "message": "x"}}),
            ),
        ),
        (
            "503",
            json_response(
                503,
                json!({"error": {"code": "rate_limit_unavailable", "message": "x"}}),
            ),
        ),
        ("504 empty", response(504, &[], "")),
        ("429", response(429, &[("retry-after", "2")], "{}")),
        (
            "429 about money",
            json_response(
                429,
                json!({"error": {"code": "insufficient_quota", "message": "x"}}),
            ),
        ),
        ("a reset", Reply::Close),
        ("a hang", Reply::Hang),
        ("cut", truncated_response(200, &[], 900, task.into_bytes())),
        (
            "truncated JSON",
            response(200, &[], r#"{"id":"t","status":"comp"#),
        ),
        ("200 HTML", html_response(200)),
        ("200 empty", response(200, &[], "")),
        ("an unknown state", state("moderating")),
        (
            "a state of another type",
            json_response(200, json!({"id": "t", "status": 7})),
        ),
        (
            "302",
            response(302, &[("location", "http://127.0.0.1:1/")], ""),
        ),
        ("403 of a gateway", html_response(403)),
        (
            "one 404",
            json_response(
                404,
                json!({"error": {"code": 404, "message": "Task not found"}}),
            ),
        ),
        (
            "one 400",
            json_response(400, json!({"message": "task_not_exist"})),
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn failed_poll_does_not_end_polling() {
    for (name, act) in mishaps() {
        let server = ScriptedServer::start(move |before, _| match before {
            0 => state("pending"),
            1 | 2 | 4 => act.clone(),
            3 => state("in_progress"),
            _ => done(),
        })
        .await;
        let result = server.client().task("t").wait().await;
        let done = result.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(done.images().len(), 1, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn permanent_error_ends_polling_with_the_task_id() {
    for (name, act, kind, looks) in [
        (
            "401",
            json_response(401, json!({"error": {"code": 401, "message": "no"}})),
            ErrorKind::Unauthorized,
            1,
        ),
        (
            "failed",
            failed("generation_failed"),
            ErrorKind::TaskFailed,
            1,
        ),
        (
            "moderated",
            failed("content_policy_violation"),
            ErrorKind::Moderation,
            1,
        ),
        (
            "no picture",
            json_response(200, json!({"id": "t", "status": "completed", "extra": 7})),
            ErrorKind::MissingResult,
            1,
        ),
        (
            "a lasting 403 of the service's own",
            json_response(
                403,
                json!({"error": {"code": "no_access", "message": "no"}}),
            ),
            ErrorKind::Forbidden,
            3,
        ),
        (
            "a lasting 404",
            json_response(404, json!({"error": {"code": 404, "message": "no"}})),
            ErrorKind::NotFound,
            3,
        ),
        (
            "a lasting 400",
            json_response(400, json!({"message": "task_not_exist"})),
            ErrorKind::NotFound,
            3,
        ),
    ] {
        let server = ScriptedServer::start(move |_, _| act.clone()).await;
        let error = server.client().task("t").wait().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.task_id().map(AsRef::as_ref)),
            (kind, Some("t")),
            "{name}: {error}"
        );
        assert_eq!(error.polls(), looks, "{name}");
        assert!(error.body().is_some_and(|body| !body.is_empty()), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn new_task_may_be_not_found_at_first() {
    let server = ScriptedServer::start(|before, request| match before {
        _ if request.is_create() => state("pending"),
        1..=3 => json_response(404, json!({"error": {"code": 404, "message": "no"}})),
        _ => done(),
    })
    .await;
    let task = server.client().images().submit("a cat").await.unwrap();
    task.wait()
        .polling_policy(PollingPolicy::fixed(Duration::from_secs(2)))
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn max_consecutive_errors_ends_polling_with_the_task_id() {
    let server = ScriptedServer::start(|_, _| html_response(502)).await;
    let error = server
        .client()
        .task("t")
        .wait()
        .max_consecutive_errors(4)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.polls(), error.poll_failures()),
        (ErrorKind::Server, 4, 4)
    );
    assert_eq!(error.task_id().unwrap().as_str(), "t");
}

#[tokio::test(start_paused = true)]
async fn fetch_retries_and_returns_failed_tasks() {
    let server = ScriptedServer::start(|before, _| match before {
        0 => html_response(502),
        1 => Reply::Close,
        _ => failed("generation_failed"),
    })
    .await;
    let snapshot = server.client().task("t").fetch().await.unwrap();
    let failure = snapshot.failure().unwrap();
    assert_eq!(
        (failure.kind, failure.code.as_deref()),
        (ErrorKind::TaskFailed, Some("generation_failed"))
    );
    assert_eq!(snapshot.to_json()["status"], Value::from("failed"));
    assert_eq!(server.requests().len(), 3);
}
