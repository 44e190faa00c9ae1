//! What the machine makes of progress, of looks that fail and of refusals, without a server.

use super::*;
use crate::Client;

#[tokio::test(start_paused = true)]
async fn what_is_left_is_told_by_progress_that_moves_on_and_by_no_other() {
    let mut machine = Machine::new(Wait::new(Client::new("sk-1").unwrap().task("t")));
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
    let often = PollPolicy::fixed(Duration::from_millis(500));
    let wait = Wait::new(Client::new("sk-1").unwrap().task("t"));
    let mut machine = Machine::new(wait.poll(often.jitter(0.0)));
    for (run, millis) in [
        (0, 500),
        (1, 2_000),
        (2, 4_000),
        (4, 16_000),
        (5, 30_000),
        (u32::MAX, 30_000),
    ] {
        machine.run = run;
        machine.plan(None);
        let due = Instant::now() + Duration::from_millis(millis);
        let last = false;
        assert!(
            machine.stage == Stage::Looking { due, last },
            "after {run} failed looks"
        );
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
        task.born = age.map(|_| Instant::now());
        tokio::time::advance(Duration::from_secs(age.unwrap_or_default())).await;
        let mut machine = Machine::new(Wait::new(task));
        let refusal = Error::from(Context::new(ErrorKind::NotFound, "no such task"));
        let first = Instant::now();
        let believed = loop {
            if machine.ends(&refusal) || first.elapsed() > FRESH {
                break first.elapsed();
            }
            tokio::time::advance(Duration::from_secs(every)).await;
        };
        assert_eq!(believed.as_secs(), expected, "{age:?}, every {every} s");
    }
}

#[test]
fn a_task_that_waits_holds_little() {
    let mut machine = Machine::new(Wait::new(Client::new("sk-1").unwrap().task("t")));
    let waiting = size_of_val(&machine.next());
    assert!(
        size_of::<Machine>() + waiting < 2048,
        "{} + {waiting}",
        size_of::<Machine>()
    );
}
