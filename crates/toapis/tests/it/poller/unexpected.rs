//! Well-formed responses that contradict each other: other tasks, falling progress, late results.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::json;
use toapis::{ErrorKind, PollingPolicy, TaskRecord, TaskUpdate};
use tokio::time::Instant;

use super::{done, failed, state};
use crate::support::ServerExt as _;
use toapis_test_support::server::{Reply, ScriptedServer, json_response};

fn another() -> Reply {
    json_response(
        200,
        json!({"id": "other", "client_business_id": "order_9", "status": "completed", "url": "http://127.0.0.1/other.png"}),
    )
}

#[tokio::test(start_paused = true)]
async fn response_of_another_task_is_not_accepted() {
    let server = ScriptedServer::start(|before, _| match before {
        0 => state("queued"),
        1 | 2 => another(),
        _ => done(),
    })
    .await;
    let record = json!({"id": "t", "business_id": "order_1"});
    let record: TaskRecord = serde_json::from_value(record).unwrap();
    let mut updates = server.client().resume(record.clone()).wait().updates();
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
    let server = ScriptedServer::start(|_, _| another()).await;
    let error = server.client().resume(record).fetch().await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Decode && error.attempts() == 5,
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn task_is_accepted_under_another_form_of_its_id() {
    for (request, answer) in [
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
        let server = ScriptedServer::start(move |_, _| {
            let mut answer = answer.clone();
            answer["status"] = "completed".into();
            answer["url"] = "http://127.0.0.1/a.png".into();
            json_response(200, answer)
        })
        .await;
        let client = server.client();
        assert_eq!(client.task(request).wait().await.unwrap().polls(), 1);
        assert!(
            client
                .task(request)
                .fetch()
                .await
                .unwrap()
                .status()
                .is_final()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn completed_task_stays_completed() {
    let server = ScriptedServer::start(|before, _| match before {
        0 => state("in_progress"),
        1 => done(),
        _ => state("processing"),
    })
    .await;
    let done = server.client().task("t").wait().await.unwrap();
    assert_eq!((done.polls(), server.requests().len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn status_and_progress_may_go_backwards() {
    let step = |state: &str, progress: u8| {
        json_response(
            200,
            json!({"id": "t", "status": state, "progress": progress}),
        )
    };
    let server = ScriptedServer::start(move |before, _| match before {
        0 => step("in_progress", 10),
        1 => step("in_progress", 80),
        2 => step("queued", 20),
        3 => step("in_progress", 20),
        4 => step("in_progress", 99),
        5 => step("in_progress", 100),
        _ => done(),
    })
    .await;
    let updates: Vec<_> = server.client().task("t").wait().updates().collect().await;
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
async fn late_result_is_returned_by_the_next_wait() {
    let server = ScriptedServer::start(|before, _| match before {
        0 => json_response(
            200,
            json!({"id": "t", "status": "completed", "result": null}),
        ),
        _ => done(),
    })
    .await;
    let client = server.client();
    let error = client.task("t").wait().await.unwrap_err();
    assert!(error.kind() == ErrorKind::MissingResult, "{error}");
    let id = error.task_id().unwrap().clone();
    assert_eq!(client.task(id).wait().await.unwrap().images().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn unknown_failure_code_is_kept() {
    let server = ScriptedServer::start(|_, _| failed("brand_new_reason")).await;
    let error = server.client().task("t").wait().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::TaskFailed, Some("brand_new_reason"))
    );
}

#[tokio::test(start_paused = true)]
async fn slow_or_endless_poll_does_not_end_polling() {
    for (chunk, pause) in [
        (b" ".to_vec(), Duration::from_secs(3)),
        (vec![b' '; 64 * 1024], Duration::from_millis(1)),
    ] {
        let server = ScriptedServer::start(move |before, _| match before {
            0 => state("queued"),
            1 => Reply::Endless {
                status: 200,
                chunk: chunk.clone(),
                pause,
            },
            _ => done(),
        })
        .await;
        let start = Instant::now();
        let wait = server
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
        assert!(server.streamed_bytes() < 8 * 1024 * 1024);
    }
}
