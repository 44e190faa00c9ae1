//! Webhooks: events, signatures and retries.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::common::TestClient;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use toapis_contract::Contract;
use toapis_sim::{Account, Delivery, Key, Simulator, Webhook};
use tokio::{net::TcpListener, time::sleep};

type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// Starts a customer's server that responds with each status in turn and then with 200.
async fn customer(statuses: &'static [u16]) -> (String, Received) {
    let received = Received::default();
    let take = move |State(received): State<Received>, headers: HeaderMap, body: Bytes| async move {
        let mut received = received.lock().unwrap();
        received.push((headers, body));
        StatusCode::from_u16(statuses.get(received.len() - 1).copied().unwrap_or(200)).unwrap()
    };
    let router = Router::new()
        .route("/hook", post(take))
        .route("/other", post(take))
        .with_state(Arc::clone(&received));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, received)
}

async fn simulator(webhook: Webhook) -> (Simulator, TestClient) {
    let key = Key::new("sk-a").webhook(webhook);
    let sim = Simulator::builder()
        .speed(1.0)
        .account(Account::new("main").key(key))
        .start()
        .await
        .unwrap();
    let client = TestClient::new(&sim);
    (sim, client)
}

fn signature(secret: &[u8], headers: &HeaderMap, body: &[u8]) -> String {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(
        format!(
            "{}.{}.",
            text("x-toapis-webhook-id"),
            text("x-toapis-webhook-timestamp")
        )
        .as_bytes(),
    );
    mac.update(body);
    let digits = mac.finalize().into_bytes();
    digits
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

async fn wait_for(sim: &Simulator, deliveries: usize) -> Vec<Delivery> {
    while sim.deliveries().len() < deliveries {
        sleep(Duration::from_millis(100)).await;
    }
    sim.deliveries()
}

#[tokio::test(start_paused = true)]
async fn events_are_valid_and_signed_with_every_secret() {
    let (url, received) = customer(&[]).await;
    let (sim, client) =
        simulator(Webhook::new(url, *b"the new secret").previous_secret(*b"the old secret")).await;
    sim.inject_faults("create nth=2 => fail odd message=broke")
        .unwrap();
    for own in ["order-1", "order-2"] {
        let (status, _) = client
            .create(&json!({ "model": "nano-banana", "prompt": "x", "client_business_id": own }))
            .await;
        assert_eq!(status, 200);
    }
    wait_for(&sim, 2).await;
    let mut seen = Vec::new();
    for (headers, body) in received.lock().unwrap().iter() {
        let verdict = Contract::embedded().validate_callback("receiveWebhook", headers, body);
        assert!(verdict.is_ok(), "{verdict}");
        let signatures = headers["x-toapis-webhook-signature"].to_str().unwrap();
        let expected = [&b"the new secret"[..], b"the old secret"]
            .map(|secret| format!("v1={}", signature(secret, headers, body)));
        assert_eq!(signatures, expected.join(","));
        let event: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(
            event["id"],
            headers["x-toapis-webhook-id"].to_str().unwrap()
        );
        seen.push(json!([
            event["type"],
            event["data"]["client_business_id"],
            event["data"]["status"],
            event["data"]["error"]
        ]));
    }
    seen.sort_by_key(ToString::to_string);
    let failed =
        json!(["generation.failed", "order-2", "FAILURE", { "code": "odd", "message": "broke" }]);
    assert_eq!(
        seen,
        [
            json!(["generation.completed", "order-1", "SUCCESS", null]),
            failed
        ]
    );
    assert_eq!(sim.ledger().total.webhooks_delivered, 2);
}

#[tokio::test(start_paused = true)]
async fn failed_deliveries_are_retried_after_the_documented_delays() {
    let (url, received) = customer(&[500, 404, 302, 500, 500, 500, 500, 500]).await;
    let (sim, client) = simulator(Webhook::new(url, *b"secret")).await;
    client
        .create(&json!({ "model": "nano-banana", "prompt": "x" }))
        .await;
    sleep(Duration::from_hours(40)).await;
    let deliveries = sim.deliveries();
    let seconds: Vec<u64> = deliveries
        .windows(2)
        .map(|pair| (pair[1].at_ms - pair[0].at_ms) / 1000)
        .collect();
    assert_eq!(seconds, [10, 30, 120, 600, 3_600, 21_600, 86_400]);
    assert_eq!(
        deliveries
            .iter()
            .map(|delivery| delivery.status)
            .collect::<Vec<_>>()[..3],
        [Some(500), Some(404), Some(302)]
    );
    sleep(Duration::from_hours(200)).await;
    assert_eq!(
        (sim.deliveries().len(), sim.ledger().total.webhooks_failed),
        (8, 8)
    );
    let received = received.lock().unwrap();
    assert!(
        received.iter().all(|(_, body)| *body == received[0].1),
        "every attempt carries the same event"
    );
}

#[tokio::test(start_paused = true)]
async fn fault_repeats_successful_deliveries() {
    let (url, received) = customer(&[500]).await;
    let (sim, client) = simulator(Webhook::new(url, *b"secret")).await;
    sim.inject_faults("create nth=1 => webhook-again 2")
        .unwrap();
    let request = json!({ "model": "nano-banana", "prompt": "x" });
    client.create(&request).await;
    sleep(Duration::from_hours(200)).await;
    let deliveries = sim.deliveries();
    let statuses: Vec<_> = deliveries.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [Some(500), Some(200), Some(200), Some(200)]);
    for (headers, body) in received.lock().unwrap().iter() {
        let event: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(event["id"], *deliveries[0].event);
        assert_eq!(headers["x-toapis-webhook-id"], *deliveries[0].event);
    }
    client.create(&request).await;
    sleep(Duration::from_hours(200)).await;
    assert_eq!(
        sim.deliveries().len(),
        5,
        "the rule applies to the first task"
    );
}

