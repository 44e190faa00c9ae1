//! One prepared request makes one task: submitted twice, at the same time, again after a doubt, or dropped at any point.

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
use crate::script::{Act, Script, json as reply};

/// Makes a task of each create, and knows them.
async fn good() -> Script {
    let made = AtomicUsize::new(0);
    Script::start(move |_, asked| {
        if asked.is_create() {
            let number = made.fetch_add(1, Ordering::SeqCst) + 1;
            return reply(
                200,
                json!({"id": format!("task_{number}"), "status": "pending"}),
            );
        }
        match made.load(Ordering::SeqCst) {
            0 => reply(404, json!({"error": {"code": 404, "message": "no"}})),
            _ => reply(200, json!({"id": "task_1", "status": "queued"})),
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn submits_of_one_prepared_request_one_after_another_or_at_once_are_one_create() {
    let script = good().await;
    let prepared = script.client().images().prepare("a cat").unwrap();
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
    assert_eq!(script.creates(), 1);
    let other = script.client().images().prepare("a cat").unwrap();
    assert_eq!(other.submit().await.unwrap().id().as_str(), "task_2");
}

#[tokio::test(start_paused = true)]
async fn after_a_doubt_another_submit_asks_and_sends_nothing() {
    let found = Arc::new(AtomicBool::new(false));
    let there = found.clone();
    let script = Script::start(move |_, asked| {
        if asked.is_create() {
            Act::Drop
        } else if there.load(Ordering::SeqCst) {
            reply(200, json!({"id": "task_1", "status": "queued"}))
        } else {
            reply(404, json!({"error": {"code": 404, "message": "no"}}))
        }
    })
    .await;
    let prepared = script.client().images().prepare("a cat").unwrap();
    for _ in 0..3 {
        let error = prepared.submit().await.unwrap_err();
        assert_eq!(
            error.outcome(),
            Some(&SubmissionOutcome::Unknown(prepared.business_id().clone())),
            "{error}"
        );
        assert_eq!(error.business_id(), Some(prepared.business_id()));
    }
    assert_eq!(script.creates(), 1);
    found.store(true, Ordering::SeqCst);
    let task = prepared.submit().await.unwrap();
    assert!(task.was_recovered() && task.id().as_str() == "task_1");
    assert_eq!(script.creates(), 1);
}

#[tokio::test(start_paused = true)]
async fn after_a_refusal_another_submit_sends_it_anew() {
    let script = Script::start(|before, _| match before {
        0 => error(402, "insufficient_quota"),
        _ => reply(200, json!({"id": "task_1"})),
    })
    .await;
    let prepared = script.client().images().prepare("a cat").unwrap();
    assert!(prepared.submit().await.unwrap_err().kind() == ErrorKind::InsufficientQuota);
    assert_eq!(prepared.submit().await.unwrap().id().as_str(), "task_1");
}

#[tokio::test(start_paused = true)]
async fn a_submit_that_waits_for_another_keeps_its_deadline_and_tells_the_doubt() {
    let script = Script::start(|_, _| Act::Hang).await;
    let prepared = script.client().images().prepare("a cat").unwrap();
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
async fn a_submit_dropped_at_any_await_point_is_gone_on_with_and_paid_once() {
    let (mut found, mut nothing_made) = (0, 0);
    for polls in 0.. {
        let script = good().await;
        let client = script.client();
        let prepared = client.images().prepare("a cat").unwrap();
        let mut submit = prepared.submit().into_future();
        let mut ready = false;
        for _ in 0..polls {
            let poll = poll_fn(|context| Poll::Ready(Pin::new(&mut submit).poll(context)));
            ready = ready || poll.await.is_ready();
            // The connection and the host get on with it in between.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if ready {
            assert!(found > 0, "none was dropped after its create had come");
            break;
        }
        drop(submit);
        tokio::time::sleep(Duration::from_millis(1)).await;
        let made = script.creates();
        assert!(made <= 1);
        let looked_up = client
            .images()
            .find_by_business_id(prepared.business_id())
            .await
            .unwrap();
        assert_eq!(looked_up.is_some(), made == 1, "after {polls} polls");
        match prepared.submit().await {
            Ok(task) => assert_eq!(task.id().as_str(), "task_1"),
            // It may have left for all that this side can tell.
            Err(error) => assert!(
                made == 0 && error.outcome().unwrap().is_unknown(),
                "{error}"
            ),
        }
        assert!(script.creates() <= 1, "after {polls} polls");
        found += made;
        nothing_made += 1 - made;
    }
    assert!(nothing_made > 0, "none was dropped before its create came");
}

#[tokio::test(start_paused = true)]
async fn what_will_be_sent_can_be_looked_at_before_it_is() {
    let script = good().await;
    let prepared = script.client().images().prepare("a cat").unwrap();
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
    assert!(script.asked().is_empty());
    submit.await.unwrap();
    assert_eq!(script.asked()[0].json(), body);
}
