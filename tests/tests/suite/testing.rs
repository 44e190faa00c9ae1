//! The tests that `docs/testing.md` shows, as they stand there: the page is compared with this file.

use toapis::Client;
use toapis_sim::Simulator;

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_not_paid_twice() {
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
    let books = sim.ledger().total;
    assert_eq!((books.creates, books.accepted, books.billed), (1, 1, 8));
}

#[test]
#[should_panic(expected = "body /size: must be one of 1:1, 16:9, 9:16, 4:3, 3:4, 3:2, 2:3")]
fn a_size_that_the_model_does_not_have_is_found() {
    let request = http::Request::post("/v1/images/generations")
        .header("authorization", "Bearer sk-test")
        .header("content-type", "application/json")
        .body(r#"{"model":"nano-banana","prompt":"A cat","size":"7:7"}"#)
        .unwrap();
    toapis_contract::assert_request((&request).into());
}
