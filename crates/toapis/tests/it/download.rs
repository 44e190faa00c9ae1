//! Downloads: whole or not at all, and no key to anyone but the API.

use std::path::Path;

use serde_json::json;
use toapis::{ErrorKind, Image, ImageFormat};

use crate::basics::PNG;
use crate::script::{Act, Script, answer, html, json as reply, own};

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
        ("404", html(404), ErrorKind::Expired),
        ("403", html(403), ErrorKind::Expired),
        ("410", answer(410, &[], ""), ErrorKind::Expired),
        ("a page", html(200), ErrorKind::BadDownload),
        ("nothing", answer(200, &[], ""), ErrorKind::BadDownload),
        ("204", answer(204, &[], ""), ErrorKind::BadDownload),
        (
            "always cut",
            Act::Cut {
                status: 200,
                headers: own(&[]),
                promised: PNG.len(),
                body: PNG[..half].to_vec(),
            },
            ErrorKind::Interrupted,
        ),
        (
            "always short",
            answer(200, &[], &PNG[..half]),
            ErrorKind::BadDownload,
        ),
        ("always 500", html(500), ErrorKind::Server),
        (
            "a loop",
            answer(302, &[("location", "/again")], ""),
            ErrorKind::BadDownload,
        ),
        (
            "a redirect to a file",
            answer(302, &[("location", "file:///etc/passwd")], ""),
            ErrorKind::BadDownload,
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
            Err(error) => assert!(error.is_bad_download(), "{error}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_followed_without_the_key() {
    let end = Script::start(|_, _| png()).await;
    let target = format!("{}/end.png", end.url);
    let files = Script::start(move |_, _| answer(307, &[("location", &target)], "")).await;
    assert_eq!(picture(&files.url).await.bytes().await.unwrap(), PNG);
    for asked in end.asked().iter().chain(&files.asked()) {
        assert!(
            asked
                .headers
                .iter()
                .all(|(_, value)| !value.contains("sk-test-key")),
            "{asked:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_there_is_kept_unless_overwriting_is_asked_for() {
    let files = Script::start(|_, _| png()).await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.png");
    std::fs::write(&target, "mine").unwrap();
    let image = picture(&files.url).await;
    let error = image.save(&target).await.unwrap_err();
    assert!(
        error.is_file() && error.message().contains("there already"),
        "{error}"
    );
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");
    assert!(
        files.asked().is_empty(),
        "that was known before anything was fetched"
    );
    image.save(&target).overwrite(true).await.unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), PNG);
}

#[tokio::test(start_paused = true)]
async fn the_ending_follows_the_content_and_the_hash_is_told() {
    let files = Script::start(|_, _| answer(200, &[("content-type", "image/jpeg")], PNG)).await;
    let folder = tempfile::tempdir().unwrap();
    let saved = picture(&format!("{}/a.jpg", files.url))
        .await
        .save_as(folder.path(), "cat")
        .await
        .unwrap();
    assert_eq!(saved.path, folder.path().join("cat.png"));
    let expected: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(PNG).into();
    assert_eq!(saved.sha256, expected);
    assert_eq!(saved.sha256_hex().len(), 64);
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_is_not_there_and_a_picture_that_is_too_large_are_told() {
    let files = Script::start(|_, _| png()).await;
    let image = picture(&files.url).await;
    let folder = tempfile::tempdir().unwrap();
    let error = image
        .save(folder.path().join("no/such/a.png"))
        .await
        .unwrap_err();
    assert!(
        error.is_file() && error.message().contains("no/such"),
        "{error}"
    );
    let error = image
        .save(folder.path().join("a.png"))
        .max_bytes(10)
        .await
        .unwrap_err();
    assert!(
        error.is_bad_download() && error.message().contains("10 bytes"),
        "{error}"
    );
    assert_eq!(entries(folder.path()), [""; 0]);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_picture_has_the_permissions_of_any_file_that_is_made_here() {
    use std::os::unix::fs::PermissionsExt as _;
    let files = Script::start(|_, _| png()).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("usual"), "").unwrap();
    picture(&files.url)
        .await
        .save(folder.path().join("a.png"))
        .await
        .unwrap();
    let mode = |name: &str| {
        std::fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode()
    };
    assert_eq!(mode("a.png"), mode("usual"));
}
