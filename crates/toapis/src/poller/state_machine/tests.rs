//! The state machine without a server: progress, failed polls and error responses.

use serde_json::json;

use super::*;
use crate::Client;
use crate::task::parse_task;
use crate::transport::lenient;

fn waiting(policy: PollingPolicy) -> TaskPoller {
    let wait = Client::new("sk-1").unwrap().task("t").wait();
    wait.polling_policy(policy.jitter(0.0))
}

/// Checks when the next poll is due, and whether it is the last.
fn assert_planned(poll_loop: &PollLoop, pause: Duration, last: bool, what: &str) {
    let Stage::Polling { due, last: is_last } = poll_loop.stage else {
        panic!("{what}: no poll is planned");
    };
    assert_eq!((due - Instant::now(), is_last), (pause, last), "{what}");
}

#[tokio::test(start_paused = true)]
async fn remaining_time_is_extrapolated_from_increasing_progress() {
    let mut poll_loop = PollLoop::new(Client::new("sk-1").unwrap().task("t").wait());
    let seconds = Duration::from_secs;
    for (after, progress, left) in [
        (0, 10, None),
        (9, 20, Some(seconds(72))),
        (40, 60, Some(seconds(40))),
        (5, 30, None),
        (5, 100, None),
    ] {
        tokio::time::advance(seconds(after)).await;
        poll_loop.progressed(progress);
        assert_eq!(poll_loop.left, left, "at {progress} %");
    }
}

#[tokio::test(start_paused = true)]
async fn failed_polls_back_off_up_to_thirty_seconds() {
    let mut poll_loop = PollLoop::new(waiting(PollingPolicy::fixed(Duration::from_millis(500))));
    for (run, millis) in [
        (0, 500),
        (1, 2_000),
        (2, 4_000),
        (4, 16_000),
        (5, 30_000),
        (u32::MAX, 30_000),
    ] {
        poll_loop.consecutive_failures = run;
        poll_loop.plan(None);
        let what = format!("after {run} failed polls");
        assert_planned(&poll_loop, Duration::from_millis(millis), false, &what);
    }
    let rarely = Duration::from_mins(1);
    let mut poll_loop = PollLoop::new(waiting(PollingPolicy::fixed(rarely)));
    poll_loop.consecutive_failures = 1;
    poll_loop.plan(None);
    assert_planned(&poll_loop, rarely, false, "not sooner after a failed poll");
}

#[tokio::test(start_paused = true)]
async fn last_poll_reserves_a_tenth_of_the_remaining_time() {
    // The deadline, the pause of the policy, `Retry-After`, and the time of the next poll.
    for (deadline, pause, floor, due, last) in [
        (5_000, 60_000, 0, 4_500, true),
        (20_000, 60_000, 0, 18_000, true),
        (90_000, 95_000, 0, 88_000, true),
        (10_000, 8_999, 0, 8_999, false),
        (10_000, 9_000, 0, 9_000, true),
        (60_000, 10_000, 4_000, 10_000, false),
        (60_000, 10_000, 25_000, 25_000, false),
        (20_000, 1_000, 18_000, 18_000, true),
        (20_000, 1_000, 19_000, 19_000, true),
    ] {
        let wait = waiting(PollingPolicy::fixed(Duration::from_millis(pause)));
        let mut poll_loop = PollLoop::new(wait.timeout(Duration::from_millis(deadline)));
        poll_loop.plan(Some(Duration::from_millis(floor)));
        let what = format!("{pause} ms, {floor} ms asked for, {deadline} ms left");
        assert_planned(&poll_loop, Duration::from_millis(due), last, &what);
    }
}

#[tokio::test(start_paused = true)]
async fn adaptive_pause_depends_on_age_and_on_new_progress_only() {
    let seconds = Duration::from_secs;
    let price = seconds(1);
    let policy = PollingPolicy::adaptive().poll_cost(price);
    for (before, since) in [(0, 0), (0, 40), (40, 0), (10, 30)] {
        let mut poll_loop = PollLoop::new(waiting(policy.clone()));
        poll_loop.reference_age = seconds(before);
        tokio::time::advance(seconds(since)).await;
        let history = &poll_loop.task.client.0.history;
        let pause = history.pause("", seconds(before + since), price);
        let what = format!("{before} s old, and {since} s later");
        poll_loop.left = Some(seconds(500));
        poll_loop.plan(None);
        assert_planned(&poll_loop, pause * 2, false, &what);
        poll_loop.plan(None);
        assert_planned(&poll_loop, pause, false, &what);
    }
}

#[tokio::test(start_paused = true)]
async fn first_poll_sets_the_age_of_a_resumed_task() {
    let mut poll_loop = PollLoop::new(waiting(PollingPolicy::adaptive()));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap().as_secs();
    for (status, old) in [("queued", 100), ("in_progress", 5000)] {
        let body = json!({"id": "t", "status": status, "created_at": now - old});
        let body = bytes::Bytes::from(body.to_string());
        let snapshot = parse_task(lenient(&body).unwrap(), &body, None).unwrap();
        poll_loop.apply(snapshot).unwrap();
        let age = poll_loop.reference_age.as_secs();
        assert!((100..1000).contains(&age), "{status}: {age} s");
    }
}

#[tokio::test(start_paused = true)]
async fn permanent_error_needs_three_polls_and_longer_for_a_new_task() {
    for (age, every, expected) in [
        (None, 1, 5),
        (None, 20, 40),
        (Some(0), 1, 30),
        (Some(59), 1, 30),
        (Some(60), 1, 5),
    ] {
        let mut task = Client::new("sk-1").unwrap().task("t");
        task.created = age.map(|_| Instant::now());
        tokio::time::advance(Duration::from_secs(age.unwrap_or_default())).await;
        let mut poll_loop = PollLoop::new(task.wait());
        let error = Error::from(ErrorInner::new(ErrorKind::NotFound, "no such task"));
        let first = Instant::now();
        let accepted_after = loop {
            if poll_loop.is_terminal_error(&error) || first.elapsed() > NEW_TASK_AGE {
                break first.elapsed();
            }
            tokio::time::advance(Duration::from_secs(every)).await;
        };
        assert_eq!(
            accepted_after.as_secs(),
            expected,
            "{age:?}, every {every} s"
        );
    }
}

#[test]
fn waiting_task_needs_less_than_two_kibibytes() {
    let mut poll_loop = PollLoop::new(Client::new("sk-1").unwrap().task("t").wait());
    let waiting = size_of_val(&poll_loop.next());
    assert!(
        size_of::<PollLoop>() + waiting < 2048,
        "{} + {waiting}",
        size_of::<PollLoop>()
    );
}
