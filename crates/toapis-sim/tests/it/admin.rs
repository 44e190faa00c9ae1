//! The admin port: ledger, faults, clock, events, and the inspector page.

use std::time::Duration;

use crate::common::{TestClient, fetch, http, read};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use toapis_sim::Simulator;
use tokio::time::timeout;

struct Admin(String);

impl Admin {
    fn new(sim: &Simulator) -> Self {
        Self(sim.admin_url().unwrap().to_owned())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        read(fetch(&format!("{}{path}", self.0)).await).await
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        read(
            http()
                .post(format!("{}{path}", self.0))
                .json(body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    async fn delete(&self, path: &str) -> u16 {
        http()
            .delete(format!("{}{path}", self.0))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }
}

async fn start() -> (Simulator, TestClient, Admin) {
    let sim = Simulator::builder().admin_port(0).start().await.unwrap();
    let (client, admin) = (TestClient::new(&sim), Admin::new(&sim));
    (sim, client, admin)
}

fn cat() -> Value {
    json!({ "model": "nano-banana", "prompt": "A cat" })
}

#[tokio::test(start_paused = true)]
async fn ledger_and_exchanges_need_no_key() {
    let (sim, client, admin) = start().await;
    client.create(&cat()).await;
    client.create(&json!({ "model": "nano-banana" })).await;
    let (status, ledger) = admin.get("/api/ledger").await;
    assert_eq!(
        (
            status,
            &ledger["total"]["accepted"],
            &ledger["keys"]["main#1"]["creates"]
        ),
        (200, &json!(1), &json!(2))
    );
    let exchanges = admin.get("/api/exchanges").await.1;
    let wrong = &exchanges[1];
    assert_eq!(
        (&wrong["number"], &wrong["operation"], &wrong["status"]),
        (&json!(2), &json!("createImage"), &json!(400))
    );
    let line = wrong["request_violations"][0].as_str().unwrap();
    assert!(
        line.contains("prompt") && line.contains("openapi.yaml:"),
        "{line}"
    );
    assert_eq!(admin.get("/api/exchanges?after=2").await.1, json!([]));
    assert!(
        !exchanges.to_string().contains(sim.key()),
        "keys are masked"
    );
}

#[tokio::test(start_paused = true)]
async fn faults_are_added_listed_and_removed() {
    let (_sim, client, admin) = start().await;
    let (status, response) = admin
        .post(
            "/api/faults",
            &json!({ "rules": "create => status 500; preset busy" }),
        )
        .await;
    assert_eq!((status, &response["ids"][0]), (201, &json!(1)));
    assert_eq!(client.create(&cat()).await.0, 500);
    let faults = admin.get("/api/state").await.1["faults"].clone();
    assert_eq!(
        (&faults[0]["rule"], &faults[0]["fired"]),
        (&json!("create => status 500"), &json!(1))
    );
    assert_eq!(admin.delete("/api/faults/1").await, 204);
    assert_eq!(admin.delete("/api/faults/1").await, 404);
    assert_eq!(admin.delete("/api/faults").await, 204);
    assert_eq!(client.create(&cat()).await.0, 200);
    for (body, problem) in [
        (json!({ "rules": "create => explode" }), "unknown action"),
        (json!({ "rule": "create => hang" }), "unknown field"),
        (json!([1]), "expected a string"),
    ] {
        let (status, response) = admin.post("/api/faults", &body).await;
        assert!(
            (400..=422).contains(&status) && response["error"].as_str().unwrap().contains(problem),
            "{response}"
        );
    }
    assert_eq!(
        admin.get("/api/presets").await.1.as_array().unwrap().len(),
        5
    );
}

#[tokio::test(start_paused = true)]
async fn admin_advances_the_clock_sets_credits_and_shows_images() {
    let (sim, client, admin) = start().await;
    let id = client.create(&cat()).await.1["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        admin.get(&format!("/images/{id}/0")).await.0,
        404,
        "the task is not completed"
    );
    assert_eq!(
        admin
            .post("/api/advance", &json!({ "seconds": 120 }))
            .await
            .0,
        204
    );
    assert_eq!(
        admin.get("/api/state").await.1["tasks"][0]["status"],
        "completed"
    );
    let image = fetch(&format!("{}/images/{id}/0", admin.0)).await;
    assert_eq!(image.headers()["content-type"], "image/png");
    assert!(image.bytes().await.unwrap().starts_with(b"\x89PNG"));
    assert_eq!(admin.get(&format!("/images/{id}/1")).await.0, 404);
    assert_eq!(sim.ledger().total.downloaded, 0);
    assert_eq!(
        admin
            .post("/api/credits", &json!({ "account": "main", "credits": 0 }))
            .await
            .0,
        204
    );
    assert_eq!(client.create(&cat()).await.0, 402);
    assert_eq!(
        admin
            .post(
                "/api/credits",
                &json!({ "account": "main", "credits": null })
            )
            .await
            .0,
        204
    );
    assert_eq!(client.create(&cat()).await.0, 200);
    assert_eq!(
        admin
            .post("/api/credits", &json!({ "account": "none", "credits": 1 }))
            .await
            .0,
        404
    );
    assert_eq!(
        admin
            .post("/api/advance", &json!({ "seconds": -1 }))
            .await
            .0,
        400
    );
}

#[tokio::test(start_paused = true)]
async fn exchanges_and_state_are_streamed() {
    let (_sim, client, admin) = start().await;
    client.create(&cat()).await;
    let events = fetch(&format!("{}/events", admin.0)).await;
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let mut parts = events.bytes_stream();
    let mut text = String::new();
    client.get("/v1/balance").await;
    while !(text.contains("getKeyBalance") && text.contains("event: state")) {
        let part = timeout(Duration::from_secs(5), parts.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        text.push_str(&String::from_utf8_lossy(&part));
    }
    assert!(
        text.contains("event: exchange") && text.contains("createImage"),
        "earlier exchanges are sent as well"
    );
}

#[tokio::test(start_paused = true)]
async fn inspector_loads_nothing_from_other_hosts() {
    let (_sim, _client, admin) = start().await;
    let page = fetch(&admin.0).await;
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
    let text = page.text().await.unwrap();
    assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("innerHTML"));
    let other = http()
        .get(&admin.0)
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), 403);
    assert_eq!(admin.get("/nothing").await.0, 404);
}
