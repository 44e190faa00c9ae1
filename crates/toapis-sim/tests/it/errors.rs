//! Error responses, and what every response contains.

use reqwest::multipart::{Form, Part};
use serde_json::json;
use toapis_sim::Simulator;

use crate::common::{TestClient, field_limit, number, png};

#[tokio::test(start_paused = true)]
async fn invalid_requests_fail_and_cost_nothing() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    for (body, code, param) in [
        (
            json!({ "model": "nano-banana", "prompt": "x".repeat(field_limit("prompt", "maxLength") + 1) }),
            "invalid_request",
            "prompt",
        ),
        (
            json!({ "model": "nano-banana", "prompt": "x", "n": "1" }),
            "invalid_request",
            "n",
        ),
        (
            json!({ "model": "nano-banana", "prompt": "x", "size": "7:5" }),
            "invalid_request",
            "size",
        ),
        (
            json!({ "model": "nano-banana" }),
            "invalid_request",
            "prompt",
        ),
        (
            json!({ "model": "nano-banana", "prompt": "x", "image_urls": ["data:image/png;base64,AA=="] }),
            "invalid_reference_images",
            "image_urls",
        ),
        (
            json!({ "model": "nano-banana", "prompt": "x", "image_urls": vec!["https://a.example/b.png"; field_limit("image_urls", "maxItems") + 1] }),
            "invalid_reference_images",
            "image_urls",
        ),
        (
            json!({ "model": "nano-banana", "prompt": "x", "callback_url": "https://a.example/hook" }),
            "webhook_not_configured",
            "",
        ),
    ] {
        let (status, response) = client.create(&body).await;
        assert_eq!(
            (status, &response["error"]["code"]),
            (400, &json!(code)),
            "{body} {response}"
        );
        assert_eq!(
            response["error"]["param"].as_str().unwrap_or_default(),
            param,
            "{body} {response}"
        );
    }
    let ledger = sim.ledger().total;
    assert_eq!(
        (
            ledger.creates,
            ledger.accepted,
            ledger.billed,
            ledger.errors
        ),
        (7, 0, 0, 7)
    );
}

#[tokio::test(start_paused = true)]
async fn unknown_models_fail_unless_accepted() {
    let body = json!({ "model": "a-model-of-next-year", "prompt": "x" });
    let sim = Simulator::start().await.unwrap();
    let (status, response) = TestClient::new(&sim).create(&body).await;
    assert_eq!(
        (
            status,
            &response["error"]["code"],
            &response["error"]["type"]
        ),
        (503, &json!("model_not_found"), &json!("new_api_error"))
    );
    let sim = Simulator::builder()
        .accept_unknown_models(true)
        .start()
        .await
        .unwrap();
    assert_eq!(TestClient::new(&sim).create(&body).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn messages_follow_accept_language_and_name_an_unknown_path() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let response = client.in_chinese("/v1/images/generations/nothing").await;
    assert_eq!(response["error"]["message"], "任务不存在");
    let (status, response) = client.post("/v1/v1/images/generations", &json!({})).await;
    assert_eq!(
        (status, &response["error"]["message"]),
        (404, &json!("Invalid URL (POST /v1/v1/images/generations)"))
    );
}

#[tokio::test(start_paused = true)]
async fn uploads_are_images_up_to_the_limit() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let (status, response) = client.upload(b"GIF of words".to_vec(), "image/gif").await;
    assert_eq!(
        (status, &response["message"]),
        (
            400,
            &json!("Unsupported image type. Allowed: JPEG, PNG, WebP, GIF")
        )
    );
    let mut large = png(8, 8);
    let most = number("/x-upload/refused_above_bytes");
    large.resize(usize::try_from(most).unwrap(), 0);
    assert_eq!(client.upload(large.clone(), "image/png").await.0, 200);
    large.push(0);
    let (status, response) = client.upload(large, "image/png").await;
    assert_eq!(
        (status, &response["message"]),
        (
            400,
            &json!(format!("Image too large. Maximum size is {}MB", most >> 20))
        )
    );
}

#[tokio::test(start_paused = true)]
async fn upload_type_is_sniffed_if_not_declared() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let silent = |file| Form::new().part("file", Part::bytes(file).file_name("cat"));
    let (status, response) = client.send_form(silent(png(8, 8))).await;
    assert_eq!(
        (status, &response["data"]["mime_type"]),
        (200, &json!("image/png"))
    );
    let anything = client.upload(png(8, 8), "application/octet-stream").await;
    assert_eq!(anything.0, 200);
    let (status, response) = client.send_form(silent(b"words".to_vec())).await;
    assert_eq!(
        (status, &response["message"]),
        (
            400,
            &json!("Unsupported image type. Allowed: JPEG, PNG, WebP, GIF")
        )
    );
}

#[tokio::test(start_paused = true)]
async fn every_response_has_a_unique_request_id() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let response = client.try_get("/v1/balance").await.unwrap();
        ids.insert(
            response.headers()["x-oneapi-request-id"]
                .to_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(ids.len(), 20);
}

#[tokio::test(start_paused = true)]
async fn rule_across_fields_names_its_fields() {
    let sim = Simulator::start().await.unwrap();
    let references = vec!["https://a.example/b.png"; 8];
    let body =
        json!({ "model": "doubao-seedream-4-0", "prompt": "x", "n": 10, "image_urls": references });
    let (status, response) = TestClient::new(&sim).create(&body).await;
    assert_eq!(
        (status, &response["error"]["message"]),
        (400, &json!("image_urls and n together must be at most 15"))
    );
}

#[tokio::test(start_paused = true)]
async fn models_fail_at_other_operations() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    for (path, model) in [
        ("/v1/images/generations", "grok-imagine-1.0-edit"),
        ("/v1/images/edits", "nano-banana"),
    ] {
        let body =
            json!({ "model": model, "prompt": "x", "image_urls": ["https://a.example/b.png"] });
        let (status, response) = client.post(path, &body).await;
        assert_eq!(
            (status, &response["error"]["code"]),
            (503, &json!("model_not_found")),
            "{path} {model}"
        );
    }
    assert_eq!(sim.ledger().total.accepted, 0);
}

#[tokio::test(start_paused = true)]
async fn form_errors_name_the_part_and_types_use_the_service_message() {
    const TYPES: &str = "Unsupported image type. Allowed: JPEG, PNG, WebP, GIF";
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let file = |media_type: &str| {
        let part = Part::bytes(png(8, 8)).file_name("a.png");
        part.mime_str(media_type).unwrap()
    };
    let good = || file("image/png");
    for (form, status, message) in [
        (Form::new().part("file", good()), 200, ""),
        (Form::new().part("file", file("image/jpeg")), 200, ""),
        (Form::new().part("file", good()).text("other", "x"), 200, ""),
        (Form::new().part("file", file("image/bmp")), 400, TYPES),
        (
            Form::new().part(
                "file",
                Part::bytes(Vec::new()).mime_str("image/png").unwrap(),
            ),
            400,
            TYPES,
        ),
        (
            Form::new().part("picture", good()),
            400,
            "The upload cannot be read: file: the part is missing",
        ),
        (
            Form::new().part("file", good()).part("file", good()),
            400,
            "The upload cannot be read: file: the part is present more than once",
        ),
        (
            Form::new().part("file", good()).text("purpose", "mischief"),
            400,
            "The upload cannot be read: purpose: must be generation",
        ),
    ] {
        let response = client.send_form(form).await;
        assert_eq!(
            (response.0, &response.1["message"]),
            (status, &json!(message))
        );
    }
    assert_eq!(sim.ledger().total.uploaded, 3);
}
