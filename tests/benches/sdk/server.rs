//! A minimal service in a separate process with fixed responses.

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

/// The create response, from the API's documentation.
const ACCEPTED: &str = r#"{"id":"task_img_abc123def456","object":"generation.task","model":"gemini-2.5-flash-image-preview","status":"queued","progress":0,"created_at":1703884800,"metadata":{}}"#;
/// The status response of a running task.
const WORKING: &str = r#"{"id":"waiting","object":"generation.task","model":"gemini-2.5-flash-image-preview","status":"in_progress","progress":0,"created_at":1703884800}"#;
/// The status response of a completed task.
const DONE: &str = r#"{"id":"done","object":"generation.task","model":"gemini-2.5-flash-image-preview","status":"completed","progress":100,"created_at":1768381010,"completed_at":1768381063,"expires_at":1768467463,"result":{"type":"image","data":[{"url":"https://files.toapis.com/generated/1768381061_c55c1bbb.jpg"}]}}"#;

/// The ID of the completed task.
pub(crate) const DONE_ID: &str = "done";

/// Prints the base URL and serves until the parent ends.
pub(crate) fn run_role() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(|| {
        child::wait_for_parent_exit();
        std::process::exit(0);
    });
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        child::send_line(&format!("http://{}", listener.local_addr()?))?;
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
    let body = if id == DONE_ID { DONE } else { WORKING };
    ([(CONTENT_TYPE, "application/json")], body)
}
