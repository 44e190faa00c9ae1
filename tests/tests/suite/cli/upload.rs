//! The command that uploads.

use serde_json::json;

use super::Shell;
use super::online::fast_service;

#[tokio::test]
async fn pictures_are_uploaded_each_content_once_and_what_is_none_is_refused() {
    let service = fast_service().await;
    let shell = Shell::of(service.base_url(), service.key());
    for name in ["a.png", "same.png"] {
        image::RgbImage::new(2, 2).save(shell.path(name)).unwrap();
    }
    let ran = shell
        .toapis(["upload", "a.png", "same.png", "--json"])
        .await;
    assert_eq!(ran.exit, 0, "{ran}");
    let uploads = &ran.json()["uploads"];
    let url = uploads[0]["url"].as_str().unwrap();
    assert!(url.starts_with(service.files_url()), "{url}");
    assert_eq!(
        *uploads,
        json!([{"path": "a.png", "url": url}, {"path": "same.png", "url": url}])
    );
    let ran = shell.toapis(["upload", "a.png"]).await;
    assert!(ran.exit == 0 && ran.stdout.starts_with("http"), "{ran}");

    std::fs::write(shell.path("a.txt"), "no picture").unwrap();
    let ran = shell.toapis(["upload", "a.txt"]).await;
    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{ran}");
    assert!(ran.stderr.contains("no picture by its content"), "{ran}");
}
