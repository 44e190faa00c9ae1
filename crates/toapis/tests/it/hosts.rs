//! Hosts of pictures that are almost right: ranges of something else, files that appear meanwhile, promises that are not kept.

use std::time::Duration;

use toapis::{ErrorKind, Image};
use tokio::time::Instant;

use crate::basics::PNG;
use crate::download::picture;
use crate::script::{Act, Script, answer, own};

const HALF: usize = 30;

fn cut(etag: &str) -> Act {
    Act::Cut {
        status: 200,
        headers: own(&[("etag", etag)]),
        promised: PNG.len(),
        body: PNG[..HALF].to_vec(),
    }
}

/// Where a host breaks off, and then does each of these.
async fn broken(
    etag: &'static str,
    then: impl Fn(usize) -> Act + Send + Sync + 'static,
) -> (Script, Image) {
    let host = Script::start(move |before, _| match before {
        0 => cut(etag),
        number => then(number),
    })
    .await;
    let image = picture(&format!("{}/a.png", host.url)).await;
    (host, image)
}

#[tokio::test(start_paused = true)]
async fn the_rest_is_taken_only_if_it_is_the_rest() {
    // All of it, although the rest was asked for: put behind what came, it would end like a whole picture.
    let range = format!("bytes 0-{}/{}", PNG.len() - 1, PNG.len());
    let (host, image) = broken("\"v1\"", move |number| match number {
        1 => answer(206, &[("content-range", &range)], PNG),
        _ => answer(200, &[], PNG),
    })
    .await;
    let error = image.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CorruptDownload, "{error}");
    assert_eq!(host.asked()[1].header("range"), Some("bytes=30-"));
}

#[tokio::test(start_paused = true)]
async fn a_file_whose_version_is_weak_is_asked_for_from_its_beginning() {
    let (host, image) = broken("W/\"v1\"", |_| answer(200, &[], PNG)).await;
    assert_eq!(image.bytes().await.unwrap(), PNG);
    assert_eq!(host.asked()[1].header("range"), None);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_does_not_like_the_range_is_asked_for_all_of_it() {
    let (host, image) = broken("\"v1\"", |number| match number {
        1 => answer(416, &[], ""),
        _ => answer(200, &[], PNG),
    })
    .await;
    assert_eq!(image.bytes().await.unwrap(), PNG);
    assert_eq!(host.asked()[2].header("range"), None);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_become_the_picture_is_given_up_at_its_first_bytes() {
    for (promised, body) in [
        (usize::MAX >> 1, PNG[..HALF].to_vec()),
        (
            10_000,
            b"<html><body>Please sign in to see this picture".to_vec(),
        ),
    ] {
        let host = Script::start(move |_, _| Act::Stall {
            promised,
            body: body.clone(),
        })
        .await;
        let image = picture(&format!("{}/a.png", host.url)).await;
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
async fn a_file_that_appears_during_the_download_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.png");
    let theirs = target.clone();
    let host = Script::start(move |_, _| {
        std::fs::write(&theirs, "somebody else's").unwrap();
        answer(200, &[], PNG)
    })
    .await;
    let image = picture(&format!("{}/a.png", host.url)).await;
    let error = image.save(&target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert_eq!(std::fs::read(&target).unwrap(), b"somebody else's");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_stays_of_an_attempt_that_was_longer_than_the_picture() {
    let host = Script::start(|before, _| match before {
        0 => Act::Cut {
            status: 200,
            headers: own(&[]),
            promised: 1000,
            body: [&PNG[..HALF], &[0; 500]].concat(),
        },
        _ => answer(200, &[], PNG),
    })
    .await;
    let image = picture(&format!("{}/a.png", host.url)).await;
    let folder = tempfile::tempdir().unwrap();
    let saved = image.save(folder.path().join("a.png")).await.unwrap();
    assert_eq!(std::fs::read(saved.path).unwrap(), PNG);
}
