//! File hosts that fail, send something else, change files or never end.

use std::time::Duration;

use toapis::{ErrorKind, ImageFormat};
use tokio::time::Instant;

use super::{entries, image_at, png};
use toapis_test_support::images::PNG;
use toapis_test_support::server::{
    Reply, ScriptedServer, html_response, response, truncated_response,
};

#[tokio::test(start_paused = true)]
async fn failed_download_is_retried_until_complete() {
    let half = PNG.len() / 2;
    for (name, act) in [
        ("500", html_response(500)),
        ("503", response(503, &[("retry-after", "1")], "")),
        ("429", response(429, &[], "")),
        ("a reset", Reply::Close),
        ("a hang", Reply::Hang),
        ("cut", truncated_response(200, &[], PNG.len(), &PNG[..half])),
        (
            "stalled",
            Reply::Stall {
                content_length: PNG.len(),
                body: PNG[..half].to_vec(),
            },
        ),
        (
            "shorter than any image of its format",
            response(200, &[], &PNG[..half]),
        ),
    ] {
        let files =
            ScriptedServer::start(move |before, _| if before < 2 { act.clone() } else { png() })
                .await;
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a.png");
        let saved = image_at(&files.url)
            .await
            .save(&target)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(std::fs::read(&target).unwrap(), PNG, "{name}");
        assert_eq!(saved.format, ImageFormat::Png);
        assert_eq!(entries(dir.path()), ["a.png"], "{name}");
        assert!(
            files
                .requests()
                .iter()
                .all(|request| request.header("authorization").is_none()),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_download_leaves_no_file() {
    let half = PNG.len() / 2;
    for (name, act, kind) in [
        ("404", html_response(404), ErrorKind::UrlExpired),
        ("403", html_response(403), ErrorKind::UrlExpired),
        ("410", response(410, &[], ""), ErrorKind::UrlExpired),
        ("401", html_response(401), ErrorKind::Forbidden),
        ("always 408", html_response(408), ErrorKind::Timeout),
        ("always reset", Reply::Close, ErrorKind::ConnectionLost),
        ("a page", html_response(200), ErrorKind::CorruptDownload),
        (
            "nothing",
            response(200, &[], ""),
            ErrorKind::CorruptDownload,
        ),
        ("204", response(204, &[], ""), ErrorKind::CorruptDownload),
        (
            "always cut",
            truncated_response(200, &[], PNG.len(), &PNG[..half]),
            ErrorKind::ConnectionLost,
        ),
        (
            "always short",
            response(200, &[], &PNG[..half]),
            ErrorKind::CorruptDownload,
        ),
        ("always 500", html_response(500), ErrorKind::Server),
        (
            "a loop",
            response(302, &[("location", "/again")], ""),
            ErrorKind::CorruptDownload,
        ),
        (
            "a redirect to a file",
            response(302, &[("location", "file:///etc/passwd")], ""),
            ErrorKind::CorruptDownload,
        ),
    ] {
        let files = ScriptedServer::start(move |_, _| act.clone()).await;
        let dir = tempfile::tempdir().unwrap();
        let error = image_at(&files.url)
            .await
            .save(dir.path().join("a.png"))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.task_id().map(AsRef::as_ref)),
            (kind, Some("t")),
            "{name}: {error}"
        );
        assert_eq!(entries(dir.path()), [""; 0], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn download_resumes_with_a_strong_etag() {
    let half = PNG.len() / 2;
    let files =
        ScriptedServer::start(
            move |before, request| match (before, request.header("range")) {
                (0, _) => truncated_response(200, &[("etag", "\"v1\"")], PNG.len(), &PNG[..half]),
                (_, Some(range)) => {
                    assert_eq!(
                        (range, request.header("if-range")),
                        (format!("bytes={half}-").as_str(), Some("\"v1\""))
                    );
                    let from_to = format!("bytes {half}-{}/{}", PNG.len() - 1, PNG.len());
                    response(
                        206,
                        &[("content-range", &from_to), ("etag", "\"v1\"")],
                        &PNG[half..],
                    )
                }
                _ => html_response(500),
            },
        )
        .await;
    let bytes = image_at(&files.url).await.bytes().await.unwrap();
    assert_eq!(bytes, PNG);
    assert_eq!(files.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn changed_file_is_downloaded_again_from_the_start() {
    let half = PNG.len() / 2;
    for second in [
        png(),
        response(206, &[("content-range", "bytes 3-9/100")], "garbage"),
    ] {
        let files = ScriptedServer::start(move |before, _| match before {
            0 => truncated_response(200, &[("etag", "\"v1\"")], PNG.len(), &PNG[..half]),
            1 => second.clone(),
            _ => png(),
        })
        .await;
        assert_eq!(image_at(&files.url).await.bytes().await.unwrap(), PNG);
    }
}

#[tokio::test(start_paused = true)]
async fn ignored_if_range_is_detected() {
    let half = PNG.len() / 2;
    for second in ["\"v2\"", "\"v1\""] {
        let files = ScriptedServer::start(move |before, _| match before {
            0 => truncated_response(200, &[("etag", "\"v1\"")], PNG.len(), &PNG[..half]),
            1 => {
                let range = format!("bytes {half}-{}/{}", PNG.len() - 1, PNG.len());
                // The new file differs in these bytes and has the same end.
                let mut rest = PNG[half..].to_vec();
                rest[0] ^= u8::from(second != "\"v1\"");
                response(206, &[("content-range", &range), ("etag", second)], rest)
            }
            _ => png(),
        })
        .await;
        let image = image_at(&files.url).await;
        assert_eq!(image.bytes().await.unwrap(), PNG, "{second}");
    }
}

#[tokio::test(start_paused = true)]
async fn unrequested_partial_content_is_rejected() {
    let range = format!("bytes 0-{}/{}", PNG.len() - 1, PNG.len());
    let files =
        ScriptedServer::start(move |_, _| response(206, &[("content-range", &range)], PNG)).await;
    let error = image_at(&files.url).await.bytes().await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::CorruptDownload
            && error.status().is_some_and(|status| status == 206),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn rejected_range_falls_back_to_the_whole_file() {
    let half = PNG.len() / 2;
    let files = ScriptedServer::start(move |_, request| match request.header("range") {
        Some(_) => response(416, &[("content-range", "bytes */3")], ""),
        None => truncated_response(200, &[("etag", "\"v1\"")], PNG.len(), &PNG[..half]),
    })
    .await;
    drop(image_at(&files.url).await.bytes().await);
    let ranges: Vec<_> = files
        .requests()
        .iter()
        .map(|request| request.header("range").is_some())
        .collect();
    assert_eq!(ranges, [false, true, false, true, false]);
}

/// An endless response that starts like an image.
fn endless(pause: Duration, size: usize) -> Reply {
    let mut chunk = PNG[..40].to_vec();
    chunk.resize(size, 7);
    Reply::Endless {
        status: 200,
        chunk,
        pause,
    }
}

#[tokio::test(start_paused = true)]
async fn download_without_length_stops_at_max_bytes() {
    const CAP: usize = 1024 * 1024;
    let files = ScriptedServer::start(|_, _| endless(Duration::from_millis(1), 16 * 1024)).await;
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("a.png");
    let save = image_at(&files.url)
        .await
        .save(&target)
        .max_bytes(CAP as u64);
    let error = save.await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::CorruptDownload && error.message().contains("1048576 bytes"),
        "{error}"
    );
    assert_eq!(entries(dir.path()), [""; 0]);
    assert!(
        (CAP..2 * CAP).contains(&files.streamed_bytes()),
        "{} bytes were taken",
        files.streamed_bytes()
    );
    assert_eq!(
        files.requests().len(),
        1,
        "the next attempt would be as large"
    );
}

#[tokio::test(start_paused = true)]
async fn slow_download_times_out() {
    let files = ScriptedServer::start(|_, _| endless(Duration::from_secs(20), 100)).await;
    let dir = tempfile::tempdir().unwrap();
    let image = image_at(&files.url).await;
    let start = Instant::now();
    let error = image.save(dir.path().join("a.png")).await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Timeout && error.message().contains("900 s"),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(901));
    assert_eq!(error.task_id().unwrap().as_str(), "t");
    assert_eq!(entries(dir.path()), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn unreachable_host_and_invalid_url_are_different_errors() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a.png", closed.local_addr().unwrap());
    drop(closed);
    for (url, kind, attempts) in [
        (url.as_str(), ErrorKind::Connect, 5),
        ("gopher://127.0.0.1/a.png", ErrorKind::MissingResult, 1),
        ("a.png", ErrorKind::MissingResult, 0),
    ] {
        let error = image_at(url).await.bytes().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts()),
            (kind, attempts),
            "{url}: {error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn download_error_keeps_the_response_body() {
    let files = ScriptedServer::start(|_, _| html_response(404)).await;
    let image = image_at(&files.url).await;
    assert!(format!("{:?}", image.save("a.png")).contains(&files.url));
    let error = image.bytes().await.unwrap_err();
    assert!(error.body().unwrap().starts_with(b"<html>"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn empty_attempt_is_not_resumed() {
    let files = ScriptedServer::start(move |before, _| match before {
        0 => truncated_response(200, &[("etag", "\"v1\"")], PNG.len(), []),
        _ => png(),
    })
    .await;
    assert_eq!(image_at(&files.url).await.bytes().await.unwrap(), PNG);
    assert_eq!(files.requests()[1].header("range"), None);
}

#[tokio::test(start_paused = true)]
async fn image_of_exactly_max_bytes_is_saved() {
    let size = format!("{:x}\r\n", PNG.len());
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".as_slice();
    let chunked = [head, size.as_bytes(), PNG, b"\r\n0\r\n\r\n"].concat();
    for act in [png(), Reply::Raw(chunked)] {
        let files = ScriptedServer::start(move |_, _| act.clone()).await;
        let dir = tempfile::tempdir().unwrap();
        let save = image_at(&files.url).await.save(dir.path().join("a.png"));
        let saved = save.max_bytes(PNG.len() as u64).await.unwrap();
        assert_eq!(saved.size, PNG.len() as u64);
    }
}
