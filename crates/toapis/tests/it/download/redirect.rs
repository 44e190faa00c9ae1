//! Redirects: followed without the key, and not everywhere.

use super::{picture, png};
use crate::basics::PNG;
use crate::script::{Script, answer};
use toapis::ErrorKind;

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
async fn five_redirects_are_followed_from_wherever_each_leads_and_not_a_sixth() {
    for (redirects, comes) in [(5, true), (6, false)] {
        let files = Script::start(move |before, _| {
            if before < redirects {
                // Relative to the place before, in a folder that grows.
                answer(301, &[("location", "down/next?a=b")], "")
            } else {
                png()
            }
        })
        .await;
        let image = picture(&format!("{}/at/start.png", files.url)).await;
        match image.bytes().await {
            Ok(bytes) => assert!(comes && bytes == PNG),
            Err(error) => {
                assert!(
                    !comes && error.kind() == ErrorKind::CorruptDownload,
                    "{error}"
                );
                assert!(error.message().contains("5 redirects"), "{error}");
            }
        }
        let last = files.asked().pop().unwrap().path;
        assert_eq!(last, format!("/at/{}next?a=b", "down/".repeat(5)));
        assert_eq!(files.asked().len(), 6);
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_without_a_target_or_to_no_web_page_is_refused_at_once() {
    for headers in [vec![], vec![("location", "ftp://127.0.0.1/a.png")]] {
        let files = Script::start(move |_, _| answer(302, &headers, "")).await;
        let error = picture(&files.url).await.bytes().await.unwrap_err();
        assert!(
            error.kind() == ErrorKind::CorruptDownload && error.message().contains("redirects"),
            "{error}"
        );
        assert_eq!(files.asked().len(), 1);
    }
}
