//! Tasks that are missing, have an unusual status or result, or fail.

use std::time::Duration;

use serde_json::{Value, json};
use toapis_sim::Simulator;

use super::{cat, completed_task, created_and_accepted, start_with};
use crate::common::TestClient;

#[tokio::test(start_paused = true)]
async fn new_task_is_missing_for_a_time_or_some_polls() {
    let (sim, client) = start_with("status => missing 3s").await;
    let id = client.create(&cat()).await.1["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(client.status(&id).await.0, 404);
    assert_eq!(client.status("order-1").await.0, 404);
    sim.advance(Duration::from_secs(3));
    assert_eq!(client.status(&id).await.0, 200);
    sim.clear_faults();
    sim.inject_faults("=> missing 2x").unwrap();
    let id = client.create(&cat()).await.1["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(client.status(&id).await.0);
    }
    assert_eq!(seen, [404, 404, 200, 200]);
}

#[tokio::test(start_paused = true)]
async fn lookup_by_business_id_can_be_disabled() {
    let (_sim, client) = start_with("=> no-business-id").await;
    let id = client.create(&cat()).await.1["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        (client.status("order-1").await.0, client.status(&id).await.0),
        (404, 200)
    );
}

#[tokio::test(start_paused = true)]
async fn unknown_status_ends_with_the_task() {
    let (sim, client) = start_with("=> unknown-status polishing").await;
    let id = client.create(&cat()).await.1["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(client.status(&id).await.1["status"], "polishing");
    sim.advance(Duration::from_mins(2));
    assert_eq!(client.status(&id).await.1["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn flapping_task_alternates_between_two_statuses() {
    let sim = Simulator::builder()
        .speed(1.0)
        .faults("=> flap")
        .start()
        .await
        .unwrap();
    let client = TestClient::new(&sim);
    let id = client.create(&cat()).await.1["id"]
        .as_str()
        .unwrap()
        .to_owned();
    while client.status(&id).await.1["status"] != "in_progress" {
        sim.advance(Duration::from_millis(100));
    }
    assert_eq!(client.status(&id).await.1["status"], "queued");
    assert_eq!(client.status(&id).await.1["status"], "in_progress");
}

#[tokio::test(start_paused = true)]
async fn result_moves_to_the_requested_place() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let id = completed_task(&sim, &client).await;
    for (place, pointer) in [
        ("result.url", "/result/url"),
        ("url", "/url"),
        ("data", "/data/0/url"),
        ("output", "/output/images/0/url"),
    ] {
        sim.inject_faults(&format!("=> result-in {place}")).unwrap();
        let task = client.status(&id).await.1;
        assert!(
            task.pointer(pointer)
                .is_some_and(|url| url.as_str().unwrap().starts_with(sim.files_url())),
            "{task}"
        );
        assert_eq!(task.pointer("/result/data"), None);
        sim.clear_faults();
    }
    sim.inject_faults("=> result-in nowhere").unwrap();
    let task = client.status(&id).await.1;
    assert_eq!(task["status"], "completed");
    assert!(!task.to_string().contains("http"), "{task}");
}

#[tokio::test(start_paused = true)]
async fn changed_types_and_names_violate_the_contract() {
    let (sim, client) =
        start_with("create => id-under task_id; status => wrong-type created_at").await;
    let task = client.create(&cat()).await.1;
    assert_eq!(task.get("id"), None);
    let response = client.status(task["task_id"].as_str().unwrap()).await.1;
    assert!(response["created_at"].is_string(), "{response}");
    let violations: Vec<String> = sim
        .exchanges()
        .into_iter()
        .flat_map(|exchange| exchange.response_violations)
        .collect();
    assert!(
        violations
            .iter()
            .any(|line| line.contains("created_at") && line.contains("openapi.yaml:")),
        "{violations:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn task_fails_with_the_given_code_and_is_refunded() {
    let (sim, client) = start_with("create nth=1 => fail odd_code message=\"it broke\"; create nth=2 => moderate later; create nth=3 => moderate").await;
    for (code, message) in [
        ("odd_code", "it broke"),
        (
            "content_policy_violation",
            "The image was rejected by the content policy",
        ),
    ] {
        let id = client.create(&cat()).await.1["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let before = sim.ledger().total;
        assert!(before.billed > before.refunded);
        sim.advance(Duration::from_mins(2));
        let task = client.status(&id).await.1;
        assert_eq!(
            (&task["status"], &task["error"]),
            (
                &json!("failed"),
                &json!({ "code": code, "message": message })
            )
        );
        let after = sim.ledger().total;
        assert_eq!(after.billed, after.refunded);
    }
    let (status, response) = client.create(&cat()).await;
    assert_eq!(
        (status, &response["error"]["code"]),
        (422, &json!("content_policy_violation"))
    );
    assert_eq!(created_and_accepted(&sim.ledger()), (3, 2));
    assert_eq!(client.get("/v1/balance").await.1["used_credits"], 0);
}

#[tokio::test(start_paused = true)]
async fn strict_references_need_the_form_of_the_catalogue() {
    let (_sim, client) = start_with("=> strict-references").await;
    let request = |model: &str, reference: Value| json!({ "model": model, "prompt": "x", "image_urls": [reference] });
    let (text, object) = (
        json!("https://a.example/b.png"),
        json!({ "url": "https://a.example/b.png" }),
    );
    assert_eq!(
        client
            .create(&request("nano-banana", object.clone()))
            .await
            .0,
        200
    );
    assert_eq!(
        client
            .create(&request("flux-kontext-pro", text.clone()))
            .await
            .0,
        200
    );
    for (model, reference) in [("nano-banana", text), ("flux-kontext-pro", object)] {
        let (status, response) = client.create(&request(model, reference)).await;
        assert_eq!(
            (status, &response["error"]["param"]),
            (400, &json!("image_urls")),
            "{response}"
        );
    }
}
