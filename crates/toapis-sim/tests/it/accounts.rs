//! Credits, keys and rate limits of accounts.

use std::time::Duration;

use serde_json::json;
use toapis_sim::{Account, Key, Simulator};
use tokio::time::sleep;

use crate::common::{TestClient, number};

#[tokio::test(start_paused = true)]
async fn credits_are_charged_to_key_and_account_until_used_up() {
    let sim = Simulator::builder()
        .account(
            Account::new("one")
                .credits(24)
                .key(Key::new("sk-a").credit_limit(8))
                .key(Key::new("sk-b")),
        )
        .start()
        .await
        .unwrap();
    let (first, second) = (
        TestClient::with_key(&sim, "sk-a"),
        TestClient::with_key(&sim, "sk-b"),
    );
    let body = json!({ "model": "nano-banana", "prompt": "x" });
    assert_eq!(first.create(&body).await.0, 200);
    let (status, response) = first.create(&body).await;
    assert_eq!((status, &response["error"]["code"]), (402, &json!(402)));
    assert_eq!(first.get("/v1/balance").await.1["remain_credits"], 0);
    assert_eq!(second.get("/v1/balance").await.1["remain_credits"], 16);
    let account = second.get("/v1/user/balance").await.1;
    let per_usd = f64::from(u32::try_from(number("/x-money/credits_per_usd")).unwrap());
    assert_eq!(
        (
            &account["remain_credits"],
            &account["used_credits"],
            &account["remain_balance"]
        ),
        (&json!(16), &json!(8), &json!(16.0 / per_usd))
    );
    let ledger = sim.ledger();
    assert_eq!((ledger.keys["one#1"].billed, ledger.total.billed), (8, 8));
}

#[tokio::test(start_paused = true)]
async fn invalid_keys_fail_with_401_in_the_envelope_of_the_operation() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::with_key(&sim, "sk-wrong");
    let (status, response) = client
        .create(&json!({ "model": "nano-banana", "prompt": "x" }))
        .await;
    assert_eq!(
        (status, &response["error"]["code"]),
        (401, &json!("unauthorized"))
    );
    for path in [
        "/v1/images/generations/task_1",
        "/v1/balance",
        "/v1/user/balance",
        "/v1/models?type=image",
    ] {
        let (status, response) = client.get(path).await;
        assert_eq!(
            (status, &response["error"]["code"]),
            (401, &json!(401)),
            "{path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn rate_limits_are_shared_by_keys_and_refill() {
    let sim = Simulator::builder()
        .account(
            Account::new("one")
                .key(Key::new("sk-a"))
                .key(Key::new("sk-b")),
        )
        .start()
        .await
        .unwrap();
    let (first, second) = (
        TestClient::with_key(&sim, "sk-a"),
        TestClient::with_key(&sim, "sk-b"),
    );
    let body = json!({ "model": "nano-banana", "prompt": "x" });
    let of_bucket = |key| number(&format!("/x-rate-limits/groups/default/async_submit/{key}"));
    let (burst, per_minute) = (of_bucket("burst"), of_bucket("per_minute"));
    for n in 0..burst {
        let client = if n % 2 == 0 { &first } else { &second };
        assert_eq!(client.create(&body).await.0, 200, "{n}");
    }
    let limited = second.raw_create(&body).await;
    assert_eq!(limited.status(), 429);
    let header = |name: &str| limited.headers()[name].to_str().unwrap().to_owned();
    let one_more = 60_u64.div_ceil(per_minute);
    assert_eq!(header("retry-after"), one_more.to_string());
    assert_eq!(header("x-ratelimit-limit"), per_minute.to_string());
    assert_eq!(header("x-ratelimit-remaining"), "0");
    let all = (burst * 60).div_ceil(per_minute);
    assert_eq!(header("x-ratelimit-reset"), all.to_string());
    assert_eq!(header("x-ratelimit-category"), "async_submit");
    assert_eq!(
        first.status("nothing").await.0,
        404,
        "queries have their own rate limit"
    );
    sleep(Duration::from_secs(one_more)).await;
    assert_eq!(second.create(&body).await.0, 200);
    assert_eq!(sim.ledger().total.accepted, burst + 1);
}

#[tokio::test(start_paused = true)]
async fn keys_can_be_restricted_to_models_and_accounts_unlimited() {
    let sim = Simulator::builder()
        .account(
            Account::new("one")
                .unlimited()
                .key(Key::generated().models(["flux-2-pro"])),
        )
        .start()
        .await
        .unwrap();
    let client = TestClient::new(&sim);
    assert_eq!(
        client
            .create(&json!({ "model": "flux-2-pro", "prompt": "x" }))
            .await
            .0,
        200
    );
    let (status, response) = client
        .create(&json!({ "model": "nano-banana", "prompt": "x" }))
        .await;
    assert_eq!(
        (status, &response["error"]["code"]),
        (403, &json!("forbidden"))
    );
    let models = client.get("/v1/models?type=image").await.1;
    assert_eq!(models["data"].as_array().unwrap().len(), 1);
    let balance = client.get("/v1/balance").await.1;
    assert_eq!(
        (&balance["unlimited_quota"], &balance["remain_credits"]),
        (&json!(true), &json!(-1))
    );
    assert!(balance["used_credits"].as_u64().unwrap() > 0);
}

#[tokio::test(start_paused = true)]
async fn ledger_counts_repeated_business_ids_of_paid_tasks() {
    let sim = Simulator::builder()
        .account(Account::new("one").key(Key::new("sk-a")))
        .account(Account::new("two").key(Key::new("sk-b")))
        .faults("create nth=1 => lose-answer; create nth=2 => status 429")
        .start()
        .await
        .unwrap();
    let body =
        |id: &str| json!({ "model": "nano-banana", "prompt": "x", "client_business_id": id });
    let (first, second) = (
        TestClient::with_key(&sim, "sk-a"),
        TestClient::with_key(&sim, "sk-b"),
    );
    assert!(first.try_create(&body("order-1")).await.is_err());
    assert_eq!(first.create(&body("order-1")).await.0, 429);
    assert_eq!(second.create(&body("order-1")).await.0, 200);
    assert_eq!(second.create(&body("order-2")).await.0, 200);
    assert_eq!(sim.ledger().total.repeated_business_ids, 0);

    assert_eq!(first.create(&body("order-1")).await.0, 200);
    let ledger = sim.ledger();
    assert_eq!(
        (
            ledger.total.business_ids,
            ledger.total.repeated_business_ids
        ),
        (3, 1)
    );
    assert_eq!(ledger.keys["one#1"].repeated_business_ids, 1);
    assert_eq!(ledger.keys["two#1"].repeated_business_ids, 0);
    let accepted = ["order-1", "order-2", "order-3"].map(|id| sim.accepted_by_business_id(id));
    assert_eq!(accepted, [3, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn exhausted_capacity_is_not_retryable() {
    let sim = Simulator::builder().max_tasks(1).start().await.unwrap();
    let client = TestClient::new(&sim);
    let body = json!({ "model": "nano-banana", "prompt": "x" });
    assert_eq!(client.create(&body).await.0, 200);
    let response = client.raw_create(&body).await;
    assert_eq!(response.headers().get("retry-after"), None);
    let (status, error) = crate::common::read(response).await;
    assert_eq!(
        (status, &error["error"]["code"], &error["error"]["message"]),
        (
            400,
            &json!("invalid_request"),
            &json!("The simulator has reached its maximum of 1 tasks; reset or restart it")
        )
    );
    assert_eq!(sim.ledger().total.billed, 8);
}
