//! How long a submit takes and how often it tries, whatever the service asks for.

use std::time::Duration;

use serde_json::json;
use toapis::{BusinessId, ErrorKind, ImageRequest, SubmissionOutcome};
use tokio::time::Instant;

use super::cases::{Case, Told, error};
use super::matrix::{LookUp, host};
use crate::script::{Act, Script, answer, json as reply};

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
    assert_eq!((error.attempts(), client.metrics().retries), (5, 4));
    assert!(error.is_retryable());
}

#[tokio::test(start_paused = true)]
async fn a_limit_without_end_is_told_as_such_and_costs_nothing() {
    let script = Script::start(|_, _| error(429, "rate_limit_exceeded")).await;
    let error = script.client().images().submit("a cat").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 5)
    );
    assert!(error.outcome().unwrap().is_rejected() && error.is_retryable());
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
            .timeout(Duration::from_secs(12))
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
async fn numbers_without_bounds_are_borne() {
    for after in [
        "1e300",
        "18446744073709551615",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let script = Script::start(move |_, _| answer(429, &[("retry-after", after)], "{}")).await;
        let forever = toapis::RetryPolicy::default().max_elapsed(Duration::MAX);
        let builder = script
            .builder()
            .retry_policy(forever)
            .attempt_timeout(Duration::MAX)
            .reconcile_timeout(Duration::MAX);
        let client = builder.build().unwrap();
        let error = client
            .images()
            .submit("a cat")
            .timeout(Duration::from_hours(1))
            .await
            .unwrap_err();
        assert!(error.kind() == ErrorKind::RateLimited, "{after}: {error}");
        let error = client
            .task("t")
            .wait()
            .timeout(Duration::MAX)
            .max_consecutive_errors(1)
            .await
            .unwrap_err();
        assert!(error.kind() == ErrorKind::RateLimited, "{after}: {error}");
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
    assert!(client.images().submit("a cat").await.unwrap_err().kind() == ErrorKind::RateLimited);
    client.images().submit("another cat").await.unwrap();
}
