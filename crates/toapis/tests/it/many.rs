//! Many at once: bounded, within the limits, one failing alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde_json::json;
use toapis::{ErrorKind, ImageRequest, Rate, RateLimits};
use tokio::time::Instant;

use crate::script::{Act, Asked, Script, answer, json as reply};

/// A host whose tasks are done at the first look; a prompt of `bad` is refused.
fn serve(asked: &Asked) -> Act {
    if !asked.is_create() {
        let id = asked.path.rsplit('/').next().unwrap().to_owned();
        return reply(
            200,
            json!({"id": id, "status": "completed", "result": {"data": [{"url": format!("http://127.0.0.1/{id}")}]}}),
        );
    }
    match asked.json()["prompt"].as_str().unwrap() {
        "bad" => reply(
            422,
            json!({"error": {"code": "content_policy_violation", "message": "no"}}),
        ),
        prompt => reply(200, json!({"id": prompt, "status": "pending"})),
    }
}

#[tokio::test(start_paused = true)]
async fn the_order_is_kept_and_one_that_fails_fails_alone() {
    let script = Script::start(|_, asked| serve(asked)).await;
    let results = script
        .client()
        .images()
        .generate_many(stream::iter(["a", "bad", "c"]))
        .in_order();
    let results: Vec<_> = results.collect().await;
    assert_eq!(results[0].as_ref().unwrap().id().as_str(), "a");
    assert!(results[1].as_ref().unwrap_err().kind() == ErrorKind::Moderation);
    assert_eq!(results[2].as_ref().unwrap().id().as_str(), "c");
    let tasks = script
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
async fn requests_are_taken_only_as_there_is_room() {
    let script = Script::start(|_, asked| serve(asked)).await;
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = taken.clone();
    let endless = stream::iter(0..).map(move |number: usize| {
        counter.fetch_add(1, Ordering::SeqCst);
        ImageRequest::new(number.to_string())
    });
    let mut results = script
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
async fn the_buckets_hold_for_all_clones_together_and_looks_are_not_starved_by_submits() {
    let script = Script::start(|_, asked| serve(asked)).await;
    let rate = |per_minute: u32, burst: u32| {
        Some(Rate::new(
            per_minute.try_into().unwrap(),
            burst.try_into().unwrap(),
        ))
    };
    let limits = RateLimits::unlimited()
        .with_submit(rate(60, 5))
        .with_query(rate(600, 10));
    let client = script.builder().rate_limits(limits).build().unwrap();
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
    let creates: Vec<_> = script
        .asked()
        .into_iter()
        .filter(Asked::is_create)
        .map(|asked| asked.at)
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
    let looks: Vec<_> = script
        .asked()
        .into_iter()
        .filter(|asked| !asked.is_create())
        .map(|asked| asked.at - start)
        .collect();
    assert!(
        looks[0] < Duration::from_secs(15),
        "the first look waits for no submit: {:?}",
        looks[0]
    );
    assert!(client.metrics().rate_limit_waits >= 35);
}

#[tokio::test(start_paused = true)]
async fn a_429_holds_back_every_clone_and_costs_no_one_a_result() {
    let refused = Arc::new(AtomicUsize::new(0));
    let counter = refused.clone();
    let script = Script::start(move |before, asked| {
        if asked.is_create() && before < 3 {
            counter.fetch_add(1, Ordering::SeqCst);
            return answer(
                429,
                &[
                    ("retry-after", "5"),
                    ("x-ratelimit-category", "async_submit"),
                ],
                "{}",
            );
        }
        serve(asked)
    })
    .await;
    let results = script
        .client()
        .images()
        .generate_many(stream::iter((0..30).map(|number| number.to_string())));
    let results: Vec<_> = results.max_in_flight(10).in_order().collect().await;
    assert!(results.iter().all(Result::is_ok));
    assert!(refused.load(Ordering::SeqCst) >= 1);
}

#[tokio::test(start_paused = true)]
async fn thousands_are_in_flight_at_once_and_each_comes_back_as_itself() {
    // Ten thousand are as fine, and take an unoptimised build eight seconds.
    const MANY: usize = 2_000;
    let made = Arc::new(AtomicUsize::new(0));
    let (first, then) = (made.clone(), made.clone());
    // No task is done before the last one is made.
    let create = move |axum::Json(asked): axum::Json<serde_json::Value>| async move {
        first.fetch_add(1, Ordering::SeqCst);
        axum::Json(json!({"id": asked["prompt"], "status": "pending"}))
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
        // One connection, since the test's process holds both of its ends.
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
