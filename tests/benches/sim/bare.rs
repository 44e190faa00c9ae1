//! The least that a server can do: an axum handler that takes the body and returns the bytes it was told to.

use std::{error::Error, fs};

use axum::{
    Router,
    body::Bytes,
    http::header::CONTENT_TYPE,
    response::IntoResponse,
    routing::{get, post},
};
use tokio::net::TcpListener;

use crate::{child, runtime};

/// Serves until the parent ends. The arguments are two files, the answers to a create and to a status.
pub(crate) fn play(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [created, status] = arguments else {
        return Err("bare wants the files of two answers".into());
    };
    let (created, status) = (
        Bytes::from(fs::read(created)?),
        Bytes::from(fs::read(status)?),
    );
    let answer = |body: Bytes| ([(CONTENT_TYPE, "application/json")], body).into_response();
    let router = Router::new()
        .route(
            "/v1/images/generations",
            post(move |_request: Bytes| async move { answer(created) }),
        )
        .route(
            "/v1/images/generations/{id}",
            get(move || async move { answer(status) }),
        );
    runtime()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        child::tell(&format!("http://{}", listener.local_addr()?))?;
        axum::serve(listener, router).await?;
        Ok(())
    })
}
