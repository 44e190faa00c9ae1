//! Balances and models.

use serde_json::json;
use toapis::Model;

use crate::script::{Script, html, json as reply};

#[tokio::test(start_paused = true)]
async fn a_balance_tells_what_is_left_and_without_a_limit_says_so() {
    let script = Script::start(|before, asked| match (before, asked.path.as_str()) {
        (0, _) => html(502),
        (_, "/v1/balance") => reply(200, json!({"success": true, "remain_balance": 10.5, "used_balance": 2.3,
            "remain_credits": 2100, "used_credits": 460, "credits_per_usd": 200, "unlimited_quota": false, "tier": "gold"})),
        _ => reply(200, json!({"success": true, "remain_balance": -1, "used_balance": 0, "unlimited_quota": true})),
    })
    .await;
    let key = script.client().balance().await.unwrap();
    assert_eq!(
        (key.remaining_usd, key.used_credits, key.unlimited),
        (Some(10.5), Some(460.0), false)
    );
    assert_eq!(
        key.to_json()["tier"],
        "gold",
        "what this version does not know is there all the same"
    );
    let account = script.client().account_balance().await.unwrap();
    assert_eq!((account.remaining_usd, account.unlimited), (None, true));
    assert_eq!(script.asked().last().unwrap().path, "/v1/user/balance");
}

#[tokio::test(start_paused = true)]
async fn a_balance_that_is_not_found_is_an_error_though_it_wears_a_200() {
    let script =
        Script::start(|_, _| reply(200, json!({"success": false, "message": "令牌不存在"}))).await;
    let error = script.client().balance().await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.message()),
        (200, "令牌不存在")
    );
    assert_eq!(script.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_models_are_those_for_images_and_an_odd_entry_costs_only_itself() {
    let script = Script::start(|_, _| {
        reply(200, json!({"success": true, "object": "list", "data": [
            {"id": "gpt-image-2", "object": "model", "created": 1, "owned_by": "openai", "supported_endpoint_types": ["image"]},
            {"id": 7}, {"id": "a-model-of-next-year", "created": "soon"}]}))
    })
    .await;
    let models = script.client().list_models().await.unwrap();
    let names: Vec<_> = models.iter().map(|listed| listed.model.as_str()).collect();
    assert_eq!(names, ["gpt-image-2", "a-model-of-next-year"]);
    assert_eq!(models[0].model, Model::GptImage2);
    assert_eq!(script.asked()[0].path, "/v1/models?type=image");
}
