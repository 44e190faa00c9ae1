//! References: uploaded once per content, in the style of the model, and rejected when the service
//! would reject them.

use serde_json::json;
use toapis::{ErrorKind, ImageRequest, Model, Reference, ReferenceStyle};

use crate::support::ServerExt as _;
use toapis_test_support::images::PNG;
use toapis_test_support::server::{Reply, ScriptedServer, html_response, json_response};

const URL: &str = "https://files.example.com/uploads/1.png";

/// Starts a server that accepts uploads and creates. The first upload gets `first`, if given.
async fn host(first: Option<Reply>) -> ScriptedServer {
    ScriptedServer::start(move |before, request| match request.path.as_str() {
        "/v1/uploads/images" => match &first {
            Some(act) if before == 0 => act.clone(),
            _ => json_response(
                200,
                json!({"success": true, "message": "", "data": {"id": "u", "url": URL}}),
            ),
        },
        _ => json_response(200, json!({"id": "t", "status": "pending"})),
    })
    .await
}

fn uploads(server: &ScriptedServer) -> usize {
    server
        .requests()
        .iter()
        .filter(|request| request.path == "/v1/uploads/images")
        .count()
}

#[tokio::test(start_paused = true)]
async fn same_content_is_uploaded_once() {
    let server = host(None).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cat.jpg");
    std::fs::write(&path, PNG).unwrap();
    let client = server.client();
    let request = ImageRequest::new("a cat")
        .reference(path)
        .reference(PNG.to_vec())
        .reference("https://example.com/b.png");
    client.images().submit(request.clone()).await.unwrap();
    client.clone().images().submit(request).await.unwrap();
    assert_eq!(uploads(&server), 1);
    let requests = server.requests();
    let body = String::from_utf8_lossy(&requests[0].body);
    assert!(
        body.contains("name=\"file\"") && body.contains("image/png") && !body.contains("cat.jpg"),
        "{body}"
    );
    assert!(
        requests[0]
            .body
            .windows(PNG.len())
            .any(|window| window == PNG)
    );
    assert_eq!(
        requests[1].json()["image_urls"],
        json!([{"url": URL}, {"url": URL}, {"url": "https://example.com/b.png"}])
    );
}

#[tokio::test(start_paused = true)]
async fn expired_upload_is_repeated_by_the_next_submit() {
    let gone = json!({"error": {"code": "invalid_reference_images", "message": "expired"}});
    let server = ScriptedServer::start(move |_, request| match request.path.as_str() {
        "/v1/uploads/images" => json_response(
            200,
            json!({"success": true, "message": "", "data": {"id": "u", "url": URL}}),
        ),
        _ => json_response(400, &gone),
    })
    .await;
    let images = server.client().images();
    let masked = ImageRequest::new("a cat").mask(PNG.to_vec());
    let referring = ImageRequest::new("a cat").reference(PNG.to_vec());
    for (number, request) in [masked.clone(), masked, referring.clone(), referring]
        .into_iter()
        .enumerate()
    {
        let error = images.submit(request).skip_validation().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidReference);
        assert_eq!(uploads(&server), number + 1);
        let requests = server.requests();
        let sent = requests.last().unwrap().json();
        let field = if number < 2 {
            "/mask_url"
        } else {
            "/image_urls/0/url"
        };
        assert_eq!(sent.pointer(field), Some(&json!(URL)));
    }
}

