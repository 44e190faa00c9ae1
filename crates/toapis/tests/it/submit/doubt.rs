//! What becomes of a create whose answer was lost: asked for by its business id, adopted if it is the one, never sent again unasked.

use std::future::IntoFuture as _;
use std::time::Duration;

use serde_json::json;
use toapis::{BusinessId, ErrorKind, ImageRequest, RetryPolicy, SubmissionOutcome};

use super::cases::error;
use crate::script::{Act, Script, answer, html, json as reply};

#[tokio::test(start_paused = true)]
async fn a_task_that_the_host_learns_of_late_is_still_found() {
    let script = Script::start(|before, asked| match (asked.is_create(), before) {
        (true, _) => Act::Drop,
        (_, 1..=3) => reply(
            404,
            json!({"error": {"code": 404, "message": "Task not found"}}),
        ),
        _ => reply(200, json!({"id": "task_1", "status": "queued"})),
    })
    .await;
    let client = script.client();
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
async fn the_business_id_is_there_before_the_first_byte_and_dropping_a_submit_loses_nothing() {
    let script = Script::start(|_, asked| {
        if asked.is_create() {
            Act::Hang
        } else {
            reply(200, json!({"id": "task_1", "status": "queued"}))
        }
    })
    .await;
    let client = script.client();
    let prepared = client.images().prepare("a cat").unwrap();
    let id = prepared.business_id().clone();
    assert!(script.asked().is_empty());
    let cut_short =
        tokio::time::timeout(Duration::from_secs(1), prepared.submit().into_future()).await;
    assert!(cut_short.is_err());
    assert_eq!(script.asked()[0].json()["client_business_id"], id.as_str());
    let found = client
        .images()
        .find_by_business_id(&id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.id().as_str(), "task_1");
    assert_eq!(
        script.asked()[1].path,
        format!("/v1/images/generations/{id}")
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_for_is_the_business_id_that_was_sent_however_that_was_set() {
    for (given, expected) in [(json!("order_1"), Some("order_1")), (json!(null), None)] {
        let script = Script::start(|_, asked| {
            if asked.is_create() {
                Act::Drop
            } else {
                reply(404, json!({"error": {"code": 404, "message": "no"}}))
            }
        })
        .await;
        let request = ImageRequest::new("a cat").business_id("order_2".parse().unwrap());
        let request = request.extra_field("client_business_id", given);
        let error = script.client().images().submit(request).await.unwrap_err();
        let asked = script.asked();
        let sent = asked[0].json()["client_business_id"].clone();
        let id: BusinessId = serde_json::from_value(sent).unwrap();
        assert_eq!(id.as_str(), expected.unwrap_or("order_2"));
        assert_eq!(asked[1].path, format!("/v1/images/generations/{id}"));
        assert_eq!(error.outcome(), Some(&SubmissionOutcome::Unknown(id)));
    }
}

#[tokio::test(start_paused = true)]
async fn sending_again_is_the_callers_word_and_looks_first() {
    // Known by now: it is adopted.
    let script = Script::start(|_, asked| {
        if asked.is_create() {
            reply(200, json!({"id": "second"}))
        } else {
            reply(200, json!({"id": "first", "status": "queued"}))
        }
    })
    .await;
    let prepared = script.client().images().prepare("a cat").unwrap();
    assert_eq!(prepared.resubmit().await.unwrap().id().as_str(), "first");
    assert_eq!(script.creates(), 0);
    // Not known: it is sent, once, under the same id.
    let script = Script::start(|_, asked| {
        if asked.is_create() {
            reply(200, json!({"id": "second"}))
        } else {
            reply(404, json!({"message": "no"}))
        }
    })
    .await;
    let prepared = script.client().images().prepare("a cat").unwrap();
    assert_eq!(prepared.resubmit().await.unwrap().id().as_str(), "second");
    assert_eq!(script.creates(), 1);
    assert_eq!(
        script.asked()[1].json()["client_business_id"],
        prepared.business_id().as_str()
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_only_looks_like_a_task_is_not_taken_for_the_lost_one() {
    for answer in [
        json!({"status": "not_found"}),
        json!({"status": 404, "id": "r-1", "error": {"message": "no"}}),
    ] {
        let script = Script::start(move |_, asked| {
            if asked.is_create() {
                Act::Drop
            } else {
                reply(200, &answer)
            }
        })
        .await;
        let client = script.client();
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
async fn a_refused_second_sending_says_nothing_of_the_first() {
    let script = Script::start(|_, asked| {
        if asked.is_create() {
            error(402, "insufficient_quota")
        } else {
            html(500)
        }
    })
    .await;
    let prepared = script.client().images().prepare("a cat").unwrap();
    let error = prepared.resubmit().await.unwrap_err();
    assert!(error.kind() == ErrorKind::InsufficientQuota);
    assert_eq!(
        error.outcome(),
        Some(&SubmissionOutcome::Unknown(prepared.business_id().clone()))
    );
}

#[tokio::test(start_paused = true)]
async fn a_task_without_an_echo_of_the_business_id_is_believed_by_its_own_id_or_its_state() {
    for (id, state) in [("task_1", "moderating"), ("order_1", "queued")] {
        let script = Script::start(move |_, asked| {
            if asked.is_create() {
                Act::Drop
            } else {
                reply(200, json!({"id": id, "status": state}))
            }
        })
        .await;
        let request = toapis::ImageRequest::new("a cat").business_id("order_1".parse().unwrap());
        let task = script.client().images().submit(request).await.unwrap();
        assert!(task.was_recovered() && task.id().as_str() == id);
    }
}

#[tokio::test(start_paused = true)]
async fn a_search_that_fails_names_what_it_was_for() {
    use ErrorKind as K;
    let id: BusinessId = "order_1".parse().unwrap();
    let another = json!({"id": "task_9", "status": "queued", "client_business_id": "order_9"});
    for (act, kind) in [
        (error(400, "invalid_request"), Some(K::BadRequest)),
        (error(401, "unauthorized"), Some(K::Unauthorized)),
        (error(403, "forbidden"), Some(K::Forbidden)),
        (error(429, "rate_limit_exceeded"), Some(K::RateLimited)),
        (error(500, "internal_error"), Some(K::Server)),
        (html(502), Some(K::Server)),
        (html(200), Some(K::Decode)),
        (answer(200, &[], ""), Some(K::Decode)),
        (answer(200, &[], "{}"), Some(K::Decode)),
        (answer(302, &[("location", "/")], ""), Some(K::Decode)),
        (Act::Hang, Some(K::Timeout)),
        (Act::Drop, Some(K::ConnectionLost)),
        // Not there, in each way of saying it, is no failure.
        (error(404, "task_not_found"), None),
        (html(404), None),
        (reply(400, json!({"message": "task_not_exist"})), None),
        (reply(200, another), None),
    ] {
        let what = format!("{act:?}");
        let script = Script::start(move |_, _| act.clone()).await;
        let client = script
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
    // Nor does one that is not sent, for its id or for want of a host.
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
