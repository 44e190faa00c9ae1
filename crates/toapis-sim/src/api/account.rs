//! The balances of a key and an account, and the list of models.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    operation::Operation,
    server::BufferedResponse,
    state::{AppState, CreditBalance, KeyRef},
};

/// The `created` timestamp of every model: 1 January 2025, the simulator's own choice.
const MODELS_CREATED: u64 = 1_735_689_600;

/// Returns the balance of the key or of its account.
pub(super) fn balance(app: &AppState, key: KeyRef, operation: Operation) -> BufferedResponse {
    let balance = app.store().account_mut(key).map(|account| {
        if operation == Operation::KeyBalance {
            account.key_balance(key.key)
        } else {
            account.balance()
        }
    });
    let Some(CreditBalance { remaining, used }) = balance else {
        return BufferedResponse::json(
            StatusCode::OK,
            &json!({ "success": false, "message": "token not found" }),
        );
    };
    let credits_per_usd = f64::from(app.contract_data.money.credits_per_usd);
    #[expect(clippy::cast_precision_loss, reason = "credits are far below 2^52")]
    let dollars = |credits: u64| credits as f64 / credits_per_usd;
    let body = json!({
        "success": true,
        "remain_balance": remaining.map_or(Value::from(-1), |credits| dollars(credits).into()),
        "used_balance": dollars(used),
        "remain_credits": remaining.map_or(Value::from(-1), Value::from),
        "used_credits": used,
        "credits_per_usd": credits_per_usd,
        "unlimited_quota": remaining.is_none(),
    });
    BufferedResponse::json(StatusCode::OK, &body)
}

/// Returns the models that the key may use. Without `type=image` the list has only a text model.
pub(super) fn models(app: &AppState, key: KeyRef, query: &str) -> BufferedResponse {
    let requested_type = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| *name == "type");
    let entry = |id: &str, endpoint: &str| {
        json!({
            "id": id,
            "object": "model",
            "created": MODELS_CREATED,
            "owned_by": "toapis-sim",
            "supported_endpoint_types": [endpoint],
        })
    };
    let data: Vec<Value> = if requested_type.is_some_and(|(_, value)| value == "image") {
        let store = app.store();
        let allowed = store.key_models(key);
        app.contract
            .models()
            .map(toapis_contract::Model::name)
            .filter(|name| allowed.is_none_or(|allowed| allowed.iter().any(|own| own == name)))
            .map(|name| entry(name, "image-generation"))
            .collect()
    } else {
        vec![entry("a-text-model", "openai")]
    };
    BufferedResponse::json(
        StatusCode::OK,
        &json!({ "success": true, "object": "list", "data": data }),
    )
}
