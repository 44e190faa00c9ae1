//! Every failure of a create with every behavior of the lookup: paid at most once, outcome true.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use toapis::{BusinessId, ImageRequest, SubmissionOutcome};

use super::cases::{Case, Expected, malformed, maybe_created, not_proven_rejected, succeeded};
use super::rejections::{not_processed, rejected};
use crate::support::ServerExt as _;
use toapis_test_support::server::{
    ReceivedRequest, Reply, ScriptedServer, html_response, json_response,
};

/// How the server responds to the lookup of a business id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup {
    /// Returns the task if one was created.
    Works,
    /// Returns the task of another caller.
    Wrong,
    NotFound,
    BadRequest,
    Fails,
    Hangs,
}

/// Starts a server whose first create follows the case. Later creates succeed.
pub(super) async fn host(case: &Case, lookup: Lookup) -> (ScriptedServer, Arc<AtomicUsize>) {
    let paid = Arc::new(AtomicUsize::new(0));
    let (act, made, counter) = (case.reply.clone(), case.creates_task, paid.clone());
    let creates = AtomicUsize::new(0);
    let server = ScriptedServer::start(move |_, request: &ReceivedRequest| {
        if request.is_create() {
            let first = creates.fetch_add(1, Ordering::SeqCst) == 0;
            if first && !made {
                return act.clone();
            }
            counter.fetch_add(1, Ordering::SeqCst);
            return if first {
                act.clone()
            } else {
                json_response(200, json!({"id": "task_2", "status": "pending"}))
            };
        }
        match lookup {
            Lookup::Works if counter.load(Ordering::SeqCst) > 0 => json_response(
                200,
                json!({"id": "task_1", "status": "queued", "client_business_id": "order_1"}),
            ),
            Lookup::Works | Lookup::NotFound => json_response(
                404,
                json!({"error": {"code": 404, "message": "Task not found"}}),
            ),
            Lookup::Wrong => json_response(
                200,
                json!({"id": "task_9", "status": "queued", "client_business_id": "order_9"}),
            ),
            Lookup::BadRequest => json_response(400, json!({"message": "task_not_exist"})),
            Lookup::Fails => html_response(500),
            Lookup::Hangs => Reply::Hang,
        }
    })
    .await;
    (server, paid)
}

#[tokio::test(start_paused = true)]
async fn create_is_paid_at_most_once_and_its_outcome_is_true() {
    for lookup in [
        Lookup::Works,
        Lookup::Wrong,
        Lookup::NotFound,
        Lookup::BadRequest,
        Lookup::Fails,
        Lookup::Hangs,
    ] {
        let unknown = [maybe_created(), not_proven_rejected(), malformed()];
        let rejections = [rejected(), not_processed()];
        let cases = [succeeded()].into_iter().chain(unknown).chain(rejections);
        for case in cases.flatten() {
            let (server, paid) = host(&case, lookup).await;
            let cell = format!("{}, look-up {lookup:?}", case.name);
            let id = BusinessId::new("order_1").unwrap();
            let request = ImageRequest::new("a cat").business_id(id.clone());
            let result = server.client().images().submit(request).await;

            let paid = paid.load(Ordering::SeqCst);
            assert!(paid <= 1, "{cell}: paid {paid} times");
            let creates: Vec<_> = server
                .requests()
                .into_iter()
                .filter(ReceivedRequest::is_create)
                .collect();
            assert!(
                creates
                    .iter()
                    .all(|create| create.json()["client_business_id"] == "order_1"),
                "{cell}"
            );
            match (case.expected, lookup) {
                (Expected::Task, _) => {
                    assert_eq!(result.unwrap().id().as_str(), "task_1", "{cell}");
                }
                (Expected::Retried, _) => {
                    assert_eq!(result.unwrap().id().as_str(), "task_2", "{cell}");
                    assert_eq!(creates.len(), 2, "{cell}");
                }
                (Expected::UnknownUnlessFound, Lookup::Works) if case.creates_task => {
                    let task = result.unwrap_or_else(|error| panic!("{cell}: {error}"));
                    assert_eq!(task.id().as_str(), "task_1", "{cell}");
                    assert!(task.was_recovered(), "{cell}");
                    assert_eq!(creates.len(), 1, "{cell}");
                }
                (Expected::UnknownUnlessFound, _) => {
                    let error = result.unwrap_err();
                    assert_eq!(
                        error.outcome(),
                        Some(&SubmissionOutcome::Unknown(id)),
                        "{cell}"
                    );
                    assert!(!error.is_retryable(), "{cell}");
                    assert!(error.hint().unwrap().contains("order_1"), "{cell}");
                    assert_eq!(creates.len(), 1, "{cell}: nothing is sent again");
                    if let Reply::Response { status, .. } = case.reply {
                        assert_eq!(error.status().unwrap(), status, "{cell}");
                    }
                }
                (Expected::Rejected(kind), _) => {
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
