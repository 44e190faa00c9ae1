//! What a look may meet: what is survived, and what ends the waiting.

use std::time::Duration;

use serde_json::{Value, json};
use toapis::{ErrorKind, PollingPolicy};

use super::{done, failed, state};
use crate::script::{Act, Script, answer, html, json as reply, own};

/// Everything a look can meet while the task goes on.
fn mishaps() -> Vec<(&'static str, Act)> {
    let task = json!({"id": "t", "status": "completed"}).to_string();
    vec![
        ("502 HTML", html(502)),
        (
            "500",
            reply(
                500,
                json!({"error": {"code": "internal_error", "message": "x"}}),
            ),
        ),
        (
            "503",
            reply(
                503,
                json!({"error": {"code": "rate_limit_unavailable", "message": "x"}}),
            ),
        ),
        ("504 empty", answer(504, &[], "")),
        ("429", answer(429, &[("retry-after", "2")], "{}")),
        (
            "429 about money",
            reply(
                429,
                json!({"error": {"code": "insufficient_quota", "message": "x"}}),
            ),
        ),
        ("a reset", Act::Drop),
        ("a hang", Act::Hang),
        (
            "cut",
            Act::Cut {
                status: 200,
                headers: own(&[]),
                promised: 900,
                body: task.into_bytes(),
            },
        ),
        (
            "truncated JSON",
            answer(200, &[], r#"{"id":"t","status":"comp"#),
        ),
        ("200 HTML", html(200)),
        ("200 empty", answer(200, &[], "")),
        ("an unknown state", state("moderating")),
        (
            "a state of another type",
            reply(200, json!({"id": "t", "status": 7})),
        ),
        (
            "a redirect",
            answer(302, &[("location", "http://127.0.0.1:1/")], ""),
        ),
        ("403 of a gateway", html(403)),
        (
            "one 404",
            reply(
                404,
                json!({"error": {"code": 404, "message": "Task not found"}}),
            ),
        ),
        ("one 400", reply(400, json!({"message": "task_not_exist"}))),
    ]
}

#[tokio::test(start_paused = true)]
async fn no_running_task_is_given_up_for_a_look_that_went_wrong() {
    for (name, act) in mishaps() {
        let script = Script::start(move |before, _| match before {
            0 => state("pending"),
            1 | 2 | 4 => act.clone(),
            3 => state("in_progress"),
            _ => done(),
        })
        .await;
        let result = script.client().task("t").wait().await;
        let done = result.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(done.images().len(), 1, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_definite_ends_the_waiting_with_the_id_and_the_reason() {
    for (name, act, kind, looks) in [
        (
            "401",
            reply(401, json!({"error": {"code": 401, "message": "no"}})),
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
            reply(200, json!({"id": "t", "status": "completed", "extra": 7})),
            ErrorKind::MissingResult,
            1,
        ),
        (
            "a lasting 403 of the service's own",
            reply(
                403,
                json!({"error": {"code": "no_access", "message": "no"}}),
            ),
            ErrorKind::Forbidden,
            3,
        ),
        (
            "a lasting 404",
            reply(404, json!({"error": {"code": 404, "message": "no"}})),
            ErrorKind::NotFound,
            3,
        ),
        (
            "a lasting 400",
            reply(400, json!({"message": "task_not_exist"})),
            ErrorKind::NotFound,
            3,
        ),
    ] {
        let script = Script::start(move |_, _| act.clone()).await;
        let error = script.client().task("t").wait().await.unwrap_err();
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
async fn a_task_that_was_just_made_may_be_unknown_for_a_while() {
    let script = Script::start(|before, asked| match before {
        _ if asked.is_create() => state("pending"),
        1..=3 => reply(404, json!({"error": {"code": 404, "message": "no"}})),
        _ => done(),
    })
    .await;
    let task = script.client().images().submit("a cat").await.unwrap();
    task.wait()
        .polling_policy(PollingPolicy::fixed(Duration::from_secs(2)))
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_run_of_failed_looks_may_end_the_waiting_and_the_task_is_named() {
    let script = Script::start(|_, _| html(502)).await;
    let error = script
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
async fn a_status_is_asked_again_where_that_is_safe_and_a_failed_task_is_no_error_of_it() {
    let script = Script::start(|before, _| match before {
        0 => html(502),
        1 => Act::Drop,
        _ => failed("generation_failed"),
    })
    .await;
    let snapshot = script.client().task("t").fetch().await.unwrap();
    let failure = snapshot.failure().unwrap();
    assert_eq!(
        (failure.kind, failure.code.as_deref()),
        (ErrorKind::TaskFailed, Some("generation_failed"))
    );
    assert_eq!(snapshot.to_json()["status"], Value::from("failed"));
    assert_eq!(script.asked().len(), 3);
}
