//! One prepared request creates one task: submitted twice, concurrently, again after an unknown
//! outcome, or dropped.

use std::future::{Future as _, IntoFuture as _, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use serde_json::json;
use toapis::{ErrorKind, SubmissionOutcome};
use tokio::time::Instant;

use super::cases::error;
use crate::support::ServerExt as _;
use toapis_test_support::server::{Reply, ScriptedServer, json_response};

/// Starts a server that creates a task for each create and finds them by business id.
async fn working_server() -> ScriptedServer {
    let made = AtomicUsize::new(0);
    ScriptedServer::start(move |_, request| {
        if request.is_create() {
            let number = made.fetch_add(1, Ordering::SeqCst) + 1;
            return json_response(
                200,
                json!({"id": format!("task_{number}"), "status": "pending"}),
            );
        }
        match made.load(Ordering::SeqCst) {
            0 => json_response(404, json!({"error": {"code": 404, "message": "no"}})),
            _ => json_response(200, json!({"id": "task_1", "status": "queued"})),
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn one_prepared_request_creates_one_task() {
    let server = working_server().await;
    let prepared = server.client().images().prepare("a cat").unwrap();
    let same = prepared.clone();
    let submit = prepared.submit();
    let (one, two, three) = tokio::join!(
        submit.clone().into_future(),
        submit.into_future(),
        same.submit().into_future()
    );
    let fourth = prepared.resubmit().await;
    for task in [one, two, three, fourth] {
        assert_eq!(task.unwrap().id().as_str(), "task_1");
    }
    assert_eq!(server.create_count(), 1);
    let other = server.client().images().prepare("a cat").unwrap();
    assert_eq!(other.submit().await.unwrap().id().as_str(), "task_2");
}

#[tokio::test(start_paused = true)]
async fn submit_after_unknown_outcome_only_looks_up() {
    let found = Arc::new(AtomicBool::new(false));
    let there = found.clone();
    let server = ScriptedServer::start(move |_, request| {
        if request.is_create() {
            Reply::Close
        } else if there.load(Ordering::SeqCst) {
            json_response(200, json!({"id": "task_1", "status": "queued"}))
        } else {
            json_response(404, json!({"error": {"code": 404, "message": "no"}}))
        }
    })
    .await;
    let prepared = server.client().images().prepare("a cat").unwrap();
    for _ in 0..3 {
        let error = prepared.submit().await.unwrap_err();
        assert_eq!(
            error.outcome(),
            Some(&SubmissionOutcome::Unknown(prepared.business_id().clone())),
            "{error}"
        );
        assert_eq!(error.business_id(), Some(prepared.business_id()));
    }
    assert_eq!(server.create_count(), 1);
    found.store(true, Ordering::SeqCst);
    let task = prepared.submit().await.unwrap();
    assert!(task.was_recovered() && task.id().as_str() == "task_1");
    assert_eq!(server.create_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn submit_after_rejection_sends_again() {
    let server = ScriptedServer::start(|before, _| match before {
        0 => error(402, "insufficient_quota"),
        _ => json_response(200, json!({"id": "task_1"})),
    })
    .await;
    let prepared = server.client().images().prepare("a cat").unwrap();
    assert!(prepared.submit().await.unwrap_err().kind() == ErrorKind::InsufficientQuota);
    assert_eq!(prepared.submit().await.unwrap().id().as_str(), "task_1");
}

#[tokio::test(start_paused = true)]
async fn concurrent_submit_keeps_its_own_timeout() {
    let server = ScriptedServer::start(|_, _| Reply::Hang).await;
    let prepared = server.client().images().prepare("a cat").unwrap();
    let first = tokio::spawn(prepared.submit().into_future());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let start = Instant::now();
    let second = prepared.submit().timeout(Duration::from_secs(5)).await;
    let error = second.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Timeout && error.outcome().unwrap().is_unknown(),
        "{error}"
    );
    assert!(start.elapsed() <= Duration::from_secs(6));
    first.abort();
}

#[tokio::test(start_paused = true)]
async fn submit_dropped_at_any_await_point_is_paid_once() {
    let (mut found, mut nothing_made) = (0, 0);
    for polls in 0.. {
        let server = working_server().await;
        let client = server.client();
        let prepared = client.images().prepare("a cat").unwrap();
        let mut submit = prepared.submit().into_future();
        let mut ready = false;
        for _ in 0..polls {
            let poll = poll_fn(|context| Poll::Ready(Pin::new(&mut submit).poll(context)));
            ready = ready || poll.await.is_ready();
            // Lets the connection and the server make progress.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if ready {
            assert!(found > 0, "none was dropped after its create had come");
            break;
        }
        drop(submit);
        tokio::time::sleep(Duration::from_millis(1)).await;
        let made = server.create_count();
        assert!(made <= 1);
        let looked_up = client
            .images()
            .find_by_business_id(prepared.business_id())
            .await
            .unwrap();
        assert_eq!(looked_up.is_some(), made == 1, "after {polls} polls");
        match prepared.submit().await {
            Ok(task) => assert_eq!(task.id().as_str(), "task_1"),
            // The client cannot know whether the create left.
            Err(error) => assert!(
                made == 0 && error.outcome().unwrap().is_unknown(),
                "{error}"
            ),
        }
        assert!(server.create_count() <= 1, "after {polls} polls");
        found += made;
        nothing_made += 1 - made;
    }
    assert!(nothing_made > 0, "none was dropped before its create came");
}

#[tokio::test(start_paused = true)]
async fn prepared_request_shows_its_body_before_sending() {
    let server = working_server().await;
    let prepared = server.client().images().prepare("a cat").unwrap();
    let submit = prepared.submit();
    let id = prepared.business_id().as_str();
    for shown in [format!("{prepared:?}"), format!("{submit:?}")] {
        assert!(
            shown.contains(id) && !shown.contains("sk-test-key"),
            "{shown}"
        );
    }
    let body = submit.body();
    assert_eq!(body, prepared.body());
    assert!(server.requests().is_empty());
    submit.await.unwrap();
    assert_eq!(server.requests()[0].json(), body);
}
