//! Waiting: no running task is given up, none is waited for past the deadline, and only what is definite ends it early.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use toapis::{ErrorKind, PollPolicy, TaskRecord, TaskState, Update};
use tokio::time::Instant;

use crate::script::{Act, Script, answer, html, json as reply, own};

fn state(name: &str) -> Act {
    reply(
        200,
        json!({"id": "t", "object": "generation.task", "status": name, "progress": 0}),
    )
}

fn done() -> Act {
    reply(
        200,
        json!({"id": "t", "status": "completed", "progress": 100, "result": {"type": "image", "data": [{"url": "http://127.0.0.1/a.png"}]}}),
    )
}

fn failed(code: &str) -> Act {
    reply(
        200,
        json!({"id": "t", "status": "failed", "progress": 0, "error": {"code": code, "message": "upstream"}}),
    )
}

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
            ErrorKind::NoResult,
            1,
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
        .poll(PollPolicy::fixed(Duration::from_secs(2)))
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_never_overslept_and_its_error_says_all_there_is() {
    for act in [
        state("in_progress"),
        Act::Hang,
        html(502),
        answer(429, &[("retry-after", "5")], ""),
    ] {
        for seconds in [1, 7, 60, 301] {
            let act = act.clone();
            let script = Script::start(move |before, _| {
                if before == 0 {
                    state("queued")
                } else {
                    act.clone()
                }
            })
            .await;
            let deadline = Duration::from_secs(seconds);
            let start = Instant::now();
            let error = script
                .client()
                .task("t")
                .wait()
                .deadline(deadline)
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WaitTimeout, "{error}");
            let over = start.elapsed().saturating_sub(deadline);
            assert!(
                over < Duration::from_millis(5),
                "{over:?} over {deadline:?}"
            );
            assert!(
                start.elapsed() >= deadline * 8 / 10,
                "{:?} of {deadline:?}",
                start.elapsed()
            );
            assert_eq!(error.task_id().unwrap().as_str(), "t");
            assert!(matches!(
                error.last_state(),
                Some(TaskState::Queued | TaskState::InProgress)
            ));
            assert_eq!(error.polls() as usize, script.asked().len());
            assert!(error.elapsed() <= deadline + Duration::from_millis(5));
            assert!(
                error.message().contains("stays paid")
                    && error.hint().unwrap().contains("Do not submit again")
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_a_floor_between_looks_and_beyond_the_deadline_ends_the_waiting_at_once() {
    let script = Script::start(|before, _| match before {
        0 => answer(503, &[("retry-after", "40")], ""),
        _ => done(),
    })
    .await;
    script
        .client()
        .task("t")
        .wait()
        .poll(PollPolicy::fixed(Duration::from_secs(1)))
        .await
        .unwrap();
    let asked = script.asked();
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(40));

    let script = Script::start(|_, _| answer(429, &[("retry-after", "86400")], "")).await;
    let start = Instant::now();
    let error = script.client().task("t").wait().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::WaitTimeout, Some(Duration::from_hours(24)))
    );
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn what_happens_is_told_as_it_happens_and_in_order() {
    let script = Script::start(|before, asked| match before {
        _ if asked.is_create() => state("pending"),
        1 => reply(
            200,
            json!({"id": "t", "status": "in_progress", "progress": 40}),
        ),
        2 => html(502),
        3 => reply(
            200,
            json!({"id": "t", "status": "in_progress", "progress": 80}),
        ),
        _ => done(),
    })
    .await;
    let task = script.client().images().submit("a cat").await.unwrap();
    let mut told = Vec::new();
    let mut updates = task.updates();
    while let Some(update) = updates.next().await {
        told.push(match update.unwrap() {
            Update::Accepted(id) => format!("accepted {id}"),
            Update::State(state) => format!("state {state}"),
            Update::Progress(percent) => format!("{percent} %"),
            Update::PollFailed(error) => format!("failed look: HTTP {}", error.status().unwrap()),
            Update::Completed(done) => format!("completed after {} looks", done.polls()),
            _ => "something new".to_owned(),
        });
    }
    assert_eq!(
        told,
        [
            "accepted t",
            "state pending",
            "0 %",
            "state in_progress",
            "40 %",
            "failed look: HTTP 502",
            "80 %",
            "state completed",
            "100 %",
            "completed after 4 looks",
        ]
    );
    assert!(updates.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_failed_task_ends_the_stream_with_its_error() {
    let script = Script::start(|before, _| {
        if before == 0 {
            state("queued")
        } else {
            failed("generation_failed")
        }
    })
    .await;
    let updates: Vec<_> = script.client().task("t").updates().collect().await;
    let last = updates.last().unwrap().as_ref().unwrap_err();
    assert!(last.is_task_failed() && last.message() == "upstream");
    assert_eq!(updates.iter().filter(|update| update.is_err()).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_task_comes_back_to_life_from_what_was_written_down() {
    let script = Script::start(|_, asked| {
        if asked.is_create() {
            state("pending")
        } else {
            done()
        }
    })
    .await;
    let task = script.client().images().submit("a cat").await.unwrap();
    let written = serde_json::to_string(&task).unwrap();
    let record: TaskRecord = serde_json::from_str(&written).unwrap();
    assert_eq!(record.business_id.as_ref(), task.business_id());
    let done = script.client().resume(record).wait().await.unwrap();
    assert_eq!(done.id().as_str(), "t");
    let only_id: TaskRecord = serde_json::from_value(json!({"id": "t"})).unwrap();
    assert_eq!(
        script
            .client()
            .resume(only_id)
            .wait()
            .await
            .unwrap()
            .polls(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn an_id_that_would_climb_out_of_its_path_is_never_sent() {
    let script = Script::start(|_, _| done()).await;
    for id in ["..", ".", "", "a\nb"] {
        assert!(
            script
                .client()
                .task(id)
                .wait()
                .await
                .unwrap_err()
                .is_config(),
            "{id:?}"
        );
        assert!(
            script
                .client()
                .task(id)
                .status()
                .await
                .unwrap_err()
                .is_config(),
            "{id:?}"
        );
    }
    assert!(script.asked().is_empty());
    script
        .client()
        .task("a/../b?c#d%2e")
        .status()
        .await
        .unwrap();
    assert_eq!(
        script.asked()[0].path,
        "/v1/images/generations/a%2F..%2Fb%3Fc%23d%252e"
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_of_failed_looks_may_end_the_waiting_and_the_task_is_named() {
    let script = Script::start(|_, _| html(502)).await;
    let error = script
        .client()
        .task("t")
        .wait()
        .max_failures(4)
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
    let snapshot = script.client().task("t").status().await.unwrap();
    let failure = snapshot.failure().unwrap();
    assert_eq!(
        (failure.kind, failure.code.as_deref()),
        (ErrorKind::TaskFailed, Some("generation_failed"))
    );
    assert_eq!(snapshot.json()["status"], Value::from("failed"));
    assert_eq!(script.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_default_learns_when_tasks_end_and_looks_there() {
    let start = Instant::now();
    let script = Script::start(move |_, asked| {
        if asked.is_create() {
            return reply(
                200,
                json!({"id": format!("t{}", start.elapsed().as_millis()), "status": "pending"}),
            );
        }
        let made: u128 = asked.path.rsplit('t').next().unwrap().parse().unwrap();
        if start.elapsed().as_millis() - made >= 47_000 {
            done()
        } else {
            state("in_progress")
        }
    })
    .await;
    let client = script
        .builder()
        .rate_limits(toapis::RateLimits::unlimited())
        .build()
        .unwrap();
    let mut costs = Vec::new();
    for _ in 0..30 {
        let done = client.images().generate("a cat").await.unwrap();
        costs.push((done.polls(), done.elapsed().as_secs_f64() - 47.0));
    }
    let (polls, delay) = costs.pop().unwrap();
    assert!(
        polls <= 4 && delay < 3.0,
        "{polls} looks, {delay:.1} s late; at first {:?}",
        costs[0]
    );
    assert!(costs[0].0 > polls, "at first {:?}", costs[0]);
}
