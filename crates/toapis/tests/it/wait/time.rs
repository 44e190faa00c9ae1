//! When it is looked: never past the deadline, not before what the service asks, and where tasks were seen to end.

use std::time::Duration;

use serde_json::json;
use toapis::{ErrorKind, PollingPolicy, TaskStatus};
use tokio::time::Instant;

use super::{done, state};
use crate::script::{Act, Script, answer, html, json as reply};

#[tokio::test(start_paused = true)]
async fn the_deadline_is_never_overslept_and_its_error_says_all_there_is() {
    for act in [
        state("in_progress"),
        Act::Hang,
        html(502),
        answer(429, &[("retry-after", "5")], ""),
    ] {
        // Timers count in whole milliseconds, so that the fourth rings a little after its deadline.
        for micros in [1_000_000, 7_000_000, 60_000_000, 60_000_300, 301_000_000] {
            let act = act.clone();
            let script = Script::start(move |before, _| {
                if before == 0 {
                    state("queued")
                } else {
                    act.clone()
                }
            })
            .await;
            let deadline = Duration::from_micros(micros);
            let start = Instant::now();
            let error = script
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
        .polling_policy(PollingPolicy::fixed(Duration::from_secs(1)))
        .await
        .unwrap();
    let asked = script.asked();
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(40));

    // The default deadline is ten minutes: what is asked for is far beyond it, or just as long.
    for asked in ["86400", "600"] {
        let script = Script::start(move |_, _| answer(429, &[("retry-after", asked)], "")).await;
        let start = Instant::now();
        let error = script.client().task("t").wait().await.unwrap_err();
        let seconds = Duration::from_secs(asked.parse().unwrap());
        assert_eq!(
            (error.kind(), error.retry_after()),
            (ErrorKind::PollTimeout, Some(seconds))
        );
        assert!(start.elapsed() < Duration::from_secs(1), "{asked}");
    }
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

#[tokio::test(start_paused = true)]
async fn progress_that_moves_spares_looks_at_a_task_that_takes_longer_than_others() {
    let mut polls = Vec::new();
    for moves in [false, true] {
        let start = Instant::now();
        let script = Script::start(move |_, asked| {
            let seconds = start.elapsed().as_secs();
            if seconds >= 200 {
                return done();
            }
            let progress = if moves { seconds / 2 } else { 0 };
            let state = if asked.is_create() {
                "pending"
            } else {
                "in_progress"
            };
            reply(
                200,
                json!({"id": "t", "status": state, "progress": progress}),
            )
        })
        .await;
        let done = script.client().images().generate("a cat").await.unwrap();
        assert!(done.elapsed() < Duration::from_mins(4), "{done:?}");
        polls.push(done.polls());
    }
    assert!(polls[1] * 4 < polls[0] * 3, "{polls:?}");
}

#[tokio::test(start_paused = true)]
async fn the_age_of_a_task_made_here_is_what_was_seen_and_not_what_the_service_says() {
    let mut first_looks = Vec::new();
    for behind in [0, 10 * 3600] {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::SystemTime::UNIX_EPOCH)
            .unwrap();
        let created_at = now.as_secs() - behind;
        let script = Script::start(move |_, asked| {
            if asked.is_create() {
                let made = json!({"id": "t", "status": "pending", "created_at": created_at});
                return reply(200, made);
            }
            done()
        })
        .await;
        let done = script.client().images().generate("a cat").await.unwrap();
        assert_eq!(done.polls(), 1);
        first_looks.push(done.elapsed().as_secs_f64());
    }
    let ratio = first_looks[1] / first_looks[0];
    assert!((0.9..1.1).contains(&ratio), "{first_looks:?}");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_was_found_is_looked_at_at_once() {
    let script =
        Script::start(|before, _| if before == 0 { state("queued") } else { done() }).await;
    let id = "order_1".parse().unwrap();
    let found = script
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
async fn a_look_is_as_soon_as_the_policy_says_and_not_before_what_the_service_asks_even_at_the_end()
{
    let script = Script::start(|before, _| if before < 3 { state("queued") } else { done() }).await;
    let often = PollingPolicy::fixed(Duration::from_millis(200));
    let done_soon = script
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

    let script = Script::start(|before, _| match before {
        0 => answer(503, &[("retry-after", "19")], ""),
        _ => done(),
    })
    .await;
    let wait = script.client().task("t").wait();
    wait.timeout(Duration::from_secs(20)).await.unwrap();
    let asked = script.asked();
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(19));
}
