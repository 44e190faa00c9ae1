//! Answers that are well-formed and still cannot be taken at their word: another's task, time that runs backwards, results that come late.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::json;
use toapis::{ErrorKind, PollingPolicy, TaskRecord, TaskUpdate};
use tokio::time::Instant;

use super::{done, failed, state};
use crate::script::{Act, Script, json as reply};

fn another() -> Act {
    reply(
        200,
        json!({"id": "other", "client_business_id": "order_9", "status": "completed", "url": "http://127.0.0.1/other.png"}),
    )
}

#[tokio::test(start_paused = true)]
async fn the_task_of_another_is_not_taken_for_this_one() {
    let script = Script::start(|before, _| match before {
        0 => state("queued"),
        1 | 2 => another(),
        _ => done(),
    })
    .await;
    let record = json!({"id": "t", "business_id": "order_1"});
    let record: TaskRecord = serde_json::from_value(record).unwrap();
    let mut updates = script.client().resume(record.clone()).updates();
    let mut failed = Vec::new();
    let done = loop {
        match updates.next().await.unwrap().unwrap() {
            TaskUpdate::PollError(error) => failed.push(error),
            TaskUpdate::Completed(done) => break done,
            _ => {}
        }
    };
    assert_eq!(done.images()[0].url(), "http://127.0.0.1/a.png");
    assert_eq!(failed.len(), 2);
    assert!(failed[0].kind() == ErrorKind::Decode, "{}", failed[0]);
    assert!(failed[0].body().unwrap().starts_with(b"{"));
    let script = Script::start(|_, _| another()).await;
    let error = script.client().resume(record).fetch().await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Decode && error.attempts() == 5,
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_task_may_be_asked_for_by_either_name_and_come_back_under_another_shape_of_its_id() {
    for (asked, answer) in [
        (
            "order_1",
            json!({"id": "task_1", "client_business_id": "order_1"}),
        ),
        (
            "task_1",
            json!({"id": "task_1", "client_business_id": "order_1"}),
        ),
        ("task_01ABC", json!({"id": "img_7"})),
    ] {
        let script = Script::start(move |_, _| {
            let mut answer = answer.clone();
            answer["status"] = "completed".into();
            answer["url"] = "http://127.0.0.1/a.png".into();
            reply(200, answer)
        })
        .await;
        let client = script.client();
        assert_eq!(client.task(asked).wait().await.unwrap().polls(), 1);
        assert!(
            client
                .task(asked)
                .fetch()
                .await
                .unwrap()
                .status()
                .is_final()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_completed_stays_completed_whatever_is_said_later() {
    let script = Script::start(|before, _| match before {
        0 => state("in_progress"),
        1 => done(),
        _ => state("processing"),
    })
    .await;
    let done = script.client().task("t").wait().await.unwrap();
    assert_eq!((done.polls(), script.asked().len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn states_and_progress_that_run_backwards_are_told_and_waited_through() {
    let step = |state: &str, progress: u8| {
        reply(
            200,
            json!({"id": "t", "status": state, "progress": progress}),
        )
    };
    let script = Script::start(move |before, _| match before {
        0 => step("in_progress", 10),
        1 => step("in_progress", 80),
        2 => step("queued", 20),
        3 => step("in_progress", 20),
        4 => step("in_progress", 99),
        5 => step("in_progress", 100),
        _ => done(),
    })
    .await;
    let updates: Vec<_> = script.client().task("t").updates().collect().await;
    let told: Vec<_> = updates
        .into_iter()
        .filter_map(|update| match update.unwrap() {
            TaskUpdate::Status(state) => Some(state.to_string()),
            TaskUpdate::Progress(percent) => Some(percent.to_string()),
            _ => None,
        })
        .collect();
    let all = "in_progress 10 80 queued 20 in_progress 99 100 completed";
    assert_eq!(told.join(" "), all);
}

#[tokio::test(start_paused = true)]
async fn a_result_that_comes_after_the_task_is_completed_is_there_for_who_asks_again() {
    let script = Script::start(|before, _| match before {
        0 => reply(
            200,
            json!({"id": "t", "status": "completed", "result": null}),
        ),
        _ => done(),
    })
    .await;
    let client = script.client();
    let error = client.task("t").wait().await.unwrap_err();
    assert!(error.kind() == ErrorKind::MissingResult, "{error}");
    let id = error.task_id().unwrap().clone();
    assert_eq!(client.task(id).wait().await.unwrap().images().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_a_code_that_no_one_knows_is_a_failure_with_that_code() {
    let script = Script::start(|_, _| failed("brand_new_reason")).await;
    let error = script.client().task("t").wait().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::TaskFailed, Some("brand_new_reason"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_look_that_drips_or_never_ends_costs_itself_and_not_the_waiting() {
    for (chunk, pause) in [
        (b" ".to_vec(), Duration::from_secs(3)),
        (vec![b' '; 64 * 1024], Duration::from_millis(1)),
    ] {
        let script = Script::start(move |before, _| match before {
            0 => state("queued"),
            1 => Act::Flow {
                status: 200,
                chunk: chunk.clone(),
                pause,
            },
            _ => done(),
        })
        .await;
        let start = Instant::now();
        let wait = script
            .client()
            .task("t")
            .wait()
            .polling_policy(PollingPolicy::fixed(Duration::from_secs(1)));
        assert_eq!(wait.await.unwrap().polls(), 3);
        assert!(
            start.elapsed() < Duration::from_secs(40),
            "{:?}",
            start.elapsed()
        );
        assert!(script.flowed() < 8 * 1024 * 1024);
    }
}
