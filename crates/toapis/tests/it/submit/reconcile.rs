//! Creates without a response: looked up by business id, adopted if found, never sent again.

use std::future::IntoFuture as _;
use std::time::Duration;

use serde_json::json;
use toapis::{BusinessId, ErrorKind, ImageRequest, RetryPolicy, SubmissionOutcome};

use super::cases::error;
use crate::support::ServerExt as _;
use toapis_test_support::server::{Reply, ScriptedServer, html_response, json_response, response};

#[tokio::test(start_paused = true)]
async fn task_that_appears_late_is_recovered() {
    let server = ScriptedServer::start(|before, request| match (request.is_create(), before) {
        (true, _) => Reply::Close,
        (_, 1..=3) => json_response(
            404,
            json!({"error": {"code": 404, "message": "Task not found"}}),
        ),
        _ => json_response(200, json!({"id": "task_1", "status": "queued"})),
    })
    .await;
    let client = server.client();
    let task = client.images().submit("a cat").await.unwrap();
    assert_eq!(task.id().as_str(), "task_1");
    assert_eq!(
        (
            client.metrics().reconciliations,
            client.metrics().recovered_tasks
        ),
        (1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn dropped_submit_is_found_by_its_business_id() {
    let server = ScriptedServer::start(|_, request| {
        if request.is_create() {
            Reply::Hang
        } else {
            json_response(200, json!({"id": "task_1", "status": "queued"}))
        }
    })
    .await;
    let client = server.client();
    let prepared = client.images().prepare("a cat").unwrap();
    let id = prepared.business_id().clone();
    assert!(server.requests().is_empty());
    let cut_short =
        tokio::time::timeout(Duration::from_secs(1), prepared.submit().into_future()).await;
    assert!(cut_short.is_err());
    assert_eq!(
        server.requests()[0].json()["client_business_id"],
        id.as_str()
    );
    let found = client
        .images()
        .find_by_business_id(&id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.id().as_str(), "task_1");
    assert_eq!(
        server.requests()[1].path,
        format!("/v1/images/generations/{id}")
    );
}

#[tokio::test(start_paused = true)]
async fn reconciliation_uses_the_business_id_that_was_sent() {
    for (given, expected) in [(json!("order_1"), Some("order_1")), (json!(null), None)] {
        let server = ScriptedServer::start(|_, request| {
            if request.is_create() {
                Reply::Close
            } else {
                json_response(404, json!({"error": {"code": 404, "message": "no"}}))
            }
        })
        .await;
        let request = ImageRequest::new("a cat").business_id("order_2".parse().unwrap());
        let request = request.extra_field("client_business_id", given);
        let error = server.client().images().submit(request).await.unwrap_err();
        let requests = server.requests();
        let sent = requests[0].json()["client_business_id"].clone();
        let id: BusinessId = serde_json::from_value(sent).unwrap();
        assert_eq!(id.as_str(), expected.unwrap_or("order_2"));
        assert_eq!(requests[1].path, format!("/v1/images/generations/{id}"));
        assert_eq!(error.outcome(), Some(&SubmissionOutcome::Unknown(id)));
    }
}

#[tokio::test(start_paused = true)]
async fn resubmit_looks_up_the_task_before_sending() {
    // The service knows the task: it is adopted.
    let server = ScriptedServer::start(|_, request| {
        if request.is_create() {
            json_response(200, json!({"id": "second"}))
        } else {
            json_response(200, json!({"id": "first", "status": "queued"}))
        }
    })
    .await;
    let prepared = server.client().images().prepare("a cat").unwrap();
    assert_eq!(prepared.resubmit().await.unwrap().id().as_str(), "first");
    assert_eq!(server.create_count(), 0);
    // The service does not know it: it is sent once, with the same business id.
    let server = ScriptedServer::start(|_, request| {
        if request.is_create() {
            json_response(200, json!({"id": "second"}))
        } else {
            json_response(404, json!({"message": "no"}))
        }
    })
    .await;
    let prepared = server.client().images().prepare("a cat").unwrap();
    assert_eq!(prepared.resubmit().await.unwrap().id().as_str(), "second");
    assert_eq!(server.create_count(), 1);
    assert_eq!(
        server.requests()[1].json()["client_business_id"],
        prepared.business_id().as_str()
    );
}

#[tokio::test(start_paused = true)]
async fn response_without_a_task_is_not_adopted() {
    for answer in [
        json!({"status": "not_found"}),
        json!({"status": 404, "id": "r-1", "error": {"message": "no"}}),
    ] {
        let server = ScriptedServer::start(move |_, request| {
            if request.is_create() {
                Reply::Close
            } else {
                json_response(200, &answer)
            }
        })
        .await;
        let client = server.client();
        let error = client.images().submit("a cat").await.unwrap_err();
        let Some(SubmissionOutcome::Unknown(id)) = error.outcome() else {
            panic!("{error}")
        };
        assert!(!matches!(
            client.images().find_by_business_id(id).await,
            Ok(Some(_))
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn rejected_resubmit_keeps_first_outcome_unknown() {
    let server = ScriptedServer::start(|_, request| {
        if request.is_create() {
            error(402, "insufficient_quota")
        } else {
            html_response(500)
        }
    })
    .await;
    let prepared = server.client().images().prepare("a cat").unwrap();
    let error = prepared.resubmit().await.unwrap_err();
    assert!(error.kind() == ErrorKind::InsufficientQuota);
    assert_eq!(
        error.outcome(),
        Some(&SubmissionOutcome::Unknown(prepared.business_id().clone()))
    );
}

#[tokio::test(start_paused = true)]
async fn task_without_business_id_is_recognized_by_id_or_status() {
    for (id, state) in [("task_1", "moderating"), ("order_1", "queued")] {
        let server = ScriptedServer::start(move |_, request| {
            if request.is_create() {
                Reply::Close
            } else {
                json_response(200, json!({"id": id, "status": state}))
            }
        })
        .await;
        let request = toapis::ImageRequest::new("a cat").business_id("order_1".parse().unwrap());
        let task = server.client().images().submit(request).await.unwrap();
        assert!(task.was_recovered() && task.id().as_str() == id);
    }
}

#[tokio::test(start_paused = true)]
async fn failed_find_names_the_business_id() {
    use ErrorKind as K;
    let id: BusinessId = "order_1".parse().unwrap();
    let another = json!({"id": "task_9", "status": "queued", "client_business_id": "order_9"});
    for (act, kind) in [
        (error(400, "invalid_request"), Some(K::BadRequest)),
        (error(401, "unauthorized"), Some(K::Unauthorized)),
        (error(403, "forbidden"), Some(K::Forbidden)),
        (error(429, "rate_limit_exceeded"), Some(K::RateLimited)),
        (error(500, "internal_error"), Some(K::Server)),
        (html_response(502), Some(K::Server)),
        (html_response(200), Some(K::Decode)),
        (response(200, &[], ""), Some(K::Decode)),
        (response(200, &[], "{}"), Some(K::Decode)),
        (response(302, &[("location", "/")], ""), Some(K::Decode)),
        (Reply::Hang, Some(K::Timeout)),
        (Reply::Close, Some(K::ConnectionLost)),
        // Every form of "not found" means that there is no task.
        (error(404, "task_not_found"), None),
        (html_response(404), None),
        (
            json_response(400, json!({"message": "task_not_exist"})),
            None,
        ),
        (json_response(200, another), None),
    ] {
        let what = format!("{act:?}");
        let server = ScriptedServer::start(move |_, _| act.clone()).await;
        let client = server
            .builder()
            .retry_policy(RetryPolicy::default().max_attempts(2));
        match client
            .build()
            .unwrap()
            .images()
            .find_by_business_id(&id)
            .await
        {
            Ok(found) => assert!(kind.is_none() && found.is_none(), "{what}: {found:?}"),
            Err(error) => assert_eq!(
                (Some(error.kind()), error.business_id()),
                (kind, Some(&id)),
                "{what}: {error}"
            ),
        }
    }
    // Errors before sending name the business id too.
    let unfit: BusinessId = serde_json::from_value(json!("..")).unwrap();
    let nobody = toapis::Client::builder()
        .api_key("sk-1")
        .base_url("http://127.0.0.1:1");
    let nobody = nobody.retry_policy(RetryPolicy::never()).build().unwrap();
    for (id, kind) in [(unfit, K::InvalidId), (id, K::Connect)] {
        let error = nobody.images().find_by_business_id(&id).await.unwrap_err();
        assert_eq!((error.kind(), error.business_id()), (kind, Some(&id)));
    }
}
