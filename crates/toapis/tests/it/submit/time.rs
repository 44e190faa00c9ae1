//! Durations and numbers of attempts of a submit.

use std::time::Duration;

use serde_json::json;
use toapis::{BusinessId, ErrorKind, ImageRequest, SubmissionOutcome};
use tokio::time::Instant;

use super::cases::{Case, Expected, error};
use super::outcomes::{Lookup, host};
use crate::support::ServerExt as _;
use toapis_test_support::server::{Reply, ScriptedServer, json_response, response};

#[tokio::test(start_paused = true)]
async fn refused_connection_is_retried_and_means_not_sent() {
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
async fn permanent_rate_limit_is_reported_and_not_paid() {
    let server = ScriptedServer::start(|_, _| error(429, "rate_limit_exceeded")).await;
    let error = server.client().images().submit("a cat").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 5)
    );
    assert!(error.outcome().unwrap().is_rejected() && error.is_retryable());
}

#[tokio::test(start_paused = true)]
async fn retry_after_beyond_the_timeout_ends_the_submit() {
    let server = ScriptedServer::start(|before, _| match before {
        0 => response(429, &[("retry-after", "30")], "{}"),
        _ => json_response(200, json!({"id": "t"})),
    })
    .await;
    server.client().images().submit("a cat").await.unwrap();
    let requests = server.requests();
    assert!(requests[1].received_at - requests[0].received_at >= Duration::from_secs(30));

    let server =
        ScriptedServer::start(|_, _| response(429, &[("retry-after", "1209600")], "{}")).await;
    let start = Instant::now();
    let error = server.client().images().submit("a cat").await.unwrap_err();
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(error.retry_after(), Some(Duration::from_hours(336)));
    assert!(error.message().contains("beyond the deadline"), "{error}");
    assert_eq!(server.create_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn submit_timeout_includes_reconciliation() {
    for lookup in [Lookup::Works, Lookup::Hangs] {
        let case = Case {
            name: "hung",
            reply: Reply::Hang,
            creates_task: true,
            expected: Expected::UnknownUnlessFound,
        };
        let (server, _) = host(&case, lookup).await;
        let start = Instant::now();
        let request = ImageRequest::new("a cat").business_id(BusinessId::new("order_1").unwrap());
        let result = server
            .client()
            .images()
            .submit(request)
            .timeout(Duration::from_secs(12))
            .await;
        assert_eq!(result.is_ok(), lookup == Lookup::Works);
        assert!(
            start.elapsed() <= Duration::from_secs(12),
            "{:?}",
            start.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn extreme_durations_and_counts_are_accepted() {
    for after in [
        "1e300",
        "18446744073709551615",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let server =
            ScriptedServer::start(move |_, _| response(429, &[("retry-after", after)], "{}")).await;
        let forever = toapis::RetryPolicy::default().max_elapsed(Duration::MAX);
        let builder = server
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
async fn long_retry_after_delays_other_submits_briefly() {
    let server = ScriptedServer::start(|before, _| match before {
        0 => response(429, &[("retry-after", "1209600")], "{}"),
        _ => json_response(200, json!({"id": "t"})),
    })
    .await;
    let client = server.client();
    assert!(client.images().submit("a cat").await.unwrap_err().kind() == ErrorKind::RateLimited);
    client.images().submit("another cat").await.unwrap();
}
