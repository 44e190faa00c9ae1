//! The task handle: its updates, its record and its ids.

use futures_util::StreamExt as _;
use serde_json::json;
use toapis::{ErrorKind, TaskRecord, TaskUpdate};

use super::{done, failed, state};
use crate::support::ServerExt as _;
use toapis_test_support::server::{ScriptedServer, html_response, json_response};

#[tokio::test(start_paused = true)]
async fn updates_arrive_in_order() {
    let server = ScriptedServer::start(|before, request| match before {
        _ if request.is_create() => state("pending"),
        1 => json_response(
            200,
            json!({"id": "t", "status": "in_progress", "progress": 40}),
        ),
        2 => html_response(502),
        3 => json_response(
            200,
            json!({"id": "t", "status": "in_progress", "progress": 80}),
        ),
        _ => done(),
    })
    .await;
    let task = server.client().images().submit("a cat").await.unwrap();
    let mut messages = Vec::new();
    let mut updates = task.wait().updates();
    while let Some(update) = updates.next().await {
        messages.push(match update.unwrap() {
            TaskUpdate::Accepted(id) => format!("accepted {id}"),
            TaskUpdate::Status(state) => format!("state {state}"),
            TaskUpdate::Progress(percent) => format!("{percent} %"),
            TaskUpdate::PollError(error) => {
                format!("failed poll: HTTP {}", error.status().unwrap().as_u16())
            }
            TaskUpdate::Completed(done) => format!("completed after {} polls", done.polls()),
            _ => "something new".to_owned(),
        });
    }
    assert_eq!(
        messages,
        [
            "accepted t",
            "state pending",
            "0 %",
            "state in_progress",
            "40 %",
            "failed poll: HTTP 502",
            "80 %",
            "state completed",
            "100 %",
            "completed after 4 polls",
        ]
    );
    assert!(updates.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn failed_task_ends_the_stream_with_its_error() {
    let server = ScriptedServer::start(|before, _| {
        if before == 0 {
            state("queued")
        } else {
            failed("generation_failed")
        }
    })
    .await;
    let updates: Vec<_> = server.client().task("t").wait().updates().collect().await;
    let last = updates.last().unwrap().as_ref().unwrap_err();
    assert!(last.kind() == ErrorKind::TaskFailed && last.message() == "upstream");
    assert_eq!(updates.iter().filter(|update| update.is_err()).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn task_is_resumed_from_its_record() {
    let server = ScriptedServer::start(|_, request| {
        if request.is_create() {
            state("pending")
        } else {
            done()
        }
    })
    .await;
    let task = server.client().images().submit("a cat").await.unwrap();
    let written = serde_json::to_string(&task).unwrap();
    let record: TaskRecord = serde_json::from_str(&written).unwrap();
    assert_eq!(record.business_id.as_ref(), task.business_id());
    let done = server.client().resume(record).wait().await.unwrap();
    assert_eq!(done.id().as_str(), "t");
    let only_id: TaskRecord = serde_json::from_value(json!({"id": "t"})).unwrap();
    assert_eq!(
        server
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
async fn id_that_changes_the_path_is_not_sent() {
    let server = ScriptedServer::start(|_, _| done()).await;
    for id in ["..", ".", "", "a\nb"] {
        assert!(
            server.client().task(id).wait().await.unwrap_err().kind() == ErrorKind::InvalidId,
            "{id:?}"
        );
        assert!(
            server.client().task(id).fetch().await.unwrap_err().kind() == ErrorKind::InvalidId,
            "{id:?}"
        );
    }
    assert!(server.requests().is_empty());
    server.client().task("a/../b?c#d%2e").fetch().await.unwrap();
    assert_eq!(
        server.requests()[0].path,
        "/v1/images/generations/a%2F..%2Fb%3Fc%23d%252e"
    );
}

#[tokio::test(start_paused = true)]
async fn task_with_unusable_id_is_polled_by_business_id() {
    for id in ["..".to_owned(), "a\nb".to_owned(), "x".repeat(513)] {
        let called = id.clone();
        let server = ScriptedServer::start(move |_, request| {
            if request.is_create() {
                json_response(200, json!({"id": called, "status": "pending"}))
            } else {
                done()
            }
        })
        .await;
        let task = server.client().images().submit("a cat").await.unwrap();
        assert_eq!(task.id().as_str(), id);
        assert!(task.fetch().await.is_ok());
        assert_eq!(task.wait().await.unwrap().images().len(), 1);
        let own = format!(
            "/v1/images/generations/{}",
            task.business_id().unwrap().as_str()
        );
        assert!(
            server.requests()[1..]
                .iter()
                .all(|request| request.path == own)
        );
    }
}
