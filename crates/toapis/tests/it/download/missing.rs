//! Files that the host does not have: not yet, no longer, or damaged.

use std::time::{Duration, SystemTime};

use serde_json::json;
use test_case::test_case;
use toapis::{ErrorKind, Image};
use toapis_test_support::images::PNG;
use toapis_test_support::server::{Reply, ScriptedServer, json_response, response};
use tokio::time::Instant;

use super::{image_at, png};
use crate::support::ServerExt as _;

/// Returns an image whose URL expires in this many seconds.
async fn image_expiring_in(url: &str, seconds: i64) -> Image {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let expires_at = i64::try_from(now).unwrap() + seconds;
    let task = json!({"id": "t", "status": "completed", "url": url, "expires_at": expires_at});
    let api = ScriptedServer::start(move |_, _| json_response(200, &task)).await;
    api.client().task("t").wait().await.unwrap().images()[0].clone()
}

#[test_case(404; "not found")]
#[test_case(403; "forbidden")]
#[tokio::test(start_paused = true)]
async fn missing_file_is_retried_while_its_url_is_valid(status: u16) {
    let files = ScriptedServer::start(move |before, _| match before {
        0..4 => response(status, &[], "<Error><Code>NoSuchKey</Code></Error>"),
        _ => png(),
    })
    .await;
    let image = image_expiring_in(&files.url, 3600).await;
    assert_eq!(image.bytes().await.unwrap(), PNG);
}

#[tokio::test(start_paused = true)]
async fn missing_file_is_retried_for_at_most_a_minute() {
    let files = ScriptedServer::start(|_, _| response(404, &[], "")).await;
    let image = image_expiring_in(&files.url, 3600).await;
    let start = Instant::now();
    let error = image.bytes().await.unwrap_err();
    // The URL is valid, so the error does not call it expired.
    assert_eq!(error.kind(), ErrorKind::Server, "{error}");
    assert_eq!(error.status().unwrap(), 404);
    let elapsed = start.elapsed();
    assert!(elapsed > Duration::from_secs(30), "{elapsed:?}");
    assert!(elapsed <= Duration::from_mins(1), "{elapsed:?}");
}

#[test_case(404, -1; "not found after the expiry")]
#[test_case(403, -1; "forbidden after the expiry")]
#[test_case(410, 3600; "gone")]
#[tokio::test(start_paused = true)]
async fn expired_url_is_not_retried(status: u16, expires_in: i64) {
    let files = ScriptedServer::start(move |_, _| response(status, &[], "")).await;
    let image = image_expiring_in(&files.url, expires_in).await;
    let error = image.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UrlExpired, "{error}");
    assert_eq!(files.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn bytes_after_the_image_are_saved() {
    let padded = [PNG, &[0; 4096]].concat();
    let body = padded.clone();
    let files = ScriptedServer::start(move |_, _| response(200, &[], body.clone())).await;
    assert_eq!(image_at(&files.url).await.bytes().await.unwrap(), padded);
}

/// The start of a GIF image whose compressed data contains the byte of the end marker.
const CUT_GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x20;;;;;;";
/// The start of a JPEG image, with a complete thumbnail.
const CUT_JPEG: &[u8] = b"\xff\xd8\xff\xe1\0\x06\xff\xd8\xff\xd9\xff\xda\0\x02data";

#[test_case(&PNG[..PNG.len() - 1]; "png")]
#[test_case(CUT_GIF; "gif")]
#[test_case(CUT_JPEG; "jpeg")]
#[test_case(b"RIFF\x1e\0\0\0WEBPVP8L\x12\0\0\0data"; "webp")]
#[tokio::test(start_paused = true)]
async fn cut_image_is_rejected_without_a_content_length(body: &'static [u8]) {
    let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".as_slice();
    let files = ScriptedServer::start(move |_, _| Reply::Raw([head, body].concat())).await;
    let error = image_at(&files.url).await.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CorruptDownload, "{error}");
    assert_eq!(error.attempts(), 5);
}
