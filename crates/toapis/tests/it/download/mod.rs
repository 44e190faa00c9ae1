//! Downloads: whole or not at all, and no key to anyone but the API.

mod host;
mod redirect;
mod target;

use std::path::Path;

use serde_json::json;
use toapis::Image;

use crate::basics::PNG;
use crate::script::{Act, Script, answer, json as reply};

/// The picture of a completed task, at this URL.
pub(crate) async fn picture(url: &str) -> Image {
    let url = url.to_owned();
    let api = Script::start(move |_, _| {
        reply(
            200,
            json!({"id": "t", "status": "completed", "result": {"data": [{"url": url}]}}),
        )
    })
    .await;
    api.client().task("t").wait().await.unwrap().images()[0].clone()
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn png() -> Act {
    answer(200, &[("content-type", "image/png")], PNG)
}
