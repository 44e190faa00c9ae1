//! The tests that `docs/testing.md` shows; another test compares the page with this file.

use toapis::Client;
use toapis_sim::Simulator;

#[tokio::test(start_paused = true)]
async fn lost_response_is_not_billed_twice() {
    let sim = Simulator::start().await.unwrap();
    sim.inject_faults("create nth=1 => lose-answer").unwrap();
    let client = Client::builder()
        .api_key(sim.key())
        .base_url(sim.base_url())
        .build()
        .unwrap();

    let task = client
        .images()
        .submit("A cat in a spacesuit")
        .await
        .unwrap();
    let done = task.wait().await.unwrap();

    assert_eq!(done.images().len(), 1);
    let ledger = sim.ledger().total;
    assert_eq!((ledger.creates, ledger.accepted, ledger.billed), (1, 1, 8));
}

#[test]
#[should_panic(expected = "body /size: must be one of 1:1, 16:9, 9:16, 4:3, 3:4, 3:2, 2:3")]
fn size_of_another_model_is_a_violation() {
    let request = http::Request::post("/v1/images/generations")
        .header("authorization", "Bearer sk-test")
        .header("content-type", "application/json")
        .body(r#"{"model":"nano-banana","prompt":"A cat","size":"7:7"}"#)
        .unwrap();
    toapis_contract::assert_request((&request).into());
}
