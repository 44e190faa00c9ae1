//! Downloads: complete or not at all, without the API key.

mod file;
mod missing;
mod redirect;
mod resume;
mod transfer;

use std::path::Path;

use serde_json::json;
use toapis::Image;

use crate::support::ServerExt as _;
use toapis_test_support::images::PNG;
use toapis_test_support::server::{Reply, ScriptedServer, json_response, response};

/// Returns the image of a completed task, with this URL.
pub(crate) async fn image_at(url: &str) -> Image {
    let url = url.to_owned();
    let api = ScriptedServer::start(move |_, _| {
        json_response(
            200,
            json!({"id": "t", "status": "completed", "result": {"data": [{"url": url}]}}),
        )
    })
    .await;
    api.client().task("t").wait().await.unwrap().images()[0].clone()
}

fn entries(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn png() -> Reply {
    response(200, &[("content-type", "image/png")], PNG)
}