#[tokio::test(start_paused = true)]
async fn failed_upload_is_retried_with_the_whole_body() {
    for act in [
        html_response(502),
        Reply::Close,
        Reply::Hang,
        json_response(503, json!({"error": {"code": "x", "message": "y"}})),
    ] {
        let server = host(Some(act)).await;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        std::fs::write(&path, PNG).unwrap();
        server
            .client()
            .images()
            .submit(ImageRequest::new("a cat").reference(path))
            .await
            .unwrap();
        let requests = server.requests();
        assert_eq!(uploads(&server), 2);
        assert!(
            requests[1]
                .body
                .windows(PNG.len())
                .any(|window| window == PNG)
        );
        assert_eq!(server.create_count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn rejected_upload_ends_the_submit_before_the_create() {
    for status in [400, 200] {
        let refusal = json!({"success": false, "message": "Unsupported image type. Allowed: JPEG, PNG, WebP, GIF"});
        let server = host(Some(json_response(status, refusal))).await;
        let error = server
            .client()
            .images()
            .submit(ImageRequest::new("a cat").reference(PNG.to_vec()))
            .await
            .unwrap_err();
        assert!(error.outcome().unwrap().is_rejected());
        assert!(
            error.message().contains("reference 1")
                && error.message().contains("Unsupported image type"),
            "{error}"
        );
        assert_eq!((uploads(&server), server.create_count()), (1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn unsupported_reference_file_is_not_uploaded() {
    let server = host(None).await;
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let most = toapis_contract::Contract::embedded().document()["x-references"]["max_bytes"]
        .as_u64()
        .unwrap();
    let large = [PNG, &vec![0; usize::try_from(most).unwrap()]].concat();
    for (reference, says) in [
        (Reference::path(write("a.png", b"<html>")), "not an image"),
        (
            Reference::path(write("b.gif", b"GIF89a..........")),
            "image/gif",
        ),
        (
            Reference::path(write("c.png", &large)),
            most.to_string().as_str(),
        ),
        (Reference::path(dir.path().join("none.png")), "none.png"),
        (Reference::path(dir.path()), "not a file"),
        (Reference::bytes(&b""[..]), "not an image"),
    ] {
        let error = server
            .client()
            .images()
            .submit(ImageRequest::new("a cat").reference(reference))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidReference, "{error}");
        assert!(
            error.message().contains(says) && error.outcome().unwrap().is_rejected(),
            "{error}"
        );
    }
    assert!(server.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn inline_private_and_non_http_references_are_invalid() {
    let public = toapis::Client::builder()
        .api_key("sk-1")
        .base_url("https://api.example.com")
        .build()
        .unwrap();
    for url in [
        "data:image/png;base64,AAAA",
        "http://10.0.0.1/a.png",
        "ftp://example.com/a.png",
    ] {
        let error = public
            .images()
            .prepare(ImageRequest::new("a cat").reference(url))
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.violations().len()),
            (ErrorKind::Validation, 1),
            "{error}"
        );
        assert_eq!(error.violations()[0].field, "image_urls[0]");
        let error = public
            .images()
            .submit(ImageRequest::new("a cat").reference(url))
            .skip_validation()
            .await
            .unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::InvalidReference,
            "unchecked, but a reference still has to be one"
        );
    }
    let server = host(None).await;
    let request = ImageRequest::new("a cat").reference("http://127.0.0.1:9/a.png");
    server.client().images().submit(request).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn rejected_reference_style_falls_back_once_and_is_remembered() {
    let server = ScriptedServer::start(|_, request| {
        let body = request.json();
        match &body["image_urls"][0] {
            serde_json::Value::String(_) => json_response(200, json!({"id": "t"})),
            _ => json_response(400, json!({"error": {"code": "invalid_request", "message": "image_urls[0] must be a string"}})),
        }
    })
    .await;
    let client = server.client();
    let request = ImageRequest::new("a cat").reference("https://example.com/a.png");
    client.images().submit(request.clone()).await.unwrap();
    assert_eq!(
        server.create_count(),
        2,
        "objects as the contract says, then strings"
    );
    client.images().submit(request.clone()).await.unwrap();
    assert_eq!(server.create_count(), 3, "and that is remembered");
    let error = client
        .images()
        .submit(request.reference_style(ReferenceStyle::Objects))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), server.create_count()),
        (ErrorKind::BadRequest, 4),
        "the caller's word is kept"
    );
}

#[tokio::test(start_paused = true)]
async fn reference_style_fallback_happens_at_most_once() {
    let server = ScriptedServer::start(|_, _| {
        json_response(
            400,
            json!({"error": {"code": "invalid_request", "message": "no", "param": "image_urls"}}),
        )
    })
    .await;
    let error = server
        .client()
        .images()
        .submit(ImageRequest::new("a cat").reference("https://example.com/a.png"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), server.create_count()),
        (ErrorKind::BadRequest, 2)
    );
    assert!(error.outcome().unwrap().is_rejected());
}

#[tokio::test(start_paused = true)]
async fn fields_are_placed_as_the_model_expects() {
    let server = host(None).await;
    let reference = "https://example.com/a.png";
    let requests = [
        ImageRequest::new("a")
            .model(Model::GptImage2)
            .resolution("2K")
            .reference(reference)
            .n(3),
        ImageRequest::new("a")
            .model("nano-banana-pro")
            .resolution("2k")
            .reference(reference),
        ImageRequest::new("a")
            .model(Model::QwenImage30)
            .seed(7)
            .size("1024x768")
            .resolution("1k"),
        ImageRequest::new("a").model(Model::ViduImage).seed(7),
        ImageRequest::new("a")
            .model(Model::GrokImagine10Edit)
            .reference(reference),
    ];
    for request in requests {
        server
            .client()
            .images()
            .submit(request)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
    }
    let requests = server.requests();
    let bodies: Vec<_> = requests
        .iter()
        .map(toapis_test_support::server::ReceivedRequest::json)
        .collect();
    assert_eq!(
        (&bodies[0]["resolution"], &bodies[0]["reference_images"]),
        (&json!("2k"), &json!([reference]))
    );
    assert_eq!(
        (
            &bodies[1]["metadata"]["resolution"],
            &bodies[1]["image_urls"]
        ),
        (&json!("2K"), &json!([{"url": reference}]))
    );
    assert_eq!(
        (&bodies[2]["metadata"]["seed"], &bodies[2]["resolution"]),
        (&json!(7), &json!("1K"))
    );
    assert_eq!(bodies[3]["seed"], json!(7));
    assert_eq!(
        (requests[4].path.as_str(), &bodies[4]["image_urls"]),
        ("/v1/images/edits", &json!([reference]))
    );
}
