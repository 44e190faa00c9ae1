//! The SDK's exact requests: captured by the typed mocks, reviewed as snapshots, validated against the
//! contract.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use httpmock::{HttpMockRequest, MockServer};
use toapis::{BusinessId, Client, ErrorKind, ImageRequest, Model, Reference, ReferenceStyle, Size};
use toapis_client::open_enums::TaskStatus;
use toapis_client::types;
use toapis_contract::{Contract, RequestParts};
use toapis_mock::MockServerExt as _;

/// What was sent, in order.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Vec<HttpMockRequest>>>);

impl Wire {
    /// A matcher that takes everything and keeps it.
    fn tap(&self) -> impl Fn(&HttpMockRequest) -> bool + Send + Sync + 'static {
        let kept = Arc::clone(&self.0);
        move |request| {
            kept.lock().unwrap().push(request.clone());
            true
        }
    }

    /// Everything that was sent, as text; each of it is as the contract says.
    fn judged(&self) -> String {
        let mut text = String::new();
        for request in self.0.lock().unwrap().iter() {
            let uri = request.uri();
            let path_and_query = uri.path_and_query().unwrap().as_str();
            let verdict = Contract::embedded().validate_request(&RequestParts {
                method: &request.method(),
                path_and_query,
                headers: &request.headers(),
                body: request.body_ref(),
            });
            assert!(
                verdict.is_ok(),
                "{path_and_query}: {:#?}",
                verdict.violations()
            );
            writeln!(text, "{} {path_and_query}", request.method()).unwrap();
            let mut headers = request.headers_vec().clone();
            headers.sort();
            for (name, value) in headers
                .iter()
                .filter(|(name, _)| name != "host" && name != "content-length")
            {
                writeln!(text, "{name}: {value}").unwrap();
            }
            let body = String::from_utf8_lossy(request.body_ref()).into_owned();
            match serde_json::from_str::<serde_json::Value>(&body) {
                Ok(json) => writeln!(text, "{json:#}\n").unwrap(),
                Err(_) => writeln!(text, "{body}\n").unwrap(),
            }
        }
        text
    }
}

macro_rules! reviewed {
    ($wire:expr) => {
        let text = $wire.judged();
        insta::with_settings!({
            filters => vec![(r"boundary=\S+", "boundary=[boundary]"), (r"--[0-9a-f-]{20,}", "--[boundary]"), (r"toapis-rs/[0-9.]+", "toapis-rs/[version]")],
            omit_expression => true,
        }, { insta::assert_snapshot!(text) });
    };
}

fn client(server: &MockServer) -> Client {
    Client::builder()
        .api_key("sk-wire")
        .base_url(server.base_url())
        .build()
        .unwrap()
}

fn order() -> BusinessId {
    BusinessId::new("order-1").unwrap()
}

fn accepted() -> types::Task {
    types::Task {
        id: Some("t1".to_owned()),
        status: Some(TaskStatus::Queued),
        ..types::Task::default()
    }
}

/// Submits, and returns what was sent.
async fn submitted(requests: impl IntoIterator<Item = ImageRequest>) -> Wire {
    let (server, wire) = (MockServer::start_async().await, Wire::default());
    server.create_image(|when, then| {
        when.into_inner().is_true(wire.tap());
        then.ok(&accepted());
    });
    let client = client(&server);
    for request in requests {
        let task = client
            .images()
            .submit(request.business_id(order()))
            .await
            .unwrap();
        assert_eq!(task.id().as_str(), "t1");
    }
    wire
}

#[tokio::test]
async fn request_of_the_page_is_sent_as_documented() {
    let request = ImageRequest::new("A cat in a spacesuit walking on the moon")
        .size(Size::Square)
        .n(1);
    reviewed!(submitted([request]).await);
}

#[tokio::test]
async fn unset_fields_are_not_sent() {
    reviewed!(submitted([ImageRequest::new("A cat")]).await);
}

