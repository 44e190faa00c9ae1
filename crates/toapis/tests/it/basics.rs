//! The path from a prompt to a file, and the basic guarantees of client and request.

use std::fmt::Write as _;
use std::future::IntoFuture as _;
use std::time::Duration;

use serde_json::json;
use toapis::{Client, ErrorKind, ImageRequest, Size};

use crate::support::ServerExt as _;
use toapis_test_support::server::{Reply, ScriptedServer, json_response, response};

/// A picture of one pixel.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

#[tokio::test(start_paused = true)]
async fn prompt_becomes_an_image_file() {
    let files =
        ScriptedServer::start(|_, _| response(200, &[("content-type", "image/png")], PNG)).await;
    let picture = format!("{}/generated/a.png", files.url);
    let api = ScriptedServer::start(move |before, request| match (request.method.as_str(), before) {
        ("POST", _) => json_response(200, json!({"id": "task_1", "object": "generation.task", "status": "queued", "progress": 0})),
        (_, 1) => json_response(200, json!({"id": "task_1", "object": "generation.task", "status": "in_progress", "progress": 50})),
        _ => json_response(200, json!({"id": "task_1", "object": "generation.task", "status": "completed", "progress": 100,
            "result": {"type": "image", "data": [{"url": picture}]}})),
    })
    .await;

    let client = api.client();
    let request =
        ImageRequest::new("A cat in a spacesuit walking on the moon").size(Size::Landscape16x9);
    let task = client.images().submit(request).await.unwrap();
    assert_eq!(task.id().as_str(), "task_1");
    let done = task.wait().timeout(Duration::from_mins(5)).await.unwrap();
    assert_eq!((done.images().len(), done.polls()), (1, 2));
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("cat.png");
    let saved = done.images()[0].save(&target).await.unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), PNG);
    assert_eq!((saved.size, saved.path), (PNG.len() as u64, target));
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        1,
        "nothing else is left there"
    );

    let requests = api.requests();
    let sent = requests[0].json();
    assert_eq!(sent["model"], "gemini-2.5-flash-image-preview");
    assert_eq!(sent["size"], "16:9");
    assert_eq!(
        sent["client_business_id"],
        task.business_id().unwrap().as_str()
    );
    assert_eq!(
        sent.as_object().unwrap().len(),
        4,
        "only fields that were set are sent: {sent}"
    );
    assert!(
        requests
            .iter()
            .all(|request| request.header("authorization") == Some("Bearer sk-test-key"))
    );
    assert!(
        requests
            .iter()
            .all(|request| request.header("api-version").is_none())
    );
    assert_eq!(requests[1].path, "/v1/images/generations/task_1");
    assert!(
        files
            .requests()
            .iter()
            .all(|request| request.header("authorization").is_none()),
        "a file host is sent no key"
    );
}

