//! The file: where it goes, what is in its way, and that it is there whole or not at all.

use std::future::IntoFuture as _;
use std::time::Duration;
use toapis::ErrorKind;

use super::{entries, picture, png};
use crate::basics::PNG;
use crate::script::{Act, Script, answer};

#[tokio::test(start_paused = true)]
async fn a_file_that_is_there_is_kept_unless_overwriting_is_asked_for() {
    let files = Script::start(|_, _| png()).await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.png");
    std::fs::write(&target, "mine").unwrap();
    let image = picture(&files.url).await;
    let error = image.save(&target).await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Io && error.message().contains("there already"),
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
        .save_in(folder.path(), "cat")
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
        error.kind() == ErrorKind::Io && error.message().contains("no/such"),
        "{error}"
    );
    let error = image
        .save(folder.path().join("a.png"))
        .max_bytes(10)
        .await
        .unwrap_err();
    assert!(
        error.kind() == ErrorKind::CorruptDownload && error.message().contains("10 bytes"),
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

#[tokio::test(start_paused = true)]
async fn two_downloads_to_one_target_leave_one_whole_file_and_one_error() {
    let files = Script::start(|_, _| png()).await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.png");
    let image = picture(&files.url).await;
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
    assert_eq!(entries(folder.path()), ["a.png"]);
}

#[tokio::test(start_paused = true)]
async fn a_folder_in_the_place_of_the_target_stays_what_it_is() {
    let files = Script::start(|_, _| png()).await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.png");
    std::fs::create_dir(&target).unwrap();
    let image = picture(&files.url).await;
    for overwrite in [false, true] {
        let error = image.save(&target).overwrite(overwrite).await.unwrap_err();
        assert!(
            error.kind() == ErrorKind::Io && error.message().contains("a.png"),
            "{error}"
        );
        assert_eq!(error.message().contains("there already"), !overwrite);
        assert_eq!(entries(folder.path()), ["a.png"]);
        assert_eq!(entries(&target), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_leads_to_no_folder_is_told_as_what_it_is() {
    let files = Script::start(|_, _| png()).await;
    let folder = tempfile::tempdir().unwrap();
    let image = picture(&files.url).await;
    let error = image.save_in(folder.path(), "no/such").await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Io && error.message().starts_with("cannot write"),
        "{error}"
    );
    assert_eq!(entries(folder.path()), [""; 0]);
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_place_where_nothing_can_be_written_is_told_before_anything_is_fetched() {
    let files = Script::start(|_, _| png()).await;
    // Read-only even for the superuser.
    let error = picture(&files.url)
        .await
        .save("/proc/a.png")
        .await
        .unwrap_err();
    assert!(
        error.kind() == ErrorKind::Io && error.message().contains("/proc"),
        "{error}"
    );
    assert!(files.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_download_that_is_dropped_leaves_nothing_behind_wherever_it_was() {
    for seconds in 0..4 {
        let files = Script::start(move |before, _| {
            if before == 0 {
                let body = PNG[..30].to_vec();
                Act::Stall {
                    promised: PNG.len(),
                    body,
                }
            } else {
                png()
            }
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let image = picture(&files.url).await;
        let save = image.save(folder.path().join("a.png")).into_future();
        let cut = tokio::time::timeout(Duration::from_secs(seconds), save).await;
        assert!(cut.is_err());
        // What was being made as it was dropped is unmade by the thread that made it.
        for _ in 0..1000 {
            if entries(folder.path()).is_empty() {
                break;
            }
            tokio::task::spawn_blocking(std::thread::yield_now)
                .await
                .unwrap();
        }
        assert_eq!(entries(folder.path()), [""; 0], "after {seconds} s");
    }
}
