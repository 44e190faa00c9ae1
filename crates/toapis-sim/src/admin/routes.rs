//! The routes of the admin port.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::JsonRejection},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{delete, get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{handler::Admin, sse::events, view};
use crate::{
    faults::{self, FaultId, presets},
    files::{find_image, render_image},
    state::{Delivery, Exchange, Ledger},
};

/// The maximum size of a request body; a thousand rules fit.
const MAX_BODY_BYTES: usize = 256 << 10;

/// The maximum number of tasks of a page.
const MAX_PAGE_TASKS: usize = 1_000;

/// An endpoint of the admin port.
#[derive(Clone, Copy, Serialize)]
struct Endpoint {
    method: &'static str,
    path: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'static str>,
    description: &'static str,
}

impl Endpoint {
    const fn get(path: &'static str, description: &'static str) -> Self {
        Self {
            method: "GET",
            path,
            body: None,
            description,
        }
    }

    const fn post(
        path: &'static str,
        body: Option<&'static str>,
        description: &'static str,
    ) -> Self {
        Self {
            method: "POST",
            path,
            body,
            description,
        }
    }

    const fn delete(path: &'static str, description: &'static str) -> Self {
        Self {
            method: "DELETE",
            path,
            body: None,
            description,
        }
    }
}

/// All endpoints, as `/api` lists them.
const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/", "the inspector page"),
    Endpoint::get("/api", "the list of these endpoints"),
    Endpoint::get(
        "/events",
        "server-sent events: each exchange, and the state twice a second",
    ),
    Endpoint::get(
        "/api/state",
        "URLs, clock, accounts, rate limits, ledger, faults, the newest tasks",
    ),
    Endpoint::get("/api/ledger", "the ledger"),
    Endpoint::get(
        "/api/tasks?after=N&limit=N&business_id=ID",
        "tasks in pages, oldest first; `next_after` is null on the last page",
    ),
    Endpoint::get(
        "/api/exchanges?after=N",
        "the last thousand exchanges, or those after number N",
    ),
    Endpoint::get("/api/deliveries", "webhook deliveries"),
    Endpoint::get("/api/presets", "fault presets"),
    Endpoint::post(
        "/api/faults",
        Some(r#"{"rules":"create nth=1 => lose-answer"}"#),
        "adds fault rules, returns their ids",
    ),
    Endpoint::delete("/api/faults", "removes all fault rules"),
    Endpoint::delete("/api/faults/N", "removes fault rule N"),
    Endpoint::post(
        "/api/advance",
        Some(r#"{"seconds":60}"#),
        "advances the clock",
    ),
    Endpoint::post(
        "/api/credits",
        Some(r#"{"account":"main","credits":9}"#),
        "sets a balance; null makes it unlimited",
    ),
    Endpoint::post(
        "/api/webhook-test",
        Some(r#"{"key":"sk-..."}"#),
        "sends a test event to the webhook of a key",
    ),
    Endpoint::post(
        "/api/reset",
        None,
        "removes all tasks, files and records, restores balances and faults; the clock continues",
    ),
    Endpoint::get(
        "/images/TASK/N",
        "an image of a completed task, not counted as a download",
    ),
];

/// An error response.
type AdminError = (StatusCode, Json<Value>);

pub(super) fn router(admin: Admin) -> Router {
    Router::new()
        .route("/", get(async || Html(include_str!("inspector.html"))))
        .route("/events", get(subscribe))
        .route("/api", get(async || Json(ENDPOINTS)))
        .route("/api/state", get(state))
        .route("/api/ledger", get(ledger))
        .route("/api/tasks", get(tasks))
        .route("/api/exchanges", get(exchanges))
        .route("/api/deliveries", get(deliveries))
        .route("/api/presets", get(list_presets))
        .route("/api/faults", post(add_faults).delete(clear_faults))
        .route("/api/faults/{id}", delete(remove_fault))
        .route("/api/advance", post(advance))
        .route("/api/credits", post(set_credits))
        .route("/api/webhook-test", post(test_webhook))
        .route("/api/reset", post(reset))
        .route("/images/{task}/{image}", get(show_image))
        .fallback(async || {
            error(
                StatusCode::NOT_FOUND,
                "unknown path; the inspector page is at /, the list of endpoints at /api",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(admin)
}

fn error(status: StatusCode, message: impl Into<String>) -> AdminError {
    (status, Json(json!({ "error": message.into() })))
}

/// Returns the body of a request, or the error response of an invalid one.
fn parse_body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, AdminError> {
    body.map(|Json(body)| body)
        .map_err(|rejection| match rejection {
            JsonRejection::MissingJsonContentType(_) => error(
                rejection.status(),
                "send JSON with the header `Content-Type: application/json`",
            ),
            _ => error(rejection.status(), rejection.body_text()),
        })
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn subscribe(State(admin): State<Admin>, Query(query): Query<After>) -> impl IntoResponse {
    events(admin, query.after)
}

async fn state(State(admin): State<Admin>) -> Json<Value> {
    Json(view::state(&admin))
}

async fn ledger(State(admin): State<Admin>) -> Json<Ledger> {
    Json(admin.ledger())
}

#[derive(Deserialize)]
struct TaskQuery {
    #[serde(default)]
    after: usize,
    limit: Option<usize>,
    business_id: Option<String>,
}

async fn tasks(State(admin): State<Admin>, Query(query): Query<TaskQuery>) -> Json<Value> {
    let limit = query
        .limit
        .unwrap_or(MAX_PAGE_TASKS)
        .clamp(1, MAX_PAGE_TASKS);
    let business_id = query.business_id.as_deref();
    Json(view::tasks(&admin.app, query.after, limit, business_id))
}

async fn reset(State(admin): State<Admin>) -> StatusCode {
    admin.reset();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookKey {
    key: String,
}

async fn test_webhook(
    State(admin): State<Admin>,
    body: Result<Json<WebhookKey>, JsonRejection>,
) -> Result<StatusCode, AdminError> {
    if admin.test_webhook(&parse_body(body)?.key) {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(error(
            StatusCode::NOT_FOUND,
            "unknown key, or a key without a webhook",
        ))
    }
}

async fn exchanges(State(admin): State<Admin>, Query(query): Query<After>) -> Json<Vec<Exchange>> {
    Json(admin.app.exchanges().after(query.after).collect())
}

async fn deliveries(State(admin): State<Admin>) -> Json<Vec<Delivery>> {
    Json(admin.app.deliveries().iter().cloned().collect())
}

async fn list_presets() -> Json<Value> {
    let presets = presets().iter().map(|preset| {
        json!({
            "name": preset.name,
            "description": preset.description,
            "rules": preset.rules,
        })
    });
    Json(presets.collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rules: String,
}

async fn add_faults(
    State(admin): State<Admin>,
    body: Result<Json<Rules>, JsonRejection>,
) -> Result<Response, AdminError> {
    let rules = faults::parse(&parse_body(body)?.rules)
        .map_err(|invalid| error(StatusCode::BAD_REQUEST, invalid.to_string()))?;
    let ids = admin.faults.add(rules);
    Ok((StatusCode::CREATED, Json(json!({ "ids": ids }))).into_response())
}

async fn clear_faults(State(admin): State<Admin>) -> StatusCode {
    admin.faults.clear();
    StatusCode::NO_CONTENT
}

async fn remove_fault(
    State(admin): State<Admin>,
    Path(id): Path<u64>,
) -> Result<StatusCode, AdminError> {
    if admin.faults.remove(FaultId(id)) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(error(StatusCode::NOT_FOUND, format!("unknown rule {id}")))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

async fn advance(
    State(admin): State<Admin>,
    body: Result<Json<Advance>, JsonRejection>,
) -> Result<StatusCode, AdminError> {
    let Advance { seconds } = parse_body(body)?;
    if !(0.0..=1e9).contains(&seconds) {
        return Err(error(
            StatusCode::BAD_REQUEST,
            "`seconds` is out of range; expected 0 to 1000000000",
        ));
    }
    admin.app.clock.advance(Duration::from_secs_f64(seconds));
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credits {
    account: String,
    credits: Option<u64>,
}

async fn set_credits(
    State(admin): State<Admin>,
    body: Result<Json<Credits>, JsonRejection>,
) -> Result<StatusCode, AdminError> {
    let Credits { account, credits } = parse_body(body)?;
    if admin.app.set_credits(&account, credits) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(error(
            StatusCode::NOT_FOUND,
            format!("unknown account `{account}`"),
        ))
    }
}

async fn show_image(
    State(admin): State<Admin>,
    Path((task, image)): Path<(String, u32)>,
) -> Result<Response, AdminError> {
    let found = find_image(&admin.app, &task, image).ok_or_else(|| {
        error(
            StatusCode::NOT_FOUND,
            "unknown image, or its task is not completed",
        )
    })?;
    let (file, media_type) = render_image(&admin.app, &admin.images, found).await;
    Ok(([(header::CONTENT_TYPE, media_type)], file).into_response())
}
