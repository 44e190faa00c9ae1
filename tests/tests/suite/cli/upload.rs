//! `toapis upload`.

use serde_json::json;

use super::Shell;
use super::online::fast_service;

#[tokio::test]
async fn identical_images_are_uploaded_once_and_other_files_are_rejected() {
    let service = fast_service().await;
    let shell = Shell::with_service(service.base_url(), service.key());
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
    assert!(ran.stderr.contains("the content is not an image"), "{ran}");
}
