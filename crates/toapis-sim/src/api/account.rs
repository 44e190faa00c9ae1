//! Balance of a key and of an account, and the list of models.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Op};
use crate::world::{Credit, KeyRef, World};

/// When every model of the list is said to have been made: the simulator's own choice (1 January 2025).
const MODELS_SINCE: u64 = 1_735_689_600;

/// What is left and what was used, of the key or of its account.
pub(super) fn balance(world: &World, key: KeyRef, op: Op) -> Answer {
    let credit = {
        let mut state = world.state();
        let purse = state.purse(key);
        purse.map(|purse| {
            if op == Op::KeyBalance {
                purse.key_credit(key.key)
            } else {
                purse.account_credit()
            }
        })
    };
    let Some(Credit { left, used }) = credit else {
        return Answer::json(
            StatusCode::OK,
            &json!({ "success": false, "message": "token not found" }),
        );
    };
    let per_usd = world.facts.credits_per_usd;
    #[expect(clippy::cast_precision_loss, reason = "credits are far below 2^52")]
    let dollars = |credits: u64| credits as f64 / per_usd;
    let answer = json!({
        "success": true,
        "remain_balance": left.map_or(Value::from(-1), |left| dollars(left).into()),
        "used_balance": dollars(used),
        "remain_credits": left.map_or(Value::from(-1), Value::from),
        "used_credits": used,
        "credits_per_usd": per_usd,
        "unlimited_quota": left.is_none(),
    });
    Answer::json(StatusCode::OK, &answer)
}

/// The models that the key may use. Without `type=image` they are hidden, and a text model stands there alone.
pub(super) fn models(world: &World, key: KeyRef, query: &str) -> Answer {
    let asked = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| *name == "type");
    let entry = |id: &str, endpoint: &str| {
        json!({
            "id": id,
            "object": "model",
            "created": MODELS_SINCE,
            "owned_by": "toapis-sim",
            "supported_endpoint_types": [endpoint],
        })
    };
    let data: Vec<Value> = if asked.is_some_and(|(_, value)| value == "image") {
        let state = world.state();
        let allowed = state.key_models(key);
        world
            .contract
            .models()
            .map(toapis_contract::Model::name)
            .filter(|name| allowed.is_none_or(|allowed| allowed.iter().any(|own| own == name)))
            .map(|name| entry(name, "image-generation"))
            .collect()
    } else {
        vec![entry("a-text-model", "openai")]
    };
    Answer::json(
        StatusCode::OK,
        &json!({ "success": true, "object": "list", "data": data }),
    )
}
