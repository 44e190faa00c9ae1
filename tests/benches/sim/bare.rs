//! A minimal server for comparison: an axum handler that reads the body and returns fixed bytes.

use std::{error::Error, fs};

use axum::{
    Router,
    body::Bytes,
    http::header::CONTENT_TYPE,
    response::IntoResponse,
    routing::{get, post},
};
use tokio::net::TcpListener;

use crate::{child, server_runtime};

/// Serves until the parent ends. The arguments are two files: the responses to a create and to a
/// poll.
pub(crate) fn run_role(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [created, status] = arguments else {
        return Err(
            "role `bare` needs two files: the create response and the status response".into(),
        );
    };
    let (created, status) = (
        Bytes::from(fs::read(created)?),
        Bytes::from(fs::read(status)?),
    );
    let response = |body: Bytes| ([(CONTENT_TYPE, "application/json")], body).into_response();
    let router = Router::new()
        .route(
            "/v1/images/generations",
            post(move |_request: Bytes| async move { response(created) }),
        )
        .route(
            "/v1/images/generations/{id}",
            get(move || async move { response(status) }),
        );
    server_runtime()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        child::send_line(&format!("http://{}", listener.local_addr()?))?;
        axum::serve(listener, router).await?;
        Ok(())
    })
}
