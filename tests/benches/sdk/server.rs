//! The cheapest service there can be, in a process of its own: it answers by what stands in the path.

use std::error::Error;

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::header::CONTENT_TYPE,
    response::IntoResponse,
    routing::{get, post},
};
use tokio::net::TcpListener;

use crate::child;

/// The answer to a create, from the contract's page.
const ACCEPTED: &str = r#"{"id":"task_img_abc123def456","object":"generation.task","model":"gemini-2.5-flash-image-preview","status":"queued","progress":0,"created_at":1703884800,"metadata":{}}"#;
/// Of a task that is under way.
const WORKING: &str = r#"{"id":"waiting","object":"generation.task","model":"gemini-2.5-flash-image-preview","status":"in_progress","progress":0,"created_at":1703884800}"#;
/// And of one that is done.
const DONE: &str = r#"{"id":"done","object":"generation.task","model":"gemini-2.5-flash-image-preview","status":"completed","progress":100,"created_at":1768381010,"completed_at":1768381063,"expires_at":1768467463,"result":{"type":"image","data":[{"url":"https://files.toapis.com/generated/1768381061_c55c1bbb.jpg"}]}}"#;

/// The id of a task that is done.
pub(crate) const DONE_ID: &str = "done";

/// Serves until the parent ends, after it has printed where.
pub(crate) fn play() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(|| {
        child::until_the_parent_ends();
        std::process::exit(0);
    });
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        child::tell(&format!("http://{}", listener.local_addr()?))?;
        let router = Router::new()
            .route("/v1/images/generations", post(create))
            .route("/v1/images/generations/{id}", get(status));
        axum::serve(listener, router).await?;
        Ok(())
    })
}

async fn create(_request: Bytes) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], ACCEPTED)
}

async fn status(Path(id): Path<String>) -> impl IntoResponse {
    let answer = if id == DONE_ID { DONE } else { WORKING };
    ([(CONTENT_TYPE, "application/json")], answer)
}
