//! References: uploaded once per content, in the form that the service takes, and refused here where it would refuse them.

use serde_json::json;
use toapis::{ErrorKind, ImageRequest, Model, Reference, ReferenceStyle};

use crate::basics::PNG;
use crate::script::{Act, Script, html, json as reply};

const URL: &str = "https://files.example.com/uploads/1.png";

/// A host that takes uploads and creates; the first upload goes as `first` says.
async fn host(first: Option<Act>) -> Script {
    Script::start(move |before, asked| match asked.path.as_str() {
        "/v1/uploads/images" => match &first {
            Some(act) if before == 0 => act.clone(),
            _ => reply(
                200,
                json!({"success": true, "message": "", "data": {"id": "u", "url": URL}}),
            ),
        },
        _ => reply(200, json!({"id": "t", "status": "pending"})),
    })
    .await
}

fn uploads(script: &Script) -> usize {
    script
        .asked()
        .iter()
        .filter(|asked| asked.path == "/v1/uploads/images")
        .count()
}

#[tokio::test(start_paused = true)]
async fn one_content_is_uploaded_once_wherever_it_comes_from() {
    let script = host(None).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cat.jpg");
    std::fs::write(&path, PNG).unwrap();
    let client = script.client();
    let request = ImageRequest::new("a cat")
        .reference(path)
        .reference(PNG.to_vec())
        .reference("https://example.com/b.png");
    client.images().submit(request.clone()).await.unwrap();
    client.clone().images().submit(request).await.unwrap();
    assert_eq!(uploads(&script), 1);
    let asked = script.asked();
    let body = String::from_utf8_lossy(&asked[0].body);
    assert!(
        body.contains("name=\"file\"") && body.contains("image/png") && !body.contains("cat.jpg"),
        "{body}"
    );
    assert!(asked[0].body.windows(PNG.len()).any(|window| window == PNG));
    assert_eq!(
        asked[1].json()["image_urls"],
        json!([{"url": URL}, {"url": URL}, {"url": "https://example.com/b.png"}])
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_service_no_longer_knows_is_uploaded_anew_by_the_next_submit() {
    let gone = json!({"error": {"code": "invalid_reference_images", "message": "expired"}});
    let script = Script::start(move |_, asked| match asked.path.as_str() {
        "/v1/uploads/images" => reply(
            200,
            json!({"success": true, "message": "", "data": {"id": "u", "url": URL}}),
        ),
        _ => reply(400, &gone),
    })
    .await;
    let images = script.client().images();
    let masked = ImageRequest::new("a cat").mask(PNG.to_vec());
    let referring = ImageRequest::new("a cat").reference(PNG.to_vec());
    for (number, request) in [masked.clone(), masked, referring.clone(), referring]
        .into_iter()
        .enumerate()
    {
        let error = images.submit(request).skip_validation().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidReference);
        assert_eq!(uploads(&script), number + 1);
        let asked = script.asked();
        let sent = asked.last().unwrap().json();
        let field = if number < 2 {
            "/mask_url"
        } else {
            "/image_urls/0/url"
        };
        assert_eq!(sent.pointer(field), Some(&json!(URL)));
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_fails_is_sent_again_with_its_whole_body() {
    for act in [
        html(502),
        Act::Drop,
        Act::Hang,
        reply(503, json!({"error": {"code": "x", "message": "y"}})),
    ] {
        let script = host(Some(act)).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        std::fs::write(&path, PNG).unwrap();
        script
            .client()
            .images()
            .submit(ImageRequest::new("a cat").reference(path))
            .await
            .unwrap();
        let asked = script.asked();
        assert_eq!(uploads(&script), 2);
        assert!(asked[1].body.windows(PNG.len()).any(|window| window == PNG));
        assert_eq!(script.creates(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_is_refused_ends_the_submit_and_nothing_was_made() {
    for status in [400, 200] {
        let refusal = json!({"success": false, "message": "Unsupported image type. Allowed: JPEG, PNG, WebP, GIF"});
        let script = host(Some(reply(status, refusal))).await;
        let error = script
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
        assert_eq!((uploads(&script), script.creates()), (1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_the_service_would_refuse_is_not_sent() {
    let script = host(None).await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let most = toapis_contract::Contract::embedded().document()["x-references"]["max_bytes"]
        .as_u64()
        .unwrap();
    let large = [PNG, &vec![0; usize::try_from(most).unwrap()]].concat();
    for (reference, says) in [
        (Reference::path(write("a.png", b"<html>")), "no picture"),
        (
            Reference::path(write("b.gif", b"GIF89a..........")),
            "image/gif",
        ),
        (
            Reference::path(write("c.png", &large)),
            most.to_string().as_str(),
        ),
        (Reference::path(folder.path().join("none.png")), "none.png"),
        (Reference::path(folder.path()), "no file"),
        (Reference::bytes(&b""[..]), "no picture"),
    ] {
        let error = script
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
    assert!(script.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn inline_private_and_foreign_references_are_refused_with_the_reason() {
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
    let script = host(None).await;
    let request = ImageRequest::new("a cat").reference("http://127.0.0.1:9/a.png");
    script.client().images().submit(request).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_form_of_references_is_the_models_and_the_other_once_if_that_is_refused() {
    let script = Script::start(|_, asked| {
        let body = asked.json();
        match &body["image_urls"][0] {
            serde_json::Value::String(_) => reply(200, json!({"id": "t"})),
            _ => reply(400, json!({"error": {"code": "invalid_request", "message": "image_urls[0] must be a string"}})),
        }
    })
    .await;
    let client = script.client();
    let request = ImageRequest::new("a cat").reference("https://example.com/a.png");
    client.images().submit(request.clone()).await.unwrap();
    assert_eq!(
        script.creates(),
        2,
        "objects as the contract says, then strings"
    );
    client.images().submit(request.clone()).await.unwrap();
    assert_eq!(script.creates(), 3, "and that is remembered");
    let error = client
        .images()
        .submit(request.reference_style(ReferenceStyle::Objects))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), script.creates()),
        (ErrorKind::BadRequest, 4),
        "the caller's word is kept"
    );
}

#[tokio::test(start_paused = true)]
async fn both_forms_are_tried_and_no_third_time() {
    let script = Script::start(|_, _| {
        reply(
            400,
            json!({"error": {"code": "invalid_request", "message": "no", "param": "image_urls"}}),
        )
    })
    .await;
    let error = script
        .client()
        .images()
        .submit(ImageRequest::new("a cat").reference("https://example.com/a.png"))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), script.creates()), (ErrorKind::BadRequest, 2));
    assert!(error.outcome().unwrap().is_rejected());
}

#[tokio::test(start_paused = true)]
async fn each_model_gets_its_fields_where_it_wants_them() {
    let script = host(None).await;
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
        script
            .client()
            .images()
            .submit(request)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
    }
    let asked = script.asked();
    let bodies: Vec<_> = asked.iter().map(crate::script::Asked::json).collect();
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
        (asked[4].path.as_str(), &bodies[4]["image_urls"]),
        ("/v1/images/edits", &json!([reference]))
    );
}
