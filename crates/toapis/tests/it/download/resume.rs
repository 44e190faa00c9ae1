//! Interrupted downloads: resumed with a range, or started again.

use std::time::Duration;

use toapis::{ErrorKind, Image};
use tokio::time::Instant;

use crate::download::image_at;
use test_case::test_case;
use toapis_test_support::images::PNG;
use toapis_test_support::server::{Reply, ScriptedServer, response, truncated_response};

const HALF: usize = 30;

fn cut(etag: &str) -> Reply {
    truncated_response(200, &[("etag", etag)], PNG.len(), &PNG[..HALF])
}

/// Starts a server that interrupts the first attempt and then replies as `then` says.
async fn broken(
    etag: &'static str,
    then: impl Fn(usize) -> Reply + Send + Sync + 'static,
) -> (ScriptedServer, Image) {
    let host = ScriptedServer::start(move |before, _| match before {
        0 => cut(etag),
        number => then(number),
    })
    .await;
    let image = image_at(&format!("{}/a.png", host.url)).await;
    (host, image)
}

/// Replies with the rest of the image, with this status and headers.
fn rest(status: u16, headers: &[(&str, &str)]) -> Reply {
    response(status, headers, &PNG[HALF..])
}

// The image is 70 bytes long and interrupted after 30. Appended to the first part, a reply of the
// whole image would end like a complete one.
#[test_case(response(206, &[("content-range", "bytes 0-69/70"), ("etag", "\"v1\"")], PNG); "range of the whole file")]
#[test_case(rest(206, &[("content-range", "bytes 31-69/70"), ("etag", "\"v1\"")]); "another range")]
#[test_case(rest(206, &[("content-range", "bytes 30-69/70"), ("etag", "\"v2\"")]); "another etag")]
#[test_case(rest(206, &[("content-type", "multipart/byteranges; boundary=x")]); "multipart")]
#[test_case(rest(200, &[("content-range", "bytes 30-69/70")]); "status 200 with a range")]
#[test_case(response(416, &[("content-range", "bytes */3")], ""); "status 416")]
#[test_case(response(412, &[], ""); "status 412")]
#[test_case(response(400, &[], "no ranges"); "status 400")]
#[test_case(response(302, &[("location", "ftp://127.0.0.1/a.png")], "") => panics "redirect"; "redirect")]
#[tokio::test(start_paused = true)]
async fn spoiled_resumption_falls_back_to_the_whole_file(second: Reply) {
    let (host, image) = broken("\"v1\"", move |number| match number {
        1 => second.clone(),
        _ => response(200, &[], PNG),
    })
    .await;
    assert_eq!(image.bytes().await.unwrap(), PNG);
    let requests = host.requests();
    assert_eq!(requests[1].header("range"), Some("bytes=30-"));
    assert_eq!(requests[2].header("range"), None);
}

#[tokio::test(start_paused = true)]
async fn weak_etag_is_not_resumed() {
    let (host, image) = broken("W/\"v1\"", |_| response(200, &[], PNG)).await;
    assert_eq!(image.bytes().await.unwrap(), PNG);
    assert_eq!(host.requests()[1].header("range"), None);
}

#[tokio::test(start_paused = true)]
async fn download_stops_at_the_first_invalid_bytes() {
    for (content_length, body) in [
        (usize::MAX >> 1, PNG[..HALF].to_vec()),
        (
            10_000,
            b"<html><body>Please sign in to see this image".to_vec(),
        ),
    ] {
        let host = ScriptedServer::start(move |_, _| Reply::Stall {
            content_length,
            body: body.clone(),
        })
        .await;
        let image = image_at(&format!("{}/a.png", host.url)).await;
        let start = Instant::now();
        let error = image.bytes().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CorruptDownload, "{error}");
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "nobody waited for the rest"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn file_created_during_the_download_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("a.png");
    let theirs = target.clone();
    let host = ScriptedServer::start(move |_, _| {
        std::fs::write(&theirs, "somebody else's").unwrap();
        response(200, &[], PNG)
    })
    .await;
    let image = image_at(&format!("{}/a.png", host.url)).await;
    let error = image.save(&target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert_eq!(std::fs::read(&target).unwrap(), b"somebody else's");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn longer_failed_attempt_leaves_no_bytes() {
    let host = ScriptedServer::start(|before, _| match before {
        0 => truncated_response(200, &[], 1000, [&PNG[..HALF], &[0; 500]].concat()),
        _ => response(200, &[], PNG),
    })
    .await;
    let image = image_at(&format!("{}/a.png", host.url)).await;
    let dir = tempfile::tempdir().unwrap();
    let saved = image.save(dir.path().join("a.png")).await.unwrap();
    assert_eq!(std::fs::read(saved.path).unwrap(), PNG);
}
