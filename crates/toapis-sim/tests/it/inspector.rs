//! The inspector in a browser, controlled with the keyboard.

use std::{fs, path::Path, time::Duration};

use crate::browser::{self, Browser};
use crate::common::TestClient;
use serde_json::json;
use toapis_sim::Simulator;

#[tokio::test]
async fn inspector_works_with_the_keyboard() {
    let Some(program) = browser::find() else {
        return;
    };
    let sim = Simulator::builder()
        .admin_port(0)
        .seed(3)
        .start()
        .await
        .unwrap();
    let client = TestClient::new(&sim);
    let cat = json!({ "model": "nano-banana", "prompt": "A cat in a spacesuit walking on the moon", "size": "16:9" });
    for request in [
        &cat,
        &json!({ "model": "nano-banana", "prompt": "<b>hostile</b>", "size": "7:5" }),
        &cat,
    ] {
        client.create(request).await;
    }
    sim.advance(Duration::from_mins(2));
    client.get("/v1/balance").await;

    let profile = tempfile::tempdir().unwrap();
    let mut page = Browser::open(&program, profile.path(), sim.admin_url().unwrap()).await;
    page.until("document.querySelectorAll('#rows tr').length === 4")
        .await;
    page.until("document.getElementById('figure-accepted')?.textContent === '2'")
        .await;

    // The third row is the invalid create; the violation names the field and the line.
    for _ in 0..4 {
        page.press("k", false).await;
    }
    for _ in 0..2 {
        page.press("j", false).await;
    }
    let detail = page
        .value("document.getElementById('detail').innerText")
        .await;
    let detail = detail.as_str().unwrap();
    assert!(
        detail.contains("body /size") && detail.contains("openapi.yaml:"),
        "{detail}"
    );
    assert!(
        detail.contains("<b>hostile</b>"),
        "content of requests is shown as text"
    );
    assert_eq!(
        page.value("document.querySelectorAll('#rows .bad').length > 0")
            .await,
        true
    );

    // A new exchange appears at once.
    client.create(&cat).await;
    page.until("document.querySelectorAll('#rows tr').length === 5")
        .await;

    page.press("2", false).await;
    page.until("document.querySelectorAll('#cards article').length === 3")
        .await;
    page.until(
        "[...document.querySelectorAll('#cards img')].some((image) => image.naturalWidth === 1792)",
    )
    .await;
    save_screenshot(&mut page, "tasks").await;

    page.press("f", false).await;
    page.write("create nth=1 => status 500").await;
    page.press("Enter", true).await;
    page.until("document.querySelectorAll('#rules tr').length === 1")
        .await;
    assert_eq!(sim.faults()[0].rule, "create nth=1 => status 500");
    page.write("create => explode").await;
    page.press("Enter", true).await;
    page.until("document.getElementById('error').textContent.includes('explode')")
        .await;
    page.press("Escape", false).await;
    page.press("1", false).await;

    let ground = "getComputedStyle(document.body).backgroundColor";
    let mut grounds = Vec::new();
    for scheme in ["light", "dark"] {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        page.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
        grounds.push(page.value(ground).await);
        save_screenshot(&mut page, scheme).await;
    }
    assert_ne!(grounds[0], grounds[1]);
    page.press("t", false).await;
    assert_eq!(
        page.value(ground).await,
        grounds[0],
        "t turns dark to light"
    );
    assert_eq!(
        sim.ledger().total.downloaded,
        0,
        "images of the inspector are not downloads"
    );
}

/// Saves a screenshot in the target directory.
async fn save_screenshot(page: &mut Browser, name: &str) {
    let screenshot = page.screenshot().await;
    let size = image::load_from_memory(&screenshot).unwrap();
    assert_eq!((size.width(), size.height()), (1440, 900));
    fs::write(
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("inspector-{name}.png")),
        screenshot,
    )
    .unwrap();
}
