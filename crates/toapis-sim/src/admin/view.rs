//! The state as the admin port shows it.

use serde_json::{Value, json};

use crate::{
    api::picture_url,
    clock::Moment,
    world::{Credit, Outcome, Purse, Stage, Task, World},
};

/// How many tasks are shown.
const TASKS: usize = 200;

/// Everything but the exchanges.
pub(super) fn state(world: &World) -> Value {
    let now = world.clock.now();
    let faults = world.faults().states();
    let mut state = world.state();
    state.settle(now);
    let accounts: Vec<Value> = state
        .purses
        .iter()
        .map(|purse| account(purse, now))
        .collect();
    let tasks: Vec<Value> = state
        .newest()
        .take(TASKS)
        .map(|task| self::task(world, task, now))
        .collect();
    json!({
        "now_ms": now.millis(),
        "unix": world.clock.unix(now),
        "seed": world.settings.seed,
        "speed": world.settings.speed,
        "rate_limits": world.settings.rate_limits,
        "api_url": world.api_url,
        "files_urls": world.files_urls,
        "accounts": accounts,
        "ledger": state.ledger(),
        "faults": faults,
        "tasks": tasks,
    })
}

fn account(purse: &Purse, now: Moment) -> Value {
    let credit = |Credit { left, used }: Credit| json!({ "left": left, "used": used });
    let keys: Vec<Value> = (0..)
        .zip(&purse.keys)
        .map(|(place, key)| {
            json!({
                "name": *key.label,
                "credits": credit(purse.key_credit(place)),
                "webhook": key.webhook.is_some(),
            })
        })
        .collect();
    json!({
        "name": purse.name,
        "credits": credit(purse.account_credit()),
        "submit_tokens": purse.submit.left(now),
        "query_tokens": purse.query.left(now),
        "keys": keys,
    })
}

fn task(world: &World, task: &Task, now: Moment) -> Value {
    let (status, pictures) = match (task.stage(now), task.outcome()) {
        (Stage::Pending, _) => ("pending", false),
        (Stage::Queued, _) => ("queued", false),
        (Stage::InProgress, _) => ("in_progress", false),
        (Stage::Ended, Outcome::Completed) => ("completed", true),
        (Stage::Ended, Outcome::Failed(_)) => ("failed", false),
    };
    let urls: Vec<String> = if pictures {
        (0..task.images)
            .map(|image| picture_url(world, task, image))
            .collect()
    } else {
        Vec::new()
    };
    json!({
        "id": *task.id,
        "business_id": task.business_id,
        "model": task.model,
        "prompt": task.prompt.chars().take(400).collect::<String>(),
        "status": status,
        "progress": if status == "completed" { 100 } else { task.progress(now) },
        "failure": task.failure.as_ref().map(|failure| json!({ "code": failure.code, "message": failure.message })),
        "width": task.width,
        "height": task.height,
        "seed": task.seed,
        "images": task.images,
        "credits": task.credits,
        "polls": task.polls,
        "accepted_ms": task.timeline.accepted.millis(),
        "finished_ms": task.timeline.finished.millis(),
        "urls": urls,
    })
}
