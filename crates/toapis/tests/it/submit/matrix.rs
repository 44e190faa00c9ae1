//! A create is paid at most once, and what is told of it is true: every way of failing, by every way of looking it up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use toapis::{BusinessId, ImageRequest, SubmissionOutcome};

use super::cases::{Case, Told, broken, doubtful, good, unproven};
use super::refusals::{not_taken_up, refused};
use crate::script::{Act, Asked, Script, html, json as reply};

/// How a host answers the look-up of a business id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookUp {
    /// It knows the tasks that were made.
    Works,
    /// The task of another caller, whatever was asked.
    Wrong,
    NotFound,
    BadRequest,
    Fails,
    Hangs,
}

/// A host whose first create goes as the case says, and every later one well.
pub(super) async fn host(case: &Case, look_up: LookUp) -> (Script, Arc<AtomicUsize>) {
    let paid = Arc::new(AtomicUsize::new(0));
    let (act, made, counter) = (case.act.clone(), case.made, paid.clone());
    let creates = AtomicUsize::new(0);
    let script = Script::start(move |_, asked: &Asked| {
        if asked.is_create() {
            let first = creates.fetch_add(1, Ordering::SeqCst) == 0;
            if first && !made {
                return act.clone();
            }
            counter.fetch_add(1, Ordering::SeqCst);
            return if first {
                act.clone()
            } else {
                reply(200, json!({"id": "task_2", "status": "pending"}))
            };
        }
        match look_up {
            LookUp::Works if counter.load(Ordering::SeqCst) > 0 => reply(
                200,
                json!({"id": "task_1", "status": "queued", "client_business_id": "order_1"}),
            ),
            LookUp::Works | LookUp::NotFound => reply(
                404,
                json!({"error": {"code": 404, "message": "Task not found"}}),
            ),
            LookUp::Wrong => reply(
                200,
                json!({"id": "task_9", "status": "queued", "client_business_id": "order_9"}),
            ),
            LookUp::BadRequest => reply(400, json!({"message": "task_not_exist"})),
            LookUp::Fails => html(500),
            LookUp::Hangs => Act::Hang,
        }
    })
    .await;
    (script, paid)
}

#[tokio::test(start_paused = true)]
async fn whatever_happens_a_create_is_paid_at_most_once_and_the_outcome_told_is_true() {
    for look_up in [
        LookUp::Works,
        LookUp::Wrong,
        LookUp::NotFound,
        LookUp::BadRequest,
        LookUp::Fails,
        LookUp::Hangs,
    ] {
        let doubts = [doubtful(), unproven(), broken()];
        let refusals = [refused(), not_taken_up()];
        let cases = [good()].into_iter().chain(doubts).chain(refusals);
        for case in cases.flatten() {
            let (script, paid) = host(&case, look_up).await;
            let cell = format!("{}, look-up {look_up:?}", case.name);
            let id = BusinessId::new("order_1").unwrap();
            let request = ImageRequest::new("a cat").business_id(id.clone());
            let result = script.client().images().submit(request).await;

            let paid = paid.load(Ordering::SeqCst);
            assert!(paid <= 1, "{cell}: paid {paid} times");
            let creates: Vec<_> = script
                .asked()
                .into_iter()
                .filter(Asked::is_create)
                .collect();
            assert!(
                creates
                    .iter()
                    .all(|create| create.json()["client_business_id"] == "order_1"),
                "{cell}"
            );
            match (case.told, look_up) {
                (Told::Task, _) => assert_eq!(result.unwrap().id().as_str(), "task_1", "{cell}"),
                (Told::Again, _) => {
                    assert_eq!(result.unwrap().id().as_str(), "task_2", "{cell}");
                    assert_eq!(creates.len(), 2, "{cell}");
                }
                (Told::Doubt, LookUp::Works) if case.made => {
                    let task = result.unwrap_or_else(|error| panic!("{cell}: {error}"));
                    assert_eq!(task.id().as_str(), "task_1", "{cell}");
                    assert!(task.was_recovered(), "{cell}");
                    assert_eq!(creates.len(), 1, "{cell}");
                }
                (Told::Doubt, _) => {
                    let error = result.unwrap_err();
                    assert_eq!(
                        error.outcome(),
                        Some(&SubmissionOutcome::Unknown(id)),
                        "{cell}"
                    );
                    assert!(!error.is_retryable(), "{cell}");
                    assert!(error.hint().unwrap().contains("order_1"), "{cell}");
                    assert_eq!(creates.len(), 1, "{cell}: nothing is sent again on a doubt");
                    if let Act::Answer { status, .. } = case.act {
                        assert_eq!(error.status().unwrap(), status, "{cell}");
                    }
                }
                (Told::Rejected(kind), _) => {
                    let error = result.unwrap_err();
                    assert_eq!(
                        (error.kind(), error.outcome()),
                        (kind, Some(&SubmissionOutcome::Rejected)),
                        "{cell}: {error}"
                    );
                    assert_eq!((creates.len(), paid), (1, 0), "{cell}");
                }
            }
        }
    }
}
