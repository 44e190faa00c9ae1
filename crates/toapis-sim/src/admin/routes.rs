//! The routes of the admin port.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::JsonRejection},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{events::events, view};
use crate::{
    FaultId,
    fault::{self, presets},
    files::picture,
    world::World,
};

/// The largest body that is read: a thousand rules fit.
const BODY: usize = 256 << 10;

type Shared = State<Arc<World>>;

/// An answer that says what was wrong.
type Refused = (StatusCode, Json<Value>);

pub(super) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/", get(async || Html(include_str!("inspector.html"))))
        .route(
            "/events",
            get(async |State(world): Shared, Query(after): Query<After>| {
                events(world, after.after)
            }),
        )
        .route(
            "/api/state",
            get(async |State(world): Shared| Json(view::state(&world))),
        )
        .route("/api/ledger", get(ledger))
        .route("/api/exchanges", get(exchanges))
        .route(
            "/api/deliveries",
            get(async |State(world): Shared| Json(world.deliveries().clone())),
        )
        .route("/api/presets", get(async || Json(known_presets())))
        .route("/api/faults", post(add_faults).delete(clear_faults))
        .route("/api/faults/{id}", axum::routing::delete(remove_fault))
        .route("/api/advance", post(advance))
        .route("/api/credits", post(credits))
        .route("/pictures/{task}/{image}", get(show_picture))
        .fallback(async || {
            refuse(
                StatusCode::NOT_FOUND,
                "there is no such page; / lists what there is",
            )
        })
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(world)
}

fn refuse(status: StatusCode, problem: impl Into<String>) -> Refused {
    (status, Json(json!({ "error": problem.into() })))
}

/// The body as it should be, or what is wrong with it.
fn read<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Refused> {
    body.map(|Json(body)| body)
        .map_err(|rejection| refuse(rejection.status(), rejection.body_text()))
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn ledger(State(world): Shared) -> Json<Value> {
    let now = world.clock.now();
    let mut state = world.state();
    state.settle(now);
    Json(json!(state.ledger()))
}

async fn exchanges(State(world): Shared, Query(After { after }): Query<After>) -> Json<Value> {
    let log = world.log();
    Json(json!(log.after(after).collect::<Vec<_>>()))
}

fn known_presets() -> Value {
    presets()
        .iter()
        .map(|(name, about, rules)| json!({ "name": name, "about": about, "rules": rules }))
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rules: String,
}

async fn add_faults(
    State(world): Shared,
    body: Result<Json<Rules>, JsonRejection>,
) -> Result<Response, Refused> {
    let rules = fault::parse(&read(body)?.rules)
        .map_err(|error| refuse(StatusCode::BAD_REQUEST, error.to_string()))?;
    let ids = world.faults().add(rules);
    Ok((StatusCode::CREATED, Json(json!({ "ids": ids }))).into_response())
}

async fn clear_faults(State(world): Shared) -> StatusCode {
    world.faults().clear();
    StatusCode::NO_CONTENT
}

async fn remove_fault(State(world): Shared, Path(id): Path<u64>) -> Result<StatusCode, Refused> {
    if world.faults().remove(FaultId(id)) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(refuse(
        StatusCode::NOT_FOUND,
        format!("there is no rule {id}"),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

async fn advance(
    State(world): Shared,
    body: Result<Json<Advance>, JsonRejection>,
) -> Result<StatusCode, Refused> {
    let Advance { seconds } = read(body)?;
    if !(0.0..=1e9).contains(&seconds) {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "the clock moves forward by 0 to 1000000000 seconds",
        ));
    }
    world.clock.skip(Duration::from_secs_f64(seconds));
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credits {
    account: String,
    credits: Option<u64>,
}

async fn credits(
    State(world): Shared,
    body: Result<Json<Credits>, JsonRejection>,
) -> Result<StatusCode, Refused> {
    let Credits { account, credits } = read(body)?;
    if world.set_credits(&account, credits) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(refuse(
        StatusCode::NOT_FOUND,
        format!("there is no account {account:?}"),
    ))
}

async fn show_picture(
    State(world): Shared,
    Path((task, image)): Path<(String, u32)>,
) -> Result<Response, Refused> {
    let found = picture(&world, &task, image).await;
    let (file, media_type) = found.ok_or_else(|| {
        refuse(
            StatusCode::NOT_FOUND,
            "there is no such picture, or not yet",
        )
    })?;
    Ok(([(header::CONTENT_TYPE, media_type)], file).into_response())
}
