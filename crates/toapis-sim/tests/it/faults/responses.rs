//! Responses that are lost, late, truncated, or in another envelope.

use std::time::Duration;

use serde_json::{Value, json};
use toapis_sim::Simulator;
use tokio::time::{Instant, timeout};

use super::{cat, created_and_accepted, start_with};
use crate::common::TestClient;

#[tokio::test(start_paused = true)]
async fn lost_response_leaves_a_paid_task() {
    let (sim, client) = start_with("create nth=1 => lose-answer").await;
    let error = client.try_create(&cat()).await.unwrap_err();
    assert!(!error.is_connect() && !error.is_timeout(), "{error:?}");
    assert_eq!(created_and_accepted(&sim.ledger()), (1, 1));
    assert_eq!(client.status("order-1").await.0, 200);
    assert_eq!(sim.ledger().total.polled_by_business_id, 1);
    assert_eq!(
        client.create(&cat()).await.0,
        200,
        "the rule applies to the first create"
    );
    assert_eq!(sim.faults()[0].fired, 1);
}

#[tokio::test(start_paused = true)]
async fn hang_executes_the_create_unless_early() {
    let (sim, client) = start_with("create nth=1 => hang; create nth=2 => hang early").await;
    for accepted in [1, 1] {
        assert!(
            timeout(Duration::from_secs(30), client.try_create(&cat()))
                .await
                .is_err()
        );
        assert_eq!(sim.ledger().total.accepted, accepted);
    }
}

#[tokio::test(start_paused = true)]
async fn reset_executes_the_create_unless_early() {
    let (sim, client) = start_with(
        "create nth=1 => reset; create nth=2 => reset early; create nth=3 => reset body",
    )
    .await;
    assert!(client.try_create(&cat()).await.is_err());
    assert_eq!(created_and_accepted(&sim.ledger()), (1, 1));
    assert!(client.try_create(&cat()).await.is_err());
    assert_eq!(created_and_accepted(&sim.ledger()), (2, 1));
    let response = client.try_create(&cat()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().await.is_err());
    assert_eq!(created_and_accepted(&sim.ledger()), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn status_has_any_envelope_and_is_paid_only_if_accepted() {
    let (sim, client) = start_with("create nth=1 => status 500 accepted; create nth=2 => status 500; create nth=3 => status 429 retry-after=7").await;
    let (status, response) = client.create(&cat()).await;
    assert_eq!(
        (status, &response["error"]["code"]),
        (500, &json!("internal_error"))
    );
    assert_eq!(created_and_accepted(&sim.ledger()), (1, 1));
    assert_eq!(client.create(&cat()).await.0, 500);
    assert_eq!(created_and_accepted(&sim.ledger()), (2, 1));
    let limited = client.raw_create(&cat()).await;
    assert_eq!(
        (
            limited.status().as_u16(),
            limited.headers()["retry-after"].to_str().unwrap()
        ),
        (429, "7")
    );
    sim.clear_faults();
    for (envelope, body) in [
        ("E1", json!({ "error": { "code": "odd", "message": "m" } })),
        (
            "E2",
            json!({ "error": { "code": 500, "message": "m", "type": "odd" } }),
        ),
        ("E3", json!({ "success": false, "message": "m" })),
        ("E4", json!({ "message": "odd" })),
        (
            "E5",
            json!({ "error": { "code": "odd", "message": "m", "type": "new_api_error" } }),
        ),
        ("E6", json!({ "code": "odd", "message": "m", "data": null })),
        (
            "E6-nested",
            json!({ "error": { "code": "bad_response_status_code", "message": r#"{"code":"odd","message":"m"}"# } }),
        ),
        ("E7", json!({ "error": "m" })),
    ] {
        sim.inject_faults(&format!(
            "create => status 500 odd message=m envelope={envelope}"
        ))
        .unwrap();
        assert_eq!(client.create(&cat()).await, (500, body), "{envelope}");
        sim.clear_faults();
    }
}

#[tokio::test(start_paused = true)]
async fn every_documented_error_can_be_simulated() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let rows = toapis_contract::Contract::embedded().document()["x-errors"]
        .as_array()
        .unwrap();
    for row in rows {
        let (status, code) = (
            row["status"].as_u64().unwrap(),
            row["code"].as_str().unwrap(),
        );
        let id = sim
            .inject_faults(&format!("api => status {status} {code}"))
            .unwrap()[0];
        // Only a status request can fail with not-found.
        let about_a_task = row["kind"] == "not_found";
        let (got, response) = if about_a_task {
            client.status("task_1").await
        } else {
            client.create(&cat()).await
        };
        assert_eq!(u64::from(got), status);
        assert!(response.to_string().contains(code), "{response}");
        let seen = sim.exchanges().pop().unwrap();
        assert_eq!(
            seen.response_violations,
            Vec::<String>::new(),
            "{status} {code}"
        );
        assert!(sim.remove_fault(id));
    }
    assert_eq!(sim.ledger().total.accepted, 0);
}

#[tokio::test(start_paused = true)]
async fn html_and_empty_responses_are_not_json() {
    let (sim, client) = start_with(
        "status nth=1 => html; status nth=2 => empty 504; create nth=1 => html 503 accepted",
    )
    .await;
    let page = client.try_get("/v1/images/generations/x").await.unwrap();
    assert_eq!(
        (
            page.status().as_u16(),
            page.headers()["content-type"].to_str().unwrap()
        ),
        (502, "text/html")
    );
    assert!(page.text().await.unwrap().contains("502 Bad Gateway"));
    assert_eq!(
        client.status("x").await,
        (504, Value::String(String::new()))
    );
    assert!(
        client
            .create(&cat())
            .await
            .1
            .as_str()
            .unwrap()
            .contains("503 Service Unavailable")
    );
    assert_eq!(created_and_accepted(&sim.ledger()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn delay_lasts_the_given_time() {
    let (_sim, client) = start_with("create => delay 90s").await;
    let begun = Instant::now();
    assert_eq!(client.create(&cat()).await.0, 200);
    assert_eq!(begun.elapsed().as_secs(), 90);
}

#[tokio::test(start_paused = true)]
async fn truncated_json_is_complete_for_http() {
    let (sim, client) = start_with("create => truncate 40%").await;
    let response = client.raw_create(&cat()).await;
    let text = response.text().await.unwrap();
    assert!(
        text.starts_with("{\"id\"") && serde_json::from_str::<Value>(&text).is_err(),
        "{text}"
    );
    assert_eq!(created_and_accepted(&sim.ledger()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn rules_apply_only_to_their_model_and_key() {
    let (_sim, client) =
        start_with("create model=gpt-image-2 => status 500; create key=other#1 => status 500")
            .await;
    assert_eq!(client.create(&cat()).await.0, 200);
    assert_eq!(
        client
            .create(&json!({ "model": "gpt-image-2", "prompt": "x" }))
            .await
            .0,
        500
    );
}
