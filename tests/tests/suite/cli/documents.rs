//! The JSON documents of the commands that other tests do not snapshot, on a simulator with a fixed
//! seed.

use serde_json::json;
use toapis_sim::Simulator;

use super::{Shell, snapshot};

#[tokio::test(flavor = "multi_thread")]
async fn json_documents_are_reviewed() {
    let service = Simulator::builder()
        .seed(7)
        .speed(1000.0)
        .start()
        .await
        .unwrap();
    let shell = Shell::with_service(service.base_url(), service.key());
    image::RgbImage::new(2, 2)
        .save(shell.path("a.png"))
        .unwrap();
    let models = shell.toapis(["models", "--json"]).await.json();
    assert_eq!(
        models["models"][0],
        json!({"id": "doubao-seedream-4-0", "known": true})
    );
    snapshot!(
        "upload_json",
        shell.toapis(["upload", "a.png", "--json"]).await
    );
    let saved = shell
        .toapis(["generate", "A cat", "--json", "-o", "cat.png"])
        .await;
    snapshot!("generate_json", saved);
    snapshot!("balance_json", shell.toapis(["balance", "--json"]).await);

    let report = shell
        .toapis(["contract", service.base_url(), "--json"])
        .await;
    let document = report.json();
    // A report has more than a thousand cases: the first shows the fields of all.
    let excerpt = json!({
        "fields": document.as_object().unwrap().keys().collect::<Vec<_>>(),
        "summary": document["summary"],
        "first_case": document["cases"][0],
    });
    insta::with_settings!({
        filters => vec![
            (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
            (r#""milliseconds": \d+"#, r#""milliseconds": "[n]""#),
        ],
        omit_expression => true,
        prepend_module_to_snapshot => false,
    }, { insta::assert_json_snapshot!("contract_json", excerpt) });
}