#[tokio::test(start_paused = true)]
async fn advancing_the_clock_triggers_the_next_delivery() {
    let (url, _) = customer(&[500]).await;
    let (sim, client) = simulator(Webhook::new(url, *b"secret")).await;
    client
        .create(&json!({ "model": "nano-banana", "prompt": "x" }))
        .await;
    sim.advance(Duration::from_mins(2));
    wait_for(&sim, 1).await;
    sim.advance(Duration::from_secs(10));
    let deliveries = wait_for(&sim, 2).await;
    assert_eq!(deliveries[1].status, Some(200));
}

#[tokio::test(start_paused = true)]
async fn callback_url_replaces_the_webhook_of_the_same_origin() {
    let (url, _) = customer(&[]).await;
    let (sim, client) = simulator(Webhook::new(url.clone(), *b"secret")).await;
    let request =
        |callback: &str| json!({ "model": "nano-banana", "prompt": "x", "callback_url": callback });
    let other = url.replace("/hook", "/other");
    assert_eq!(client.create(&request(&other)).await.0, 200);
    assert_eq!(wait_for(&sim, 1).await[0].url, other);
    for wrong in ["http://127.0.0.1:1/other", "https://example.com/hook"] {
        let (status, response) = client.create(&request(wrong)).await;
        assert_eq!(
            (status, &response["error"]["param"]),
            (400, &json!("callback_url"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn only_loopback_http_urls_are_called() {
    // An address reserved for documentation, and an unsupported scheme.
    for (url, problem) in [
        ("http://192.0.2.1/hook", "not a loopback address"),
        ("https://127.0.0.1/hook", "only over plain HTTP"),
    ] {
        let (sim, client) = simulator(Webhook::new(url, *b"secret")).await;
        client
            .create(&json!({ "model": "nano-banana", "prompt": "x" }))
            .await;
        let first = &wait_for(&sim, 1).await[0];
        assert!(first.error.as_ref().unwrap().contains(problem), "{first:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn test_event_is_the_documented_one() {
    let (url, received) = customer(&[]).await;
    let (sim, _) = simulator(Webhook::new(url, *b"secret")).await;
    assert!(sim.test_webhook("sk-a"));
    assert!(!sim.test_webhook("sk-b"));
    assert_eq!(wait_for(&sim, 1).await[0].task, None);
    let (headers, body) = received.lock().unwrap()[0].clone();
    let verdict = Contract::embedded().validate_callback("receiveWebhook", &headers, &body);
    assert!(verdict.is_ok(), "{verdict}");
    assert_eq!(headers["user-agent"], "ToAPIs-Webhook/1.0");
    let event: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(event["type"], "endpoint.test");
    assert_eq!(
        event["data"],
        json!({
            "task_id": "endpoint_test",
            "task_type": "image",
            "status": "SUCCESS",
            "progress": "100%",
            "result": { "message": "This is a test event" },
            "error": null,
            "submitted_at": 0,
            "finished_at": 0,
        })
    );
}

#[tokio::test(start_paused = true)]
async fn signature_has_the_time_of_the_receiver_after_the_clock_advanced() {
    let (url, received) = customer(&[]).await;
    let (sim, client) = simulator(Webhook::new(url, *b"secret")).await;
    client
        .create(&json!({ "model": "nano-banana", "prompt": "x" }))
        .await;
    sim.advance(Duration::from_hours(48));
    wait_for(&sim, 1).await;
    let (headers, body) = received.lock().unwrap()[0].clone();
    let timestamp = headers["x-toapis-webhook-timestamp"].to_str().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    assert!(now.as_secs().abs_diff(timestamp.parse().unwrap()) < 60);
    let expected = format!("v1={}", signature(b"secret", &headers, &body));
    assert_eq!(headers["x-toapis-webhook-signature"], *expected);
}

#[tokio::test(start_paused = true)]
async fn reset_stops_deliveries_of_earlier_tasks() {
    let (url, _) = customer(&[500, 500]).await;
    let (sim, client) = simulator(Webhook::new(url, *b"secret")).await;
    client
        .create(&json!({ "model": "nano-banana", "prompt": "x" }))
        .await;
    sim.advance(Duration::from_mins(2));
    wait_for(&sim, 1).await;
    sim.reset();
    sleep(Duration::from_hours(48)).await;
    assert_eq!(sim.deliveries(), []);
    assert!(sim.test_webhook("sk-a"));
    assert_eq!(wait_for(&sim, 1).await[0].task, None);
}
