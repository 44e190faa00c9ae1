//! Every exchange is validated, even if an equal one was valid before.

use serde_json::json;
use toapis_sim::{Exchange, Simulator};

use crate::{
    common::TestClient,
    faults::{cat, completed_task},
};

/// Returns which of the last exchanges have violations.
fn found(sim: &Simulator, last: usize, side: impl Fn(&Exchange) -> &Vec<String>) -> Vec<bool> {
    let exchanges = sim.exchanges();
    let last = &exchanges[exchanges.len() - last..];
    last.iter()
        .map(|exchange| !side(exchange).is_empty())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn every_invalid_response_is_found() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let id = completed_task(&sim, &client).await;
    sim.inject_faults("status every=3 => wrong-type progress")
        .unwrap();
    for _ in 0..9 {
        assert_eq!(client.status(&id).await.0, 200);
    }
    let third = [false, false, true].repeat(3);
    assert_eq!(found(&sim, 9, |one| &one.response_violations), third);
}

#[tokio::test(start_paused = true)]
async fn every_invalid_request_is_found() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let mut broken = cat();
    broken["n"] = json!("1");
    for request in [&cat(), &cat(), &broken].repeat(3) {
        client.create(request).await;
    }
    let third = [false, false, true].repeat(3);
    assert_eq!(found(&sim, 9, |one| &one.request_violations), third);
    assert_eq!(sim.ledger().total.accepted, 6);
}
