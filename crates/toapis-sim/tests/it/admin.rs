//! The admin port: ledger, faults, clock, events, and the inspector page.

use std::time::Duration;

use crate::common::{TestClient, fetch, http, read};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use toapis_sim::{Account, Simulator};
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

#[tokio::test(start_paused = true)]
async fn api_path_lists_every_endpoint() {
    let (_sim, _client, admin) = start().await;
    let endpoints = admin.get("/api").await.1;
    let endpoints = endpoints.as_array().unwrap();
    assert!(endpoints.len() > 10, "{endpoints:?}");
    let table = include_str!("../../src/builder.rs");
    for endpoint in endpoints {
        let (method, path) = (
            endpoint["method"].as_str().unwrap(),
            endpoint["path"].as_str().unwrap(),
        );
        assert!(table.contains(path), "{path} is not documented");
        let method = method.parse().unwrap();
        let url = format!(
            "{}{}",
            admin.0,
            path.replace("/N", "/1").replace("=N", "=1")
        );
        let response = http().request(method, url).send().await.unwrap();
        // The body of `/events` never ends, so only an error is read.
        let has_route = match response.status().as_u16() {
            404 => read(response).await.1["error"] != *UNKNOWN_PATH,
            status => status != 405,
        };
        assert!(has_route, "{path} has no route");
    }
    assert_eq!(admin.get("/nothing").await.1["error"], *UNKNOWN_PATH);
}

const UNKNOWN_PATH: &str =
    "unknown path; the inspector page is at /, the list of endpoints at /api";

#[tokio::test(start_paused = true)]
async fn reset_restores_the_state_after_the_start() {
    let sim = Simulator::builder()
        .admin_port(0)
        .seed(1)
        .account(Account::new("main").credits(16))
        .faults("create nth=3 => status 500")
        .start()
        .await
        .unwrap();
    let (client, admin) = (TestClient::new(&sim), Admin::new(&sim));
    let mut ids = Vec::new();
    for _ in 0..2 {
        let (status, task) = client.create(&cat()).await;
        assert_eq!(status, 200, "{task}");
        ids.push(task["id"].clone());
        assert_eq!(client.create(&cat()).await.0, 200);
        assert_eq!(
            client.create(&cat()).await.0,
            500,
            "the third create has a fault"
        );
        assert_eq!(
            client.create(&cat()).await.0,
            402,
            "the credits are used up"
        );
        sim.inject_faults("status => hang").unwrap();
        assert_eq!(admin.post("/api/reset", &json!({})).await.0, 204);
        let ledger = sim.ledger();
        assert_eq!(ledger, toapis_sim::Ledger::default());
        assert_eq!((sim.exchanges().len(), sim.deliveries().len()), (0, 0));
        assert_eq!(sim.faults().len(), 1);
        assert_eq!(client.status(ids[0].as_str().unwrap()).await.0, 404);
        sim.reset();
    }
    assert_eq!(ids[0], ids[1], "ids depend on the seed and the ordinal");
}

#[tokio::test(start_paused = true)]
async fn task_list_has_pages_and_a_filter_by_business_id() {
    let (_sim, client, admin) = start().await;
    for number in 1..=5 {
        let mut request = cat();
        request["client_business_id"] = json!(format!("order-{}", number % 2));
        assert_eq!(client.create(&request).await.0, 200);
    }
    let mut pages = Vec::new();
    let mut after = json!(0);
    while !after.is_null() {
        let page = admin
            .get(&format!("/api/tasks?limit=2&after={after}"))
            .await
            .1;
        let numbers = page["tasks"].as_array().unwrap().iter();
        pages.push(
            numbers
                .map(|task| task["number"].clone())
                .collect::<Vec<_>>(),
        );
        after = page["next_after"].clone();
    }
    assert_eq!(json!(pages), json!([[1, 2], [3, 4], [5]]));
    let filtered = admin.get("/api/tasks?business_id=order-0&limit=1").await.1;
    assert_eq!(
        (&filtered["tasks"][0]["number"], &filtered["next_after"]),
        (&json!(2), &json!(2))
    );
    let rest = admin.get("/api/tasks?business_id=order-0&after=2").await.1;
    assert_eq!(
        (&rest["tasks"][0]["number"], &rest["next_after"]),
        (&json!(4), &json!(null))
    );
}

#[tokio::test(start_paused = true)]
async fn body_without_content_type_is_rejected_with_the_expected_one() {
    let (_sim, _client, admin) = start().await;
    let request = http()
        .post(format!("{}/api/advance", admin.0))
        .body(r#"{"seconds":1}"#);
    let (status, body) = read(request.send().await.unwrap()).await;
    assert_eq!(
        (status, &body["error"]),
        (
            415,
            &json!("send JSON with the header `Content-Type: application/json`")
        )
    );
}