#[tokio::test(start_paused = true)]
async fn all_violations_are_reported_and_nothing_is_sent() {
    let api = ScriptedServer::start(|_, _| Reply::Close).await;
    let model = toapis::Model::default();
    let (chars, references) = (
        model.max_prompt_chars().unwrap(),
        model.max_references().unwrap(),
    );
    let (too_long, too_many) = (chars + 1, references + 1);
    let mut request = ImageRequest::new("猫".repeat(too_long as usize))
        .size("7:7")
        .n(2);
    for index in 0..too_many {
        request = request.reference(format!("https://example.com/{index}.png"));
    }
    let error = api.client().images().submit(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    let fields: Vec<_> = error
        .violations()
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(fields.len(), 4, "{error}");
    for field in ["prompt", "size", "image_urls", "n"] {
        assert!(fields.contains(&field), "{error}");
    }
    assert!(error.outcome().unwrap().is_rejected());
    assert!(api.requests().is_empty());
    let text = error.to_string();
    for part in [
        &format!("{too_long} characters"),
        &format!("1 to {chars} characters"),
        "7:7",
        "16:9",
        &format!("{too_many} items"),
        &format!("0 to {references} items"),
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn invalid_configuration_is_rejected_by_build() {
    for (key, base, says) in [
        ("sk-1\n", "https://toapis.com", "line break"),
        ("", "https://toapis.com", "empty"),
        ("sk-1", "toapis.com", "no scheme"),
    ] {
        let error = Client::builder()
            .api_key(key)
            .base_url(base)
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(says), "{error}");
    }
    assert!(
        Client::builder()
            .build()
            .unwrap_err()
            .to_string()
            .contains("API key is missing")
    );
}

#[test]
fn futures_are_send_and_small() {
    fn can_be_spawned<T: Send + 'static>(_: &T) {}
    let client = Client::new("sk-1").unwrap();
    let (images, task) = (client.images(), client.task("t"));
    let submit = images.submit("a cat").into_future();
    can_be_spawned(&submit);
    can_be_spawned(&task.wait().into_future());
    can_be_spawned(&task.wait().updates());
    assert!(size_of_val(&submit) <= 2 * size_of::<usize>());
}

thread_local! {
    /// The log of this thread, if a test collects it.
    static LOG: std::cell::RefCell<Option<String>> = const { std::cell::RefCell::new(None) };
}

/// Collects the log. There is one for the process, because `tracing` caches which callsites are
/// enabled.
struct Log;

impl Log {
    fn note(write: impl FnOnce(&mut String)) {
        LOG.with_borrow_mut(|log| log.as_mut().map(write));
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        Self::note(|log| {
            span.record(&mut Fields(log));
            log.push_str(span.metadata().name());
        });
        tracing::span::Id::from_u64(1)
    }

    fn event(&self, event: &tracing::Event<'_>) {
        Self::note(|log| event.record(&mut Fields(log)));
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

struct Fields<'a>(&'a mut String);

impl tracing::field::Visit for Fields<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?} ");
    }
}

#[tokio::test(start_paused = true)]
async fn api_key_and_prompt_are_never_logged() {
    let _ = tracing::subscriber::set_global_default(Log);
    LOG.set(Some(String::new()));
    let server = ScriptedServer::start(|_, request| {
        let echo = String::from_utf8_lossy(&request.body).into_owned()
            + request.header("authorization").unwrap_or_default();
        response(500, &[("x-request-id", "r-1")], format!("<html>{echo}"))
    })
    .await;
    let client = server.client();
    let request = ImageRequest::new("a secret wish");
    let error = client.images().submit(request.clone()).await.unwrap_err();
    let log = LOG.take().unwrap();
    assert!(
        log.contains("toapis.submit") && log.contains("attempt") && log.contains("createImage"),
        "{log}"
    );
    assert!(!log.contains("secret wish"), "{log}");
    for shown in [
        log.as_str(),
        &format!("{error} {error:?}"),
        &format!("{client:?} {request:?}"),
    ] {
        assert!(!shown.contains("sk-test-key"), "{shown}");
    }
    assert_eq!(error.request_id(), Some("r-1"));
}

#[tokio::test(start_paused = true)]
async fn skip_validation_sends_invalid_fields() {
    let server = ScriptedServer::start(|_, _| json_response(200, json!({"id": "t"}))).await;
    let request = ImageRequest::new("a cat")
        .size("7:7")
        .extra_field("n", "1")
        .extra_field("brand_new", json!([1]));
    assert!(
        server
            .client()
            .images()
            .submit(request.clone())
            .await
            .unwrap_err()
            .kind()
            == ErrorKind::Validation
    );
    server
        .client()
        .images()
        .submit(request)
        .skip_validation()
        .await
        .unwrap();
    let sent = server.requests()[0].json();
    assert_eq!(
        (&sent["size"], &sent["n"], &sent["brand_new"]),
        (&json!("7:7"), &json!("1"), &json!([1]))
    );
}
