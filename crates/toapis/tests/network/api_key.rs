//! The API key is sent to the API's origin in one header and appears nowhere else.

use std::error::Error as _;
use std::fmt::{Debug, Write as _};
use std::io;
use std::sync::{Arc, Mutex};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use toapis::{Client, ClientBuilder, Error, ImageRequest, Reference};
use tracing_subscriber::fmt::MakeWriter;

use toapis_test_support::images::PNG;

use crate::origin::{Authority, Origin, Seen, service};

const KEY: &str = "sk-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL";

fn at(origin: &Origin) -> ClientBuilder {
    Client::builder().api_key(KEY).base_url(&origin.url)
}

/// The headers that the API may receive.
const TO_THE_API: &[&str] = &[
    "accept",
    "authorization",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
];
/// The headers that other hosts may receive.
const TO_OTHERS: &[&str] = &["accept", "host", "if-range", "range", "user-agent"];

fn names(seen: &Seen) -> Vec<&str> {
    let mut names: Vec<_> = seen
        .headers()
        .keys()
        .map(axum::http::HeaderName::as_str)
        .collect();
    names.sort_unstable();
    names
}

fn assert_only(seen: &[Seen], allowed: &[&str]) {
    for seen in seen {
        for name in names(seen) {
            assert!(allowed.contains(&name), "{} was sent {name}", seen.uri());
        }
    }
}

fn assert_keyless(seen: &[Seen]) {
    assert_only(seen, TO_OTHERS);
    for seen in seen {
        assert!(!format!("{seen:?}").contains(KEY), "{seen:?}");
    }
}

fn redirect(status: u16, to: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, [(header::LOCATION, to)]).into_response()
}

