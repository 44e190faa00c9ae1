//! The times of polls: before the deadline, after `Retry-After`, and when tasks usually end.

use std::time::Duration;

use serde_json::json;
use toapis::{ErrorKind, PollingPolicy, TaskStatus};
use tokio::time::Instant;

use super::{done, state};
use crate::support::ServerExt as _;
use toapis_test_support::server::{Reply, ScriptedServer, html_response, json_response, response};

#[tokio::test(start_paused = true)]
async fn poll_timeout_is_exact_and_its_error_complete() {
    for act in [
        state("in_progress"),
        Reply::Hang,
        html_response(502),
        response(429, &[("retry-after", "5")], ""),
    ] {
        // Timers have millisecond resolution, so the fourth fires slightly after its deadline.
        for micros in [1_000_000, 7_000_000, 60_000_000, 60_000_300, 301_000_000] {
            let act = act.clone();
            let server = ScriptedServer::start(move |before, _| {
                if before == 0 {
                    state("queued")
                } else {
                    act.clone()
                }
            })
            .await;
            let deadline = Duration::from_micros(micros);
            let start = Instant::now();
            let error = server
                .client()
                .task("t")
                .wait()
                .timeout(deadline)
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PollTimeout, "{error}");
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
                error.last_status(),
                Some(TaskStatus::Queued | TaskStatus::InProgress)
            ));
            assert_eq!(error.polls() as usize, server.requests().len());
            assert!(error.elapsed() <= deadline + Duration::from_millis(5));
            assert!(
                error.message().contains("keeps running")
                    && error.hint().unwrap().contains("Do not submit again")
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_a_floor_and_beyond_the_deadline_ends_polling() {
    let server = ScriptedServer::start(|before, _| match before {
        0 => response(503, &[("retry-after", "40")], ""),
        _ => done(),
    })
    .await;
    server
        .client()
        .task("t")
        .wait()
        .polling_policy(PollingPolicy::fixed(Duration::from_secs(1)))
        .await
        .unwrap();
    let requests = server.requests();
    assert!(requests[1].received_at - requests[0].received_at >= Duration::from_secs(40));

    // The default timeout is ten minutes: `Retry-After` is far longer, or equal.
    for request in ["86400", "600"] {
        let server =
            ScriptedServer::start(move |_, _| response(429, &[("retry-after", request)], "")).await;
        let start = Instant::now();
        let error = server.client().task("t").wait().await.unwrap_err();
        let seconds = Duration::from_secs(request.parse().unwrap());
        assert_eq!(
            (error.kind(), error.retry_after()),
            (ErrorKind::PollTimeout, Some(seconds))
        );
        assert!(start.elapsed() < Duration::from_secs(1), "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn adaptive_policy_polls_when_tasks_usually_end() {
    let start = Instant::now();
    let server = ScriptedServer::start(move |_, request| {
        if request.is_create() {
            return json_response(
                200,
                json!({"id": format!("t{}", start.elapsed().as_millis()), "status": "pending"}),
            );
        }
        let made: u128 = request.path.rsplit('t').next().unwrap().parse().unwrap();
        if start.elapsed().as_millis() - made >= 47_000 {
            done()
        } else {
            state("in_progress")
        }
    })
    .await;
    let client = server
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

#[tokio::test(start_paused = true)]
async fn moving_progress_delays_polls_of_slow_tasks() {
    let mut polls = Vec::new();
    for moves in [false, true] {
        let start = Instant::now();
        let server = ScriptedServer::start(move |_, request| {
            let seconds = start.elapsed().as_secs();
            if seconds >= 200 {
                return done();
            }
            let progress = if moves { seconds / 2 } else { 0 };
            let state = if request.is_create() {
                "pending"
            } else {
                "in_progress"
            };
            json_response(
                200,
                json!({"id": "t", "status": state, "progress": progress}),
            )
        })
        .await;
        let done = server.client().images().generate("a cat").await.unwrap();
        assert!(done.elapsed() < Duration::from_mins(4), "{done:?}");
        polls.push(done.polls());
    }
    assert!(polls[1] * 4 < polls[0] * 3, "{polls:?}");
}

#[tokio::test(start_paused = true)]
async fn age_of_a_new_task_ignores_the_service_clock() {
    let mut first_looks = Vec::new();
    for behind in [0, 10 * 3600] {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::SystemTime::UNIX_EPOCH)
            .unwrap();
        let created_at = now.as_secs() - behind;
        let server = ScriptedServer::start(move |_, request| {
            if request.is_create() {
                let made = json!({"id": "t", "status": "pending", "created_at": created_at});
                return json_response(200, made);
            }
            done()
        })
        .await;
        let done = server.client().images().generate("a cat").await.unwrap();
        assert_eq!(done.polls(), 1);
        first_looks.push(done.elapsed().as_secs_f64());
    }
    let ratio = first_looks[1] / first_looks[0];
    assert!((0.9..1.1).contains(&ratio), "{first_looks:?}");
}

#[tokio::test(start_paused = true)]
async fn resumed_task_is_polled_immediately() {
    let server =
        ScriptedServer::start(|before, _| if before == 0 { state("queued") } else { done() }).await;
    let id = "order_1".parse().unwrap();
    let found = server
        .client()
        .images()
        .find_by_business_id(&id)
        .await
        .unwrap()
        .unwrap();
    let rarely = PollingPolicy::fixed(Duration::from_mins(1));
    let done = found.wait().polling_policy(rarely).await.unwrap();
    assert!(done.elapsed() < Duration::from_secs(1), "{done:?}");
}

#[tokio::test(start_paused = true)]
async fn last_poll_respects_the_policy_and_retry_after() {
    let server =
        ScriptedServer::start(|before, _| if before < 3 { state("queued") } else { done() }).await;
    let often = PollingPolicy::fixed(Duration::from_millis(200));
    let done_soon = server
        .client()
        .task("t")
        .wait()
        .polling_policy(often)
        .await
        .unwrap();
    assert!(
        done_soon.elapsed() < Duration::from_secs(1),
        "{done_soon:?}"
    );

    let server = ScriptedServer::start(|before, _| match before {
        0 => response(503, &[("retry-after", "19")], ""),
        _ => done(),
    })
    .await;
    let wait = server.client().task("t").wait();
    wait.timeout(Duration::from_secs(20)).await.unwrap();
    let requests = server.requests();
    assert!(requests[1].received_at - requests[0].received_at >= Duration::from_secs(19));
}