#[tokio::test]
async fn settings_are_sent_where_the_model_expects_them() {
    let reference = Reference::url("https://example.com/cat.png");
    reviewed!(
        submitted([
            ImageRequest::new("A cat")
                .model(Model::GptImage2)
                .size(Size::Landscape16x9)
                .resolution("2K")
                .quality("high")
                .output_format("jpeg")
                .output_compression(80)
                .reference(reference.clone())
                .mask(Reference::url("https://example.com/mask.png"))
                .n(2),
            ImageRequest::new("A cat")
                .model(Model::Gemini3ProImagePreview)
                .resolution("4k")
                .reference(reference.clone())
                .metadata("orientation", "portrait"),
            ImageRequest::new("A cat")
                .model("nano-banana")
                .references([reference.clone(), reference.clone()]),
            ImageRequest::new("A cat")
                .model("gemini-2.5-flash-image-official")
                .reference(reference.clone()),
            ImageRequest::new("A cat")
                .reference(reference.clone())
                .reference_style(ReferenceStyle::Strings),
            ImageRequest::new("A cat")
                .model("model-of-next-year")
                .seed(7)
                .extra_field("mood", "calm"),
        ])
        .await
    );
}

#[tokio::test]
async fn edit_model_uses_the_edit_endpoint() {
    let (server, wire) = (MockServer::start_async().await, Wire::default());
    server.edit_image(|when, then| {
        when.into_inner().is_true(wire.tap());
        then.ok(&accepted());
    });
    let request = ImageRequest::new("Give the cat a red helmet")
        .model("grok-imagine-1.0-edit")
        .reference(Reference::url("https://example.com/cat.png"))
        .business_id(order());
    client(&server).images().submit(request).await.unwrap();
    reviewed!(wire);
}

#[tokio::test]
async fn id_cannot_change_the_path() {
    let (server, wire) = (MockServer::start_async().await, Wire::default());
    server
        .mock_async(|when, then| {
            when.is_true(wire.tap());
            then.status(200)
                .json_body(serde_json::json!({"id": "t", "status": "queued"}));
        })
        .await;
    let client = client(&server);
    for id in [
        "task_img_abc123def456",
        "a/b",
        "a?b=c",
        "a#b",
        "a%2Fb",
        "ü 图",
        "a..b",
    ] {
        // Only the request matters here, not whether the response is accepted.
        drop(client.task(id).fetch().await);
    }
    for id in ["..", ".", "", "a\nb"] {
        assert!(
            client.task(id).fetch().await.unwrap_err().kind() == ErrorKind::InvalidId,
            "{id:?}"
        );
    }
    reviewed!(wire);
}

#[tokio::test]
async fn local_reference_is_uploaded_once() {
    let (server, wire) = (MockServer::start_async().await, Wire::default());
    server.upload_image(|when, then| {
        when.into_inner().is_true(wire.tap());
        let url = "https://files.toapis.com/uploads/1/1_a.gif".to_owned();
        let data = types::UploadedImage {
            url: Some(url),
            ..types::UploadedImage::default()
        };
        then.ok(&types::UploadResult {
            data: Some(data),
            success: Some(true),
            ..types::UploadResult::default()
        });
    });
    let created = server.create_image(|when, then| {
        when.into_inner().json_body_includes(
            r#"{"image_urls": [{"url": "https://files.toapis.com/uploads/1/1_a.gif"}]}"#,
        );
        then.ok(&accepted());
    });
    let client = client(&server);
    for _ in 0..2 {
        let reference =
            Reference::bytes(&b"RIFF....WEBPVP8 , enough to be detected as an image"[..]);
        let request = ImageRequest::new("A cat")
            .reference(reference)
            .business_id(order());
        client.images().submit(request).await.unwrap();
    }
    created.assert_calls_async(2).await;
    reviewed!(wire);
}

/// A complete GIF of one pixel.
const GIF: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

#[tokio::test]
async fn api_key_is_not_sent_to_file_hosts() {
    let (files, wire) = (MockServer::start_async().await, Wire::default());
    files
        .mock_async(|when, then| {
            when.is_true(wire.tap());
            then.status(200)
                .header("content-type", "image/gif")
                .body(GIF);
        })
        .await;
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.header("authorization", "Bearer sk-wire");
            let result =
                serde_json::json!({"type": "image", "data": [{"url": files.url("/cat.gif")}]});
            then.status(200).json_body(
                serde_json::json!({"id": "t1", "status": "completed", "result": result}),
            );
        })
        .await;
    let done = client(&server).task("t1").wait().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    done.images()[0]
        .save(folder.path().join("cat.gif"))
        .await
        .unwrap();
    let sent = wire.0.lock().unwrap();
    assert_eq!(sent.len(), 1);
    for (name, value) in sent[0].headers_vec() {
        assert!(
            name != "authorization" && !value.contains("sk-wire"),
            "{name}: {value}"
        );
    }
}