#[tokio::test]
async fn api_gets_the_key_once_and_only_known_headers() {
    let files = Origin::plain(|asked| service(asked, "")).await;
    let url = files.url.clone();
    let origin = Origin::plain(move |asked| match asked.uri().path() {
        "/v1/uploads/images" => (
            [(header::CONTENT_TYPE, "application/json")],
            format!(r#"{{"success":true,"data":{{"id":"u","url":"{url}/up.png"}}}}"#),
        )
            .into_response(),
        _ => service(asked, &url),
    })
    .await;
    let client = at(&origin).build().unwrap();
    let request = ImageRequest::new("A cat").reference(Reference::bytes(PNG));
    let done = client.images().generate(request).await.unwrap();
    client.task("task_1").fetch().await.unwrap();
    done.images()[0].bytes().await.unwrap();

    let asked = origin.seen();
    assert_eq!(asked.len(), 3, "one upload, one create, one poll");
    assert_only(&asked, TO_THE_API);
    for asked in &asked {
        let keys: Vec<_> = asked
            .headers()
            .get_all(header::AUTHORIZATION)
            .iter()
            .collect();
        assert_eq!(keys, [&format!("Bearer {KEY}")]);
        let rest = format!("{} {:?}", asked.uri(), asked.body());
        assert!(
            !rest.contains(KEY),
            "the key is in the header alone: {rest}"
        );
    }
    assert_eq!(files.seen().len(), 1);
    assert_keyless(&files.seen());
}

#[tokio::test(start_paused = true)]
async fn api_redirect_never_carries_the_key() {
    for status in [301, 302, 303, 307, 308] {
        let foreign = Origin::plain(|asked| service(asked, "")).await;
        let to = format!("{}/v1/images/generations", foreign.url);
        let origin = Origin::plain(move |_| redirect(status, &to)).await;
        let client = at(&origin).build().unwrap();
        let error = client.images().submit("A cat").await.unwrap_err();
        assert_eq!(error.status().unwrap(), status, "{error}");
        client.task("task_1").fetch().await.unwrap_err();
        assert!(
            foreign.seen().is_empty(),
            "{status}: no redirect is followed"
        );
        let creates = origin
            .seen()
            .iter()
            .filter(|seen| seen.method() == "POST")
            .count();
        assert_eq!(creates, 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn custom_client_following_redirects_never_carries_the_key() {
    for status in [301, 302, 303, 307, 308] {
        let foreign = Origin::plain(|asked| service(asked, "")).await;
        let to = format!("{}/v1/images/generations/task_1", foreign.url);
        let origin = Origin::plain(move |_| redirect(status, &to)).await;
        // A default client follows redirects.
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(crate::proxy::empty_root_store())
            .build()
            .unwrap();
        let client = at(&origin).http_client(http).build().unwrap();
        client.task("task_1").fetch().await.unwrap();
        assert_eq!(foreign.seen().len(), 1, "{status}: it did follow");
        assert!(!format!("{:?}", foreign.seen()).contains(KEY), "{status}");
    }
}

#[tokio::test]
async fn file_hosts_never_get_the_key() {
    let last = Origin::plain(|asked| service(asked, "")).await;
    let to = format!("{}/a.png", last.url);
    let first = Origin::plain(move |_| redirect(302, &to)).await;
    let url = first.url.clone();
    let origin = Origin::plain(move |asked| match asked.uri().path() {
        "/v1/images/generations" => (
            [(header::CONTENT_TYPE, "application/json")],
            format!(
                r#"{{"id":"t","status":"completed","result":{{"data":[{{"url":"{url}/1.png"}},{{"url":"http://{}/a.png"}}]}}}}"#,
                asked.headers()[header::HOST].to_str().unwrap()
            ),
        )
            .into_response(),
        _ => service(asked, ""),
    })
    .await;
    let client = at(&origin).build().unwrap();
    let done = client.images().generate("A cat").await.unwrap();
    for image in done.images() {
        assert_eq!(image.bytes().await.unwrap(), PNG);
    }
    assert_keyless(&[first.seen(), last.seen()].concat());
    let from_the_api = &origin.seen()[1..];
    assert_eq!(from_the_api.len(), 1);
    assert_keyless(from_the_api);
}

/// Collects all output, to search it for the key.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<String>>);

impl Shown {
    fn debug(&self, what: &impl Debug) {
        let _ = writeln!(self.0.lock().unwrap(), "{what:?} {what:#?}");
    }

    fn error(&self, error: &Error) {
        self.debug(error);
        let mut text = format!(
            "{error} {:?} {:?} {} {:?} {:?} {:?} {:?}\n",
            error.kind(),
            error.hint(),
            error.message(),
            error.code(),
            error.param(),
            error.error_type(),
            error.request_id(),
        );
        let _ = write!(
            text,
            "{}",
            String::from_utf8_lossy(error.body().map_or(&[], |body| body))
        );
        let mut cause = error.source();
        while let Some(at) = cause {
            let _ = writeln!(text, "{at} {at:?}");
            cause = at.source();
        }
        self.0.lock().unwrap().push_str(&text);
    }

    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl io::Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap()
            .push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Shown {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Responses that contain the key: errors, tasks, and every field that error messages quote.
const ECHOES: &[(u16, &str)] = &[
    (
        401,
        r#"{"error":{"code":"KEY","message":"Incorrect API key provided: KEY.","type":"KEY","param":"KEY"}}"#,
    ),
    (
        400,
        r#"{"error":{"message":"{\"code\":\"x\",\"message\":\"no KEY\"}"}}"#,
    ),
    (502, "<html><head><title>Bearer KEY</title></head></html>"),
    (500, "Authorization: Bearer KEY"),
    (200, r#"{"success":false,"message":"no KEY"}"#),
    (200, "KEY"),
    (
        200,
        r#"{"id":"t","status":"failed","error":{"code":"generation_failed","message":"upstream said: KEY"}}"#,
    ),
    (
        200,
        r#"{"id":"t","status":"completed","result":{"data":[]},"metadata":{"authorization":"KEY"}}"#,
    ),
    (
        200,
        r#"{"id":"t","status":"KEY","progress":1,"model":"KEY"}"#,
    ),
];

#[tokio::test(start_paused = true)]
async fn echoed_key_is_never_shown_or_logged() {
    let logged = Shown::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(logged.clone())
        .init();
    let shown = Shown::default();
    for (status, body) in ECHOES {
        let origin = Origin::plain(|_| {
            let status = StatusCode::from_u16(*status).unwrap();
            (status, [("x-request-id", KEY)], body.replace("KEY", KEY)).into_response()
        })
        .await;
        let client = at(&origin).build().unwrap();
        shown.debug(&client);
        let prepared = client.images().prepare("A cat").unwrap();
        shown.debug(&prepared);
        let submit = prepared.submit();
        shown.debug(&submit);
        match submit.await {
            Ok(task) => shown.debug(&task),
            Err(error) => shown.error(&error),
        }
        let task = client.task("t");
        match task.fetch().await {
            Ok(snapshot) => shown.debug(&(snapshot.failure(), snapshot)),
            Err(error) => shown.error(&error),
        }
        let wait = task.wait();
        shown.debug(&wait);
        match wait.await {
            Ok(done) => shown.debug(&done),
            Err(error) => shown.error(&error),
        }
    }
    // The successful path, with TLS and HTTP/2.
    let authority = Authority::new();
    let files = Origin::plain(|asked| service(asked, "")).await;
    let url = files.url.clone();
    let certificate = authority.issue("127.0.0.1", 2090);
    let origin = Origin::tls(certificate, &["h2"], move |asked| service(asked, &url)).await;
    let builder = at(&origin).add_root_certificate(authority.pem());
    let client = builder.build().unwrap();
    let task = client.images().submit("A cat").await.unwrap();
    let done = task.wait().await.unwrap();
    done.images()[0].bytes().await.unwrap();
    shown.debug(&(
        client.images(),
        task,
        &done,
        &done.images()[0],
        toapis::ApiKey::new(KEY).unwrap(),
    ));
    // An unreachable host.
    let client = Client::builder()
        .api_key(KEY)
        .base_url("http://127.0.0.1:1")
        .build()
        .unwrap();
    shown.error(&client.task("t").fetch().await.unwrap_err());

    for (what, text) in [("shown", shown.text()), ("logged", logged.text())] {
        assert!(text.len() > 10_000, "something was {what}");
        if let Some(at) = text.find(KEY) {
            let start = text.floor_char_boundary(at.saturating_sub(300));
            panic!("{what}: {}", &text[start..at + 20]);
        }
    }
}
