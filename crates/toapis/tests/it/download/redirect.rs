//! Redirects of downloads.

use super::{image_at, png};
use toapis::ErrorKind;
use toapis_test_support::images::PNG;
use toapis_test_support::server::{ScriptedServer, response};

#[tokio::test(start_paused = true)]
async fn redirect_is_followed_without_the_api_key() {
    let end = ScriptedServer::start(|_, _| png()).await;
    let target = format!("{}/end.png", end.url);
    let files =
        ScriptedServer::start(move |_, _| response(307, &[("location", &target)], "")).await;
    assert_eq!(image_at(&files.url).await.bytes().await.unwrap(), PNG);
    for request in end.requests().iter().chain(&files.requests()) {
        assert!(
            request
                .headers
                .iter()
                .all(|(_, value)| !value.contains("sk-test-key")),
            "{request:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn at_most_five_redirects_are_followed() {
    for (redirects, comes) in [(5, true), (6, false)] {
        let files = ScriptedServer::start(move |before, _| {
            if before < redirects {
                // Relative to the previous URL, one directory deeper each time.
                response(301, &[("location", "down/next?a=b")], "")
            } else {
                png()
            }
        })
        .await;
        let image = image_at(&format!("{}/at/start.png", files.url)).await;
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
        let last = files.requests().pop().unwrap().path;
        assert_eq!(last, format!("/at/{}next?a=b", "down/".repeat(5)));
        assert_eq!(files.requests().len(), 6);
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_redirect_target_is_rejected() {
    for headers in [vec![], vec![("location", "ftp://127.0.0.1/a.png")]] {
        let files = ScriptedServer::start(move |_, _| response(302, &headers, "")).await;
        let error = image_at(&files.url).await.bytes().await.unwrap_err();
        assert!(
            error.kind() == ErrorKind::CorruptDownload && error.message().contains("redirects"),
            "{error}"
        );
        assert_eq!(files.requests().len(), 1);
    }
}
