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
fn assert_planned(machine: &PollLoop, pause: Duration, last: bool, what: &str) {
    let Stage::Polling { due, last: told } = machine.stage else {
        panic!("{what}: no look is planned");
    };
    assert_eq!((due - Instant::now(), told), (pause, last), "{what}");
}

#[tokio::test(start_paused = true)]
async fn what_is_left_is_told_by_progress_that_moves_on_and_by_no_other() {
    let mut machine = PollLoop::new(Client::new("sk-1").unwrap().task("t").wait());
    let seconds = Duration::from_secs;
    for (after, progress, left) in [
        (0, 10, None),
        (9, 20, Some(seconds(72))),
        (40, 60, Some(seconds(40))),
        (5, 30, None),
        (5, 100, None),
    ] {
        tokio::time::advance(seconds(after)).await;
        machine.progressed(progress);
        assert_eq!(machine.left, left, "at {progress} %");
    }
}

#[tokio::test(start_paused = true)]
async fn looks_that_fail_are_made_ever_less_often_up_to_twice_a_minute() {
    let mut machine = PollLoop::new(waiting(PollingPolicy::fixed(Duration::from_millis(500))));
    for (run, millis) in [
        (0, 500),
        (1, 2_000),
        (2, 4_000),
        (4, 16_000),
        (5, 30_000),
        (u32::MAX, 30_000),
    ] {
        machine.consecutive_failures = run;
        machine.plan(None);
        let what = format!("after {run} failed polls");
        assert_planned(&machine, Duration::from_millis(millis), false, &what);
    }
    let rarely = Duration::from_mins(1);
    let mut machine = PollLoop::new(waiting(PollingPolicy::fixed(rarely)));
    machine.consecutive_failures = 1;
    machine.plan(None);
    assert_planned(&machine, rarely, false, "no sooner for having failed");
}

#[tokio::test(start_paused = true)]
async fn the_last_look_leaves_a_tenth_of_what_is_left_and_two_seconds_at_most() {
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
        let mut machine = PollLoop::new(wait.timeout(Duration::from_millis(deadline)));
        machine.plan(Some(Duration::from_millis(floor)));
        let what = format!("{pause} ms, {floor} ms asked for, {deadline} ms left");
        assert_planned(&machine, Duration::from_millis(due), last, &what);
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_look_is_by_the_age_of_the_task_and_by_its_progress_as_long_as_that_is_news() {
    let seconds = Duration::from_secs;
    let price = seconds(1);
    let policy = PollingPolicy::adaptive().poll_cost(price);
    for (before, since) in [(0, 0), (0, 40), (40, 0), (10, 30)] {
        let mut machine = PollLoop::new(waiting(policy.clone()));
        machine.age_at_born = seconds(before);
        tokio::time::advance(seconds(since)).await;
        let history = &machine.task.client.0.history;
        let pause = history.pause("", seconds(before + since), price);
        let what = format!("{before} s old, and {since} s later");
        machine.left = Some(seconds(500));
        machine.plan(None);
        assert_planned(&machine, pause * 2, false, &what);
        machine.plan(None);
        assert_planned(&machine, pause, false, &what);
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_made_elsewhere_is_as_old_as_the_first_look_at_it_says() {
    let mut machine = PollLoop::new(waiting(PollingPolicy::adaptive()));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap().as_secs();
    for (state, old) in [("queued", 100), ("in_progress", 5000)] {
        let body = json!({"id": "t", "status": state, "created_at": now - old});
        let body = bytes::Bytes::from(body.to_string());
        let told = parse_task(lenient(&body).unwrap(), &body, None).unwrap();
        machine.apply(told).unwrap();
        let age = machine.age_at_born.as_secs();
        assert!((100..1000).contains(&age), "{state}: {age} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_believed_after_three_looks_and_later_where_the_task_was_new() {
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
        let mut machine = PollLoop::new(task.wait());
        let refusal = Error::from(ErrorInner::new(ErrorKind::NotFound, "no such task"));
        let first = Instant::now();
        let believed = loop {
            if machine.is_terminal_error(&refusal) || first.elapsed() > NEW_TASK_AGE {
                break first.elapsed();
            }
            tokio::time::advance(Duration::from_secs(every)).await;
        };
        assert_eq!(believed.as_secs(), expected, "{age:?}, every {every} s");
    }
}

#[test]
fn a_task_that_waits_holds_little() {
    let mut machine = PollLoop::new(Client::new("sk-1").unwrap().task("t").wait());
    let waiting = size_of_val(&machine.next());
    assert!(
        size_of::<PollLoop>() + waiting < 2048,
        "{} + {waiting}",
        size_of::<PollLoop>()
    );
}
