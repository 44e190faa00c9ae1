//! The routes of the admin port.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::JsonRejection},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{delete, get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{handler::Admin, sse::events, view};
use crate::{
    faults::{self, FaultId, presets},
    files::{find_image, render_image},
    state::{Delivery, Exchange, Ledger},
};

/// The maximum size of a request body; a thousand rules fit.
const MAX_BODY_BYTES: usize = 256 << 10;

/// An error response.
type AdminError = (StatusCode, Json<Value>);

pub(super) fn router(admin: Admin) -> Router {
    Router::new()
        .route("/", get(async || Html(include_str!("inspector.html"))))
        .route("/events", get(subscribe))
        .route("/api/state", get(state))
        .route("/api/ledger", get(ledger))
        .route("/api/exchanges", get(exchanges))
        .route("/api/deliveries", get(deliveries))
        .route("/api/presets", get(list_presets))
        .route("/api/faults", post(add_faults).delete(clear_faults))
        .route("/api/faults/{id}", delete(remove_fault))
        .route("/api/advance", post(advance))
        .route("/api/credits", post(set_credits))
        .route("/images/{task}/{image}", get(show_image))
        .fallback(async || {
            error(
                StatusCode::NOT_FOUND,
                "unknown path; the inspector page is at /",
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
        .map_err(|rejection| error(rejection.status(), rejection.body_text()))
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

async fn ledger(State(Admin { app, .. }): State<Admin>) -> Json<Ledger> {
    let mut store = app.store();
    store.apply_completions(app.clock.now());
    Json(store.ledger())
}

async fn exchanges(
    State(Admin { app, .. }): State<Admin>,
    Query(query): Query<After>,
) -> Json<Vec<Exchange>> {
    Json(app.exchanges().after(query.after).collect())
}

async fn deliveries(State(Admin { app, .. }): State<Admin>) -> Json<Vec<Delivery>> {
    Json(app.deliveries().iter().cloned().collect())
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
    State(Admin { app, .. }): State<Admin>,
    body: Result<Json<Advance>, JsonRejection>,
) -> Result<StatusCode, AdminError> {
    let Advance { seconds } = parse_body(body)?;
    if !(0.0..=1e9).contains(&seconds) {
        return Err(error(
            StatusCode::BAD_REQUEST,
            "`seconds` is out of range; expected 0 to 1000000000",
        ));
    }
    app.clock.advance(Duration::from_secs_f64(seconds));
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credits {
    account: String,
    credits: Option<u64>,
}

async fn set_credits(
    State(Admin { app, .. }): State<Admin>,
    body: Result<Json<Credits>, JsonRejection>,
) -> Result<StatusCode, AdminError> {
    let Credits { account, credits } = parse_body(body)?;
    if app.set_credits(&account, credits) {
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
