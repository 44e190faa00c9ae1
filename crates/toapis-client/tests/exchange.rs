//! What leaves the client, seen by an exchange that answers by itself.

use std::sync::{Arc, Mutex};

use toapis_client::operations::{CREATE_IMAGE, GET_IMAGE_TASK, UPLOAD_IMAGE};
use toapis_client::{Client, Error, Exchange, ExchangeFuture, Inner, Operation, reqwest, types};

/// Answers every request with the same status and body, and keeps what it was asked.
struct Recorder {
    status: u16,
    body: &'static str,
    seen: Mutex<Vec<(reqwest::Request, &'static Operation)>>,
}

impl Recorder {
    fn new(status: u16, body: &'static str) -> Arc<Self> {
        Arc::new(Self {
            status,
            body,
            seen: Mutex::default(),
        })
    }

    fn only(&self) -> (reqwest::Request, &'static Operation) {
        let mut seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1);
        seen.remove(0)
    }
}

impl Exchange for Recorder {
    fn exchange<'a>(
        &'a self,
        _: &'a reqwest::Client,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> ExchangeFuture<'a> {
        self.seen.lock().unwrap().push((request, operation));
        let answer = http::Response::builder()
            .status(self.status)
            .body(self.body)
            .unwrap();
        Box::pin(async move { Ok(answer.into()) })
    }
}

fn client(recorder: &Arc<Recorder>) -> Client {
    // The crate leaves the choice of a TLS backend to its user.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().build().unwrap();
    Client::new_with_client(
        "http://127.0.0.1:9/gateway",
        http,
        Inner::new(recorder.clone()),
    )
}

#[tokio::test]
async fn no_header_of_the_generator_and_no_key_leave_by_themselves() {
    let recorder = Recorder::new(200, "{}");
    let mut request = types::ImageRequest::new("m".to_owned(), "p".to_owned());
    request.n = Some(1);
    request
        .extra
        .insert("field_of_tomorrow".to_owned(), true.into());
    client(&recorder).create_image(&request).await.unwrap();
    let (sent, operation) = recorder.only();
    assert_eq!(*operation, CREATE_IMAGE);
    assert_eq!(sent.url().path(), "/gateway/v1/images/generations");
    let mut headers: Vec<_> = sent
        .headers()
        .keys()
        .map(http::HeaderName::as_str)
        .collect();
    headers.sort_unstable();
    assert_eq!(headers, ["accept", "content-type"]);
    let body: serde_json::Value =
        serde_json::from_slice(sent.body().unwrap().as_bytes().unwrap()).unwrap();
    assert_eq!(
        body,
        serde_json::json!({"model": "m", "prompt": "p", "n": 1, "field_of_tomorrow": true})
    );
}

#[tokio::test]
async fn a_task_id_that_climbs_out_of_its_place_is_refused_before_it_is_sent() {
    for id in ["..", ".", ""] {
        let recorder = Recorder::new(200, "{}");
        let error = client(&recorder).get_image_task(id).await.unwrap_err();
        assert!(
            matches!(error, Error::InvalidRequest(_)),
            "{id:?}: {error:?}"
        );
        assert!(recorder.seen.lock().unwrap().is_empty(), "{id:?} was sent");
    }
}

#[tokio::test]
async fn a_task_id_of_any_other_form_reaches_its_place_encoded() {
    for (id, path) in [
        ("a/b", "a%2Fb"),
        ("..%2f", "..%252f"),
        ("a b?c#d", "a%20b%3Fc%23d"),
        ("task_1", "task_1"),
    ] {
        let recorder = Recorder::new(200, "{}");
        client(&recorder).get_image_task(id).await.unwrap();
        let (sent, operation) = recorder.only();
        assert_eq!(*operation, GET_IMAGE_TASK);
        assert_eq!(
            sent.url().path(),
            format!("/gateway/v1/images/generations/{path}")
        );
    }
}

#[tokio::test]
async fn every_failed_call_keeps_its_raw_response() {
    for (status, body) in [
        (502, "<html>"),
        (404, ""),
        (400, r#"{"error":{"code":1}}"#),
        (201, "{}"),
    ] {
        let recorder = Recorder::new(status, body);
        match client(&recorder).get_image_task("t").await.unwrap_err() {
            Error::UnexpectedResponse(response) => {
                assert_eq!(response.status(), status);
                assert_eq!(response.text().await.unwrap(), body);
            }
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_with_unknown_missing_and_null_fields_parses() {
    let body = r#"{"status":"moderating","result":null,"metadata":null,"data":null,"error":null,"new":[1]}"#;
    let recorder = Recorder::new(200, body);
    let task = client(&recorder)
        .get_image_task("t")
        .await
        .unwrap()
        .into_inner();
    assert_eq!(task.status.unwrap().to_string(), "moderating");
    assert_eq!((task.id, task.result, task.metadata), (None, None, None));
}

#[tokio::test]
async fn the_hand_written_upload_goes_through_the_same_exchange() {
    let recorder = Recorder::new(200, r#"{"success":true,"data":{"url":"u"}}"#);
    let part = reqwest::multipart::Part::bytes(vec![1, 2, 3]).file_name("a.png");
    let form = reqwest::multipart::Form::new().part("file", part);
    let result = client(&recorder)
        .upload_image(form)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(result.data.unwrap().url.as_deref(), Some("u"));
    let (sent, operation) = recorder.only();
    assert_eq!(*operation, UPLOAD_IMAGE);
    assert_eq!(sent.url().path(), "/gateway/v1/uploads/images");
    let kind = sent.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
}

#[tokio::test]
async fn a_client_can_be_given_another_exchange_for_one_call() {
    let first = Recorder::new(200, "{}");
    let second = Recorder::new(200, "{}");
    let client = client(&first);
    client
        .with_exchange(second.clone())
        .get_key_balance()
        .await
        .unwrap();
    assert!(first.seen.lock().unwrap().is_empty());
    assert_eq!(second.only().1.id, "getKeyBalance");
}

#[test]
fn an_exchange_is_never_printed() {
    struct Secret(#[expect(dead_code, reason = "it is held to be found in a print")] &'static str);
    impl Exchange for Secret {
        fn exchange<'a>(
            &'a self,
            c: &'a reqwest::Client,
            r: reqwest::Request,
            _: &'static Operation,
        ) -> ExchangeFuture<'a> {
            Box::pin(c.execute(r))
        }
    }
    let inner = Inner::new(Arc::new(Secret("sk-1")));
    assert_eq!(format!("{inner:?}"), "Inner { .. }");
}

#[test]
fn calls_are_send() {
    fn is_send<T: Send>(_: &T) {}
    let recorder = Recorder::new(200, "{}");
    let client = client(&recorder);
    let request = types::ImageRequest::new(String::new(), String::new());
    is_send(&client.create_image(&request));
    is_send(&client.upload_image(reqwest::multipart::Form::new()));
}
