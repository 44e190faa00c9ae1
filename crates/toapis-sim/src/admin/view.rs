//! The state as the admin API returns it.

use serde_json::{Value, json};

use super::handler::Admin;
use crate::{
    clock::SimInstant,
    state::{AccountState, AppState, CreditBalance, Task},
    task_object,
};

/// The maximum number of tasks in the state.
const MAX_TASKS: usize = 200;

/// The maximum number of characters of a prompt.
const MAX_PROMPT_CHARS: usize = 400;

/// Returns everything but the exchanges.
pub(super) fn state(admin: &Admin) -> Value {
    let app = &*admin.app;
    let now = app.clock.now();
    let mut store = app.store();
    store.apply_completions(now);
    let accounts: Vec<Value> = store
        .accounts
        .iter()
        .map(|state| account(state, now))
        .collect();
    let tasks: Vec<Value> = store
        .newest_tasks()
        .take(MAX_TASKS)
        .map(|state| task(app, state, now))
        .collect();
    json!({
        "now_ms": now.as_millis(),
        "unix": app.clock.to_unix(now),
        "seed": app.config.seed(),
        "speed": app.config.speed,
        "rate_limits": app.config.rate_limits,
        "api_url": app.urls.api,
        "files_urls": app.urls.files,
        "accounts": accounts,
        "ledger": store.ledger(),
        "faults": admin.faults.states(),
        "tasks": tasks,
    })
}

/// Returns a page of tasks after task number `after`, oldest first.
pub(super) fn tasks(
    app: &AppState,
    after: usize,
    limit: usize,
    business_id: Option<&str>,
) -> Value {
    let now = app.clock.now();
    let store = app.store();
    let mut found = store.tasks_after(after).filter(|(_, task)| {
        business_id.is_none_or(|wanted| task.business_id.as_deref() == Some(wanted))
    });
    let page: Vec<(usize, &Task)> = found.by_ref().take(limit).collect();
    let last = page.last().map(|(number, _)| *number);
    let next_after = found.next().and(last);
    let tasks: Vec<Value> = page
        .into_iter()
        .map(|(number, state)| {
            let mut view = task(app, state, now);
            view["number"] = number.into();
            view
        })
        .collect();
    json!({ "tasks": tasks, "next_after": next_after })
}

fn account(account: &AccountState, now: SimInstant) -> Value {
    let keys: Vec<Value> = (0..)
        .zip(&account.keys)
        .map(|(index, key)| {
            json!({
                "name": *key.label,
                "credits": balance(account.key_balance(index)),
                "webhook": key.webhook.is_some(),
            })
        })
        .collect();
    json!({
        "name": account.name,
        "credits": balance(account.balance()),
        "submit_tokens": account.submit.available(now),
        "query_tokens": account.query.available(now),
        "keys": keys,
    })
}

fn balance(CreditBalance { remaining, used }: CreditBalance) -> Value {
    json!({ "remaining": remaining, "used": used })
}

fn task(app: &AppState, task: &Task, now: SimInstant) -> Value {
    let is_completed = task.is_completed(now);
    let images = if is_completed { task.images } else { 0 };
    let urls: Vec<String> = (0..images)
        .map(|image| app.image_url(task, image))
        .collect();
    let failure = task
        .failure
        .as_ref()
        .map(|failure| json!({ "code": failure.code, "message": failure.message }));
    json!({
        "id": *task.id,
        "business_id": task.business_id,
        "model": task.model,
        "prompt": task.prompt.chars().take(MAX_PROMPT_CHARS).collect::<String>(),
        "status": task_object::status(app, task, now),
        "progress": if is_completed { 100 } else { task.progress(now) },
        "failure": failure,
        "width": task.width,
        "height": task.height,
        "seed": task.seed,
        "images": task.images,
        "credits": task.credits,
        "polls": task.polls,
        "accepted_ms": task.timeline.accepted.as_millis(),
        "finished_ms": task.timeline.finished.as_millis(),
        "urls": urls,
    })
}
