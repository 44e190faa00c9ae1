//! The handle of a task: what it tells on the way, how it is written down, which ids it takes.

use futures_util::StreamExt as _;
use serde_json::json;
use toapis::{ErrorKind, TaskRecord, TaskUpdate};

use super::{done, failed, state};
use crate::script::{Script, html, json as reply};

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
            TaskUpdate::Accepted(id) => format!("accepted {id}"),
            TaskUpdate::Status(state) => format!("state {state}"),
            TaskUpdate::Progress(percent) => format!("{percent} %"),
            TaskUpdate::PollError(error) => {
                format!("failed look: HTTP {}", error.status().unwrap().as_u16())
            }
            TaskUpdate::Completed(done) => format!("completed after {} looks", done.polls()),
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
    assert!(last.kind() == ErrorKind::TaskFailed && last.message() == "upstream");
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
            script.client().task(id).wait().await.unwrap_err().kind() == ErrorKind::InvalidId,
            "{id:?}"
        );
        assert!(
            script.client().task(id).fetch().await.unwrap_err().kind() == ErrorKind::InvalidId,
            "{id:?}"
        );
    }
    assert!(script.asked().is_empty());
    script.client().task("a/../b?c#d%2e").fetch().await.unwrap();
    assert_eq!(
        script.asked()[0].path,
        "/v1/images/generations/a%2F..%2Fb%3Fc%23d%252e"
    );
}

#[tokio::test(start_paused = true)]
async fn a_paid_task_whose_id_cannot_stand_in_a_path_is_asked_for_by_the_callers_own() {
    for id in ["..".to_owned(), "a\nb".to_owned(), "x".repeat(513)] {
        let called = id.clone();
        let script = Script::start(move |_, asked| {
            if asked.is_create() {
                reply(200, json!({"id": called, "status": "pending"}))
            } else {
                done()
            }
        })
        .await;
        let task = script.client().images().submit("a cat").await.unwrap();
        assert_eq!(task.id().as_str(), id);
        assert!(task.fetch().await.is_ok());
        assert_eq!(task.wait().await.unwrap().images().len(), 1);
        let own = format!(
            "/v1/images/generations/{}",
            task.business_id().unwrap().as_str()
        );
        assert!(script.asked()[1..].iter().all(|asked| asked.path == own));
    }
}
