//! Every fault, as a client sees it and as the ledger counts it.

mod files;
mod responses;
mod tasks;

use std::time::Duration;

use serde_json::{Value, json};
use toapis_sim::{Ledger, Simulator};

use crate::common::TestClient;

pub(crate) fn cat() -> Value {
    json!({ "model": "nano-banana", "prompt": "A cat", "client_business_id": "order-1" })
}

pub(crate) async fn start_with(rules: &str) -> (Simulator, TestClient) {
    let sim = Simulator::builder().faults(rules).start().await.unwrap();
    let client = TestClient::new(&sim);
    (sim, client)
}

/// Creates a task, advances the clock until it is completed, and returns its id.
pub(crate) async fn completed_task(sim: &Simulator, client: &TestClient) -> String {
    let (status, task) = client.create(&cat()).await;
    assert_eq!(status, 200, "{task}");
    sim.advance(Duration::from_mins(2));
    task["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn image_url(client: &TestClient, id: &str) -> String {
    client.status(id).await.1["result"]["data"][0]["url"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub(crate) fn created_and_accepted(ledger: &Ledger) -> (u64, u64) {
    (ledger.total.creates, ledger.total.accepted)
}
