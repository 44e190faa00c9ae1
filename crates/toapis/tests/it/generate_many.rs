//! `generate_many`: bounded, within rate limits, failures isolated.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde_json::json;
use toapis::{ErrorKind, ImageRequest, Rate, RateLimits};
use tokio::time::Instant;

use crate::support::ServerExt as _;
use toapis_test_support::server::{
    ReceivedRequest, Reply, ScriptedServer, json_response, response,
};

/// Starts a server whose tasks are completed at the first poll. It rejects the prompt `bad`.
fn serve(request: &ReceivedRequest) -> Reply {
    if !request.is_create() {
        let id = request.path.rsplit('/').next().unwrap().to_owned();
        return json_response(
            200,
            json!({"id": id, "status": "completed", "result": {"data": [{"url": format!("http://127.0.0.1/{id}")}]}}),
        );
    }
    match request.json()["prompt"].as_str().unwrap() {
        "bad" => json_response(
            422,
            json!({"error": {"code": "content_policy_violation", "message": "no"}}),
        ),
        prompt => json_response(200, json!({"id": prompt, "status": "pending"})),
    }
}

#[tokio::test(start_paused = true)]
async fn order_is_kept_and_one_failure_is_isolated() {
    let server = ScriptedServer::start(|_, request| serve(request)).await;
    let results = server
        .client()
        .images()
        .generate_many(stream::iter(["a", "bad", "c"]))
        .in_order();
    let results: Vec<_> = results.collect().await;
    assert_eq!(results[0].as_ref().unwrap().id().as_str(), "a");
    assert!(results[1].as_ref().unwrap_err().kind() == ErrorKind::Moderation);
    assert_eq!(results[2].as_ref().unwrap().id().as_str(), "c");
    let tasks = server
        .client()
        .images()
        .generate_many(stream::iter(["x", "y"]))
        .submit_only();
    let ids: Vec<_> = tasks
        .map(|task| task.unwrap().id().to_string())
        .collect()
        .await;
    assert_eq!(ids, ["x", "y"]);
}

#[tokio::test(start_paused = true)]
async fn requests_are_taken_only_up_to_the_limit() {
    let server = ScriptedServer::start(|_, request| serve(request)).await;
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = taken.clone();
    let endless = stream::iter(0..).map(move |number: usize| {
        counter.fetch_add(1, Ordering::SeqCst);
        ImageRequest::new(number.to_string())
    });
    let mut results = server
        .client()
        .images()
        .generate_many(endless)
        .max_in_flight(4)
        .as_completed();
    let (_, first) = results.next().await.unwrap();
    first.unwrap();
    assert!(
        taken.load(Ordering::SeqCst) <= 8,
        "{}",
        taken.load(Ordering::SeqCst)
    );
}

#[tokio::test(start_paused = true)]
async fn clones_share_rate_limits_and_polls_are_not_starved() {
    let server = ScriptedServer::start(|_, request| serve(request)).await;
    let rate = |per_minute: u32, burst: u32| {
        Some(Rate::new(
            per_minute.try_into().unwrap(),
            burst.try_into().unwrap(),
        ))
    };
    let limits = RateLimits::unlimited()
        .with_submit(rate(60, 5))
        .with_query(rate(600, 10));
    let client = server.builder().rate_limits(limits).build().unwrap();
    let start = Instant::now();
    let one = client
        .images()
        .generate_many(stream::iter((0..20).map(|number| number.to_string())))
        .in_order();
    let other = client
        .clone()
        .images()
        .generate_many(stream::iter((20..40).map(|number| number.to_string())))
        .in_order();
    let results: Vec<_> = stream::select(one, other).collect().await;
    assert!(results.iter().all(Result::is_ok));
    let creates: Vec<_> = server
        .requests()
        .into_iter()
        .filter(ReceivedRequest::is_create)
        .map(|request| request.received_at)
        .collect();
    assert_eq!(creates.len(), 40);
    for (index, at) in creates.iter().enumerate().skip(5) {
        let earliest = Duration::from_secs(index as u64 - 4);
        assert!(
            *at - start + Duration::from_millis(5) >= earliest,
            "create {index} after {:?}",
            *at - start
        );
    }
    let looks: Vec<_> = server
        .requests()
        .into_iter()
        .filter(|request| !request.is_create())
        .map(|request| request.received_at - start)
        .collect();
    assert!(
        looks[0] < Duration::from_secs(15),
        "the first look waits for no submit: {:?}",
        looks[0]
    );
    assert!(client.metrics().rate_limit_waits >= 35);
}

#[tokio::test(start_paused = true)]
async fn rate_limit_response_delays_every_clone() {
    let refused = Arc::new(AtomicUsize::new(0));
    let counter = refused.clone();
    let server = ScriptedServer::start(move |before, request| {
        if request.is_create() && before < 3 {
            counter.fetch_add(1, Ordering::SeqCst);
            return response(
                429,
                &[
                    ("retry-after", "5"),
                    ("x-ratelimit-category", "async_submit"),
                ],
                "{}",
            );
        }
        serve(request)
    })
    .await;
    let results = server
        .client()
        .images()
        .generate_many(stream::iter((0..30).map(|number| number.to_string())));
    let results: Vec<_> = results.max_in_flight(10).in_order().collect().await;
    assert!(results.iter().all(Result::is_ok));
    assert!(refused.load(Ordering::SeqCst) >= 1);
}

#[tokio::test(start_paused = true)]
async fn thousands_in_flight_keep_their_results() {
    // Ten thousand work too, but take eight seconds in an unoptimized build.
    const MANY: usize = 2_000;
    let made = Arc::new(AtomicUsize::new(0));
    let (first, then) = (made.clone(), made.clone());
    // No task completes before the last one is created.
    let create = move |axum::Json(request): axum::Json<serde_json::Value>| async move {
        first.fetch_add(1, Ordering::SeqCst);
        axum::Json(json!({"id": request["prompt"], "status": "pending"}))
    };
    let look = move |axum::extract::Path(id): axum::extract::Path<String>| async move {
        let all = then.load(Ordering::SeqCst) == MANY;
        let state = if all { "completed" } else { "in_progress" };
        axum::Json(json!({"id": id, "status": state, "url": format!("http://127.0.0.1/{id}")}))
    };
    let router = axum::Router::new()
        .route("/v1/images/generations", axum::routing::post(create))
        .route("/v1/images/generations/{id}", axum::routing::get(look));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = toapis::Client::builder()
        .api_key("sk-1")
        .base_url(url)
        .rate_limits(RateLimits::unlimited())
        // One connection, because this process holds both ends.
        .configure_http(toapis::reqwest::ClientBuilder::http2_prior_knowledge)
        .build()
        .unwrap();
    let prompts = stream::iter((0..MANY).map(|number| number.to_string()));
    let results = client.images().generate_many(prompts).max_in_flight(MANY);
    let results: Vec<_> = results.in_order().collect().await;
    assert_eq!((results.len(), made.load(Ordering::SeqCst)), (MANY, MANY));
    for (number, result) in results.into_iter().enumerate() {
        assert_eq!(result.unwrap().id().as_str(), number.to_string());
    }
}
