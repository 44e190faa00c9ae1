//! A create is paid at most once, and what is told of it is true: every way of failing, by every way of looking it up.

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use toapis::{BusinessId, ErrorKind, ImageRequest, SubmissionOutcome};
use tokio::time::Instant;

use crate::cases::{Case, Told, doubtful, error, good, refused};
use crate::script::{Act, Asked, Script, answer, html, json as reply};

/// How a host answers the look-up of a business id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LookUp {
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
async fn host(case: &Case, look_up: LookUp) -> (Script, Arc<AtomicUsize>) {
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
        for case in good().into_iter().chain(doubtful()).chain(refused()) {
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
                    assert!(!error.may_send_again(), "{cell}");
                    assert!(error.hint().unwrap().contains("order_1"), "{cell}");
                    assert_eq!(creates.len(), 1, "{cell}: nothing is sent again on a doubt");
                    if let Act::Answer { status, .. } = case.act {
                        assert_eq!(error.status(), Some(status), "{cell}");
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

#[tokio::test(start_paused = true)]
async fn no_connection_means_nothing_was_sent_and_it_is_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = toapis::Client::builder()
        .api_key("sk-1")
        .base_url(url)
        .build()
        .unwrap();
    let error = client.images().submit("a cat").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!(error.outcome(), Some(&SubmissionOutcome::Rejected));
    assert_eq!((error.attempts(), client.counts().retries), (5, 4));
    assert!(error.may_send_again());
}

#[tokio::test(start_paused = true)]
async fn a_limit_without_end_is_told_as_such_and_costs_nothing() {
    let script = Script::start(|_, _| error(429, "rate_limit_exceeded")).await;
    let error = script.client().images().submit("a cat").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 5)
    );
    assert!(error.outcome().unwrap().is_rejected() && error.may_send_again());
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_is_a_floor_and_beyond_the_deadline_it_is_an_answer() {
    let script = Script::start(|before, _| match before {
        0 => answer(429, &[("retry-after", "30")], "{}"),
        _ => reply(200, json!({"id": "t"})),
    })
    .await;
    script.client().images().submit("a cat").await.unwrap();
    let asked = script.asked();
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(30));

    let script = Script::start(|_, _| answer(429, &[("retry-after", "1209600")], "{}")).await;
    let start = Instant::now();
    let error = script.client().images().submit("a cat").await.unwrap_err();
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(error.retry_after(), Some(Duration::from_hours(336)));
    assert!(error.message().contains("beyond the deadline"), "{error}");
    assert_eq!(script.creates(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_leaves_time_to_ask_what_became_of_a_create_and_is_never_overslept() {
    for look_up in [LookUp::Works, LookUp::Hangs] {
        let case = Case {
            name: "hung",
            act: Act::Hang,
            made: true,
            told: Told::Doubt,
        };
        let (script, _) = host(&case, look_up).await;
        let start = Instant::now();
        let request = ImageRequest::new("a cat").business_id(BusinessId::new("order_1").unwrap());
        let result = script
            .client()
            .images()
            .submit(request)
            .deadline(Duration::from_secs(12))
            .await;
        assert_eq!(result.is_ok(), look_up == LookUp::Works);
        assert!(
            start.elapsed() <= Duration::from_secs(12),
            "{:?}",
            start.elapsed()
        );
    }
}

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
        (client.counts().settlements, client.counts().recovered),
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
    let found = client.images().find(&id).await.unwrap().unwrap();
    assert_eq!(found.id().as_str(), "task_1");
    assert_eq!(
        script.asked()[1].path,
        format!("/v1/images/generations/{id}")
    );
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
async fn an_unchecked_request_is_judged_by_the_service_alone() {
    let script = Script::start(|_, _| reply(200, json!({"id": "t"}))).await;
    let request = ImageRequest::new("a cat")
        .size("7:7")
        .field("n", "1")
        .field("brand_new", json!([1]));
    assert!(
        script
            .client()
            .images()
            .submit(request.clone())
            .await
            .unwrap_err()
            .is_invalid()
    );
    script
        .client()
        .images()
        .submit(request)
        .unchecked()
        .await
        .unwrap();
    let sent = script.asked()[0].json();
    assert_eq!(
        (&sent["size"], &sent["n"], &sent["brand_new"]),
        (&json!("7:7"), &json!("1"), &json!([1]))
    );
}

#[tokio::test(start_paused = true)]
async fn numbers_without_bounds_are_borne() {
    for after in [
        "1e300",
        "18446744073709551615",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let script = Script::start(move |_, _| answer(429, &[("retry-after", after)], "{}")).await;
        let forever = toapis::RetryPolicy::default().total(Duration::MAX);
        let builder = script
            .builder()
            .retry(forever)
            .attempt_timeout(Duration::MAX)
            .settle_for(Duration::MAX);
        let client = builder.build().unwrap();
        let error = client
            .images()
            .submit("a cat")
            .deadline(Duration::from_hours(1))
            .await
            .unwrap_err();
        assert!(error.is_rate_limited(), "{after}: {error}");
        let error = client
            .task("t")
            .wait()
            .deadline(Duration::MAX)
            .max_failures(1)
            .await
            .unwrap_err();
        assert!(error.is_rate_limited(), "{after}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_weeks_holds_no_one_else_back_for_long() {
    let script = Script::start(|before, _| match before {
        0 => answer(429, &[("retry-after", "1209600")], "{}"),
        _ => reply(200, json!({"id": "t"})),
    })
    .await;
    let client = script.client();
    assert!(
        client
            .images()
            .submit("a cat")
            .await
            .unwrap_err()
            .is_rate_limited()
    );
    client.images().submit("another cat").await.unwrap();
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
        assert!(!matches!(client.images().find(id).await, Ok(Some(_))));
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
    assert!(error.is_quota());
    assert_eq!(
        error.outcome(),
        Some(&SubmissionOutcome::Unknown(prepared.business_id().clone()))
    );
}
