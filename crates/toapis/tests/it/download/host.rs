//! Hosts that stumble, lie, change their files or never end.

use std::time::Duration;

use toapis::{ErrorKind, ImageFormat};
use tokio::time::Instant;

use super::{entries, picture, png};
use crate::basics::PNG;
use crate::script::{Act, Script, answer, html, own};

#[tokio::test(start_paused = true)]
async fn a_host_that_stumbles_is_asked_again_and_the_file_is_whole() {
    let half = PNG.len() / 2;
    for (name, act) in [
        ("500", html(500)),
        ("503", answer(503, &[("retry-after", "1")], "")),
        ("429", answer(429, &[], "")),
        ("a reset", Act::Drop),
        ("a hang", Act::Hang),
        (
            "cut",
            Act::Cut {
                status: 200,
                headers: own(&[]),
                promised: PNG.len(),
                body: PNG[..half].to_vec(),
            },
        ),
        (
            "stalled",
            Act::Stall {
                promised: PNG.len(),
                body: PNG[..half].to_vec(),
            },
        ),
        (
            "shorter than a picture of its kind",
            answer(200, &[], &PNG[..half]),
        ),
    ] {
        let files =
            Script::start(move |before, _| if before < 2 { act.clone() } else { png() }).await;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.png");
        let saved = picture(&files.url)
            .await
            .save(&target)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(std::fs::read(&target).unwrap(), PNG, "{name}");
        assert_eq!(saved.format, ImageFormat::Png);
        assert_eq!(entries(folder.path()), ["a.png"], "{name}");
        assert!(
            files
                .asked()
                .iter()
                .all(|asked| asked.header("authorization").is_none()),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_the_picture_leaves_nothing_behind() {
    let half = PNG.len() / 2;
    for (name, act, kind) in [
        ("404", html(404), ErrorKind::UrlExpired),
        ("403", html(403), ErrorKind::UrlExpired),
        ("410", answer(410, &[], ""), ErrorKind::UrlExpired),
        ("401", html(401), ErrorKind::Forbidden),
        ("always 408", html(408), ErrorKind::Timeout),
        ("always reset", Act::Drop, ErrorKind::ConnectionLost),
        ("a page", html(200), ErrorKind::CorruptDownload),
        ("nothing", answer(200, &[], ""), ErrorKind::CorruptDownload),
        ("204", answer(204, &[], ""), ErrorKind::CorruptDownload),
        (
            "always cut",
            Act::Cut {
                status: 200,
                headers: own(&[]),
                promised: PNG.len(),
                body: PNG[..half].to_vec(),
            },
            ErrorKind::ConnectionLost,
        ),
        (
            "always short",
            answer(200, &[], &PNG[..half]),
            ErrorKind::CorruptDownload,
        ),
        ("always 500", html(500), ErrorKind::Server),
        (
            "a loop",
            answer(302, &[("location", "/again")], ""),
            ErrorKind::CorruptDownload,
        ),
        (
            "a redirect to a file",
            answer(302, &[("location", "file:///etc/passwd")], ""),
            ErrorKind::CorruptDownload,
        ),
    ] {
        let files = Script::start(move |_, _| act.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let error = picture(&files.url)
            .await
            .save(folder.path().join("a.png"))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.task_id().map(AsRef::as_ref)),
            (kind, Some("t")),
            "{name}: {error}"
        );
        assert_eq!(entries(folder.path()), [""; 0], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_download_goes_on_where_it_stopped_if_the_host_vouches_for_the_file() {
    let half = PNG.len() / 2;
    let files = Script::start(move |before, asked| match (before, asked.header("range")) {
        (0, _) => Act::Cut {
            status: 200,
            headers: own(&[("etag", "\"v1\"")]),
            promised: PNG.len(),
            body: PNG[..half].to_vec(),
        },
        (_, Some(range)) => {
            assert_eq!(
                (range, asked.header("if-range")),
                (format!("bytes={half}-").as_str(), Some("\"v1\""))
            );
            let from_to = format!("bytes {half}-{}/{}", PNG.len() - 1, PNG.len());
            answer(
                206,
                &[("content-range", &from_to), ("etag", "\"v1\"")],
                &PNG[half..],
            )
        }
        _ => html(500),
    })
    .await;
    let bytes = picture(&files.url).await.bytes().await.unwrap();
    assert_eq!(bytes, PNG);
    assert_eq!(files.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_changed_in_between_is_fetched_anew_and_never_mixed() {
    let half = PNG.len() / 2;
    for second in [
        png(),
        answer(206, &[("content-range", "bytes 3-9/100")], "garbage"),
    ] {
        let files = Script::start(move |before, _| match before {
            0 => Act::Cut {
                status: 200,
                headers: own(&[("etag", "\"v1\"")]),
                promised: PNG.len(),
                body: PNG[..half].to_vec(),
            },
            1 => second.clone(),
            _ => png(),
        })
        .await;
        match picture(&files.url).await.bytes().await {
            Ok(bytes) => assert_eq!(bytes, PNG),
            Err(error) => assert!(error.kind() == ErrorKind::CorruptDownload, "{error}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_does_not_heed_the_version_it_gave_is_not_believed() {
    let half = PNG.len() / 2;
    for second in ["\"v2\"", "\"v1\""] {
        let files = Script::start(move |before, _| match before {
            0 => Act::Cut {
                status: 200,
                headers: own(&[("etag", "\"v1\"")]),
                promised: PNG.len(),
                body: PNG[..half].to_vec(),
            },
            1 => {
                let range = format!("bytes {half}-{}/{}", PNG.len() - 1, PNG.len());
                // Of the new file these would be other bytes, with the same end.
                let mut rest = PNG[half..].to_vec();
                rest[0] ^= u8::from(second != "\"v1\"");
                answer(206, &[("content-range", &range), ("etag", second)], rest)
            }
            _ => png(),
        })
        .await;
        let image = picture(&files.url).await;
        match image.bytes().await {
            Ok(bytes) => assert_eq!(bytes, PNG, "{second}"),
            Err(error) => {
                assert!(
                    error.kind() == ErrorKind::CorruptDownload && second == "\"v2\"",
                    "{error}"
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_no_one_asked_for_is_not_the_picture() {
    let range = format!("bytes 0-{}/{}", PNG.len() - 1, PNG.len());
    let files = Script::start(move |_, _| answer(206, &[("content-range", &range)], PNG)).await;
    let error = picture(&files.url).await.bytes().await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::CorruptDownload
            && error.status().is_some_and(|status| status == 206),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_range_that_the_host_refuses_is_given_up_for_the_whole() {
    let half = PNG.len() / 2;
    let files = Script::start(move |_, asked| match asked.header("range") {
        Some(_) => answer(416, &[("content-range", "bytes */3")], ""),
        None => Act::Cut {
            status: 200,
            headers: own(&[("etag", "\"v1\"")]),
            promised: PNG.len(),
            body: PNG[..half].to_vec(),
        },
    })
    .await;
    drop(picture(&files.url).await.bytes().await);
    let ranges: Vec<_> = files
        .asked()
        .iter()
        .map(|asked| asked.header("range").is_some())
        .collect();
    assert_eq!(ranges, [false, true, false, true, false]);
}

/// The beginning of a picture, as large as one chunk of a stream that never ends.
fn endless(pause: Duration, size: usize) -> Act {
    let mut chunk = PNG[..40].to_vec();
    chunk.resize(size, 7);
    Act::Flow {
        status: 200,
        chunk,
        pause,
    }
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_does_not_say_its_length_is_read_up_to_the_cap_and_no_further() {
    const CAP: usize = 1024 * 1024;
    let files = Script::start(|_, _| endless(Duration::from_millis(1), 16 * 1024)).await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.png");
    let save = picture(&files.url)
        .await
        .save(&target)
        .max_bytes(CAP as u64);
    let error = save.await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::CorruptDownload && error.message().contains("1048576 bytes"),
        "{error}"
    );
    assert_eq!(entries(folder.path()), [""; 0]);
    assert!(
        (CAP..2 * CAP).contains(&files.flowed()),
        "{} bytes were taken",
        files.flowed()
    );
    assert_eq!(files.asked().len(), 1, "the next attempt would be as large");
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_drips_is_given_up_some_time() {
    let files = Script::start(|_, _| endless(Duration::from_secs(20), 100)).await;
    let folder = tempfile::tempdir().unwrap();
    let image = picture(&files.url).await;
    let start = Instant::now();
    let error = image.save(folder.path().join("a.png")).await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Timeout && error.message().contains("900 s"),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(901));
    assert_eq!(error.task_id().unwrap().as_str(), "t");
    assert_eq!(entries(folder.path()), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_not_there_and_a_link_that_cannot_be_asked_for_are_told_apart() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a.png", closed.local_addr().unwrap());
    drop(closed);
    for (url, kind, attempts) in [
        (url.as_str(), ErrorKind::Connect, 5),
        ("gopher://127.0.0.1/a.png", ErrorKind::MissingResult, 1),
        ("a.png", ErrorKind::MissingResult, 0),
    ] {
        let error = picture(url).await.bytes().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts()),
            (kind, attempts),
            "{url}: {error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_host_says_in_place_of_the_picture_is_kept() {
    let files = Script::start(|_, _| html(404)).await;
    let image = picture(&files.url).await;
    assert!(format!("{:?}", image.save("a.png")).contains(&files.url));
    let error = image.bytes().await.unwrap_err();
    assert!(error.body().unwrap().starts_with(b"<html>"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_to_be_gone_on_with_where_nothing_came() {
    let files = Script::start(move |before, _| match before {
        0 => Act::Cut {
            status: 200,
            headers: own(&[("etag", "\"v1\"")]),
            promised: PNG.len(),
            body: vec![],
        },
        _ => png(),
    })
    .await;
    assert_eq!(picture(&files.url).await.bytes().await.unwrap(), PNG);
    assert_eq!(files.asked()[1].header("range"), None);
}

#[tokio::test(start_paused = true)]
async fn a_picture_as_large_as_the_cap_is_taken_whether_it_says_so_or_not() {
    let size = format!("{:x}\r\n", PNG.len());
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".as_slice();
    let chunked = [head, size.as_bytes(), PNG, b"\r\n0\r\n\r\n"].concat();
    for act in [png(), Act::Raw(chunked)] {
        let files = Script::start(move |_, _| act.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let save = picture(&files.url).await.save(folder.path().join("a.png"));
        let saved = save.max_bytes(PNG.len() as u64).await.unwrap();
        assert_eq!(saved.size, PNG.len() as u64);
    }
}
