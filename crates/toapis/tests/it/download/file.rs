//! The saved file: its name, what it may replace, and that it is complete or absent.

use std::future::IntoFuture as _;
use std::time::Duration;
use toapis::ErrorKind;

use super::{entries, image_at, png};
use toapis_test_support::images::PNG;
use toapis_test_support::server::{Reply, ScriptedServer, response};

#[tokio::test(start_paused = true)]
async fn existing_file_is_kept_without_overwrite() {
    let files = ScriptedServer::start(|_, _| png()).await;
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("a.png");
    std::fs::write(&target, "mine").unwrap();
    let image = image_at(&files.url).await;
    let error = image.save(&target).await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Io && error.message().contains("there already"),
        "{error}"
    );
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");
    assert!(
        files.requests().is_empty(),
        "that was known before anything was fetched"
    );
    image.save(&target).overwrite(true).await.unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), PNG);
}

#[tokio::test(start_paused = true)]
async fn extension_follows_the_content_and_hash_is_returned() {
    let files =
        ScriptedServer::start(|_, _| response(200, &[("content-type", "image/jpeg")], PNG)).await;
    let dir = tempfile::tempdir().unwrap();
    let saved = image_at(&format!("{}/a.jpg", files.url))
        .await
        .save_in(dir.path(), "cat")
        .await
        .unwrap();
    assert_eq!(saved.path, dir.path().join("cat.png"));
    let expected: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(PNG).into();
    assert_eq!(saved.sha256, expected);
    assert_eq!(saved.sha256_hex().len(), 64);
}

#[tokio::test(start_paused = true)]
async fn missing_directory_and_oversized_image_are_errors() {
    let files = ScriptedServer::start(|_, _| png()).await;
    let image = image_at(&files.url).await;
    let dir = tempfile::tempdir().unwrap();
    let error = image
        .save(dir.path().join("no/such/a.png"))
        .await
        .unwrap_err();
    assert!(
        error.kind() == ErrorKind::Io && error.message().contains("no/such"),
        "{error}"
    );
    let error = image
        .save(dir.path().join("a.png"))
        .max_bytes(10)
        .await
        .unwrap_err();
    assert!(
        error.kind() == ErrorKind::CorruptDownload && error.message().contains("10 bytes"),
        "{error}"
    );
    assert_eq!(entries(dir.path()), [""; 0]);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn saved_file_has_default_permissions() {
    use std::os::unix::fs::PermissionsExt as _;
    let files = ScriptedServer::start(|_, _| png()).await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("usual"), "").unwrap();
    image_at(&files.url)
        .await
        .save(dir.path().join("a.png"))
        .await
        .unwrap();
    let mode = |name: &str| {
        std::fs::metadata(dir.path().join(name))
            .unwrap()
            .permissions()
            .mode()
    };
    assert_eq!(mode("a.png"), mode("usual"));
}

#[tokio::test(start_paused = true)]
async fn concurrent_saves_to_one_path_leave_one_file() {
    let files = ScriptedServer::start(|_, _| png()).await;
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("a.png");
    let image = image_at(&files.url).await;
    let (one, two) = tokio::join!(
        image.save(&target).into_future(),
        image.save(&target).into_future()
    );
    let errors: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].kind() == ErrorKind::Io && errors[0].message().contains("there already"),
        "{errors:?}"
    );
    assert_eq!(std::fs::read(&target).unwrap(), PNG);
    assert_eq!(entries(dir.path()), ["a.png"]);
}

#[tokio::test(start_paused = true)]
async fn directory_at_the_path_is_not_replaced() {
    let files = ScriptedServer::start(|_, _| png()).await;
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("a.png");
    std::fs::create_dir(&target).unwrap();
    let image = image_at(&files.url).await;
    for overwrite in [false, true] {
        let error = image.save(&target).overwrite(overwrite).await.unwrap_err();
        assert!(
            error.kind() == ErrorKind::Io && error.message().contains("a.png"),
            "{error}"
        );
        assert_eq!(error.message().contains("there already"), !overwrite);
        assert_eq!(entries(dir.path()), ["a.png"]);
        assert_eq!(entries(&target), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn stem_with_a_missing_directory_is_an_error() {
    let files = ScriptedServer::start(|_, _| png()).await;
    let dir = tempfile::tempdir().unwrap();
    let image = image_at(&files.url).await;
    let error = image.save_in(dir.path(), "no/such").await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Io && error.message().starts_with("cannot write"),
        "{error}"
    );
    assert_eq!(entries(dir.path()), [""; 0]);
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn unwritable_directory_is_reported_before_the_download() {
    let files = ScriptedServer::start(|_, _| png()).await;
    // Read-only even for root.
    let error = image_at(&files.url)
        .await
        .save("/proc/a.png")
        .await
        .unwrap_err();
    assert!(
        error.kind() == ErrorKind::Io && error.message().contains("/proc"),
        "{error}"
    );
    assert!(files.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn dropped_download_leaves_no_file() {
    for seconds in 0..4 {
        let files = ScriptedServer::start(move |before, _| {
            if before == 0 {
                let body = PNG[..30].to_vec();
                Reply::Stall {
                    content_length: PNG.len(),
                    body,
                }
            } else {
                png()
            }
        })
        .await;
        let dir = tempfile::tempdir().unwrap();
        let image = image_at(&files.url).await;
        let save = image.save(dir.path().join("a.png")).into_future();
        let cut = tokio::time::timeout(Duration::from_secs(seconds), save).await;
        assert!(cut.is_err());
        // The blocking thread that was creating the file removes it.
        for _ in 0..1000 {
            if entries(dir.path()).is_empty() {
                break;
            }
            tokio::task::spawn_blocking(std::thread::yield_now)
                .await
                .unwrap();
        }
        assert_eq!(entries(dir.path()), [""; 0], "after {seconds} s");
    }
}
