//! Balances and models.

use serde_json::json;
use toapis::Model;

use crate::support::ServerExt as _;
use toapis_test_support::server::{ScriptedServer, html_response, json_response};

#[tokio::test(start_paused = true)]
async fn balance_reports_remaining_and_unlimited() {
    let server = ScriptedServer::start(|before, request| match (before, request.path.as_str()) {
        (0, _) => html_response(502),
        (_, "/v1/balance") => json_response(200, json!({"success": true, "remain_balance": 10.5, "used_balance": 2.3,
            "remain_credits": 2100, "used_credits": 460, "credits_per_usd": 200, "unlimited_quota": false, "tier": "gold"})),
        _ => json_response(200, json!({"success": true, "remain_balance": -1, "used_balance": 0, "unlimited_quota": true})),
    })
    .await;
    let key = server.client().balance().await.unwrap();
    assert_eq!(
        (key.remaining_usd, key.used_credits, key.unlimited),
        (Some(10.5), Some(460.0), false)
    );
    assert_eq!(
        key.to_json()["tier"],
        "gold",
        "what this version does not know is there all the same"
    );
    let account = server.client().account_balance().await.unwrap();
    assert_eq!((account.remaining_usd, account.unlimited), (None, true));
    assert_eq!(server.requests().last().unwrap().path, "/v1/user/balance");
}

#[tokio::test(start_paused = true)]
async fn unsuccessful_balance_with_status_200_is_an_error() {
    let server = ScriptedServer::start(|_, _| {
        json_response(200, json!({"success": false, "message": "令牌不存在"}))
    })
    .await;
    let error = server.client().balance().await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.message()),
        (200, "令牌不存在")
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn invalid_model_entry_is_skipped() {
    let server = ScriptedServer::start(|_, _| {
        json_response(200, json!({"success": true, "object": "list", "data": [
            {"id": "gpt-image-2", "object": "model", "created": 1, "owned_by": "openai", "supported_endpoint_types": ["image"]},
            {"id": 7}, {"id": "a-model-of-next-year", "created": "soon"}]}))
    })
    .await;
    let models = server.client().list_models().await.unwrap();
    let names: Vec<_> = models.iter().map(|listed| listed.model.as_str()).collect();
    assert_eq!(names, ["gpt-image-2", "a-model-of-next-year"]);
    assert_eq!(models[0].model, Model::GptImage2);
    assert_eq!(server.requests()[0].path, "/v1/models?type=image");
}
