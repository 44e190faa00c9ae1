//! The five lines of the front page, from a prompt to a file.

use std::time::Duration;

use serde_json::json;
use toapis::{Client, ErrorKind, ImageRequest, Size};

use crate::script::{Act, Script, answer, json as reply};

/// A picture of one pixel.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

#[tokio::test(start_paused = true)]
async fn a_prompt_becomes_a_picture_on_disk() {
    let files = Script::start(|_, _| answer(200, &[("content-type", "image/png")], PNG)).await;
    let picture = format!("{}/generated/a.png", files.url);
    let api = Script::start(move |before, asked| match (asked.method.as_str(), before) {
        ("POST", _) => reply(200, json!({"id": "task_1", "object": "generation.task", "status": "queued", "progress": 0})),
        (_, 1) => reply(200, json!({"id": "task_1", "object": "generation.task", "status": "in_progress", "progress": 50})),
        _ => reply(200, json!({"id": "task_1", "object": "generation.task", "status": "completed", "progress": 100,
            "result": {"type": "image", "data": [{"url": picture}]}})),
    })
    .await;

    let client = api.client();
    let request =
        ImageRequest::new("A cat in a spacesuit walking on the moon").size(Size::Landscape16x9);
    let task = client.images().submit(request).await.unwrap();
    assert_eq!(task.id().as_str(), "task_1");
    let done = task.wait().deadline(Duration::from_mins(5)).await.unwrap();
    assert_eq!((done.images().len(), done.polls()), (1, 2));
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("cat.png");
    let saved = done.images()[0].save(&target).await.unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), PNG);
    assert_eq!((saved.bytes, saved.path), (PNG.len() as u64, target));
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing else is left there"
    );

    let asked = api.asked();
    let sent = asked[0].json();
    assert_eq!(sent["model"], "gemini-2.5-flash-image-preview");
    assert_eq!(sent["size"], "16:9");
    assert_eq!(
        sent["client_business_id"],
        task.business_id().unwrap().as_str()
    );
    assert_eq!(
        sent.as_object().unwrap().len(),
        4,
        "nothing is sent that was not asked for: {sent}"
    );
    assert!(
        asked
            .iter()
            .all(|asked| asked.header("authorization") == Some("Bearer sk-test-key"))
    );
    assert!(
        asked
            .iter()
            .all(|asked| asked.header("api-version").is_none())
    );
    assert_eq!(asked[1].path, "/v1/images/generations/task_1");
    assert!(
        files
            .asked()
            .iter()
            .all(|asked| asked.header("authorization").is_none()),
        "a file host is sent no key"
    );
}

#[tokio::test(start_paused = true)]
async fn all_that_is_wrong_is_told_at_once_and_nothing_is_sent() {
    let api = Script::start(|_, _| Act::Drop).await;
    let mut request = ImageRequest::new("猫".repeat(1001)).size("7:7").n(2);
    for index in 0..15 {
        request = request.reference(format!("https://example.com/{index}.png"));
    }
    let error = api.client().images().submit(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let fields: Vec<_> = error
        .violations()
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(fields.len(), 4, "{error}");
    for field in ["prompt", "size", "image_urls", "n"] {
        assert!(fields.contains(&field), "{error}");
    }
    assert!(error.outcome().unwrap().is_rejected());
    assert!(api.asked().is_empty());
    let text = error.to_string();
    for part in [
        "1001 characters",
        "1 to 1000 characters",
        "7:7",
        "16:9",
        "15 items",
        "0 to 14 items",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_client_that_cannot_work_is_not_made() {
    for (key, base, says) in [
        ("sk-1\n", "https://toapis.com", "line break"),
        ("", "https://toapis.com", "empty"),
        ("sk-1", "toapis.com", "no scheme"),
    ] {
        let error = Client::builder()
            .api_key(key)
            .base_url(base)
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(says), "{error}");
    }
    assert!(
        Client::builder()
            .build()
            .unwrap_err()
            .to_string()
            .contains("no API key")
    );
}
