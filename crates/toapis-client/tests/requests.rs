//! The requests that the client builds, and what it makes of responses.

use std::sync::Once;

use serde_json::{Value, json};
use test_case::test_case;
use toapis_client::{Client, Error, reqwest, types};
use toapis_test_support::server::{ScriptedServer, response};

fn client(base_url: &str) -> Client {
    static PROVIDER: Once = Once::new();
    // The crate leaves the choice of a TLS provider to its users.
    PROVIDER.call_once(|| {
        rustls::crypto::ring::default_provider()
            .install_default()
            .unwrap();
    });
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    Client::new_with_client(base_url, http)
}

fn offline_client() -> Client {
    client("http://127.0.0.1:9/gateway")
}

fn request() -> types::ImageRequest {
    types::ImageRequest::new("m".to_owned(), "p".to_owned())
}

async fn server(status: u16, body: &'static str) -> ScriptedServer {
    ScriptedServer::start(move |_, _| response(status, &[], body)).await
}

#[test]
fn create_has_no_headers_beyond_the_contract() {
    let mut body = request();
    body.n = Some(1);
    body.extra.insert("new_field".to_owned(), true.into());
    let sent = offline_client().create_image_request(&body).unwrap();
    assert_eq!(sent.url().path(), "/gateway/v1/images/generations");
    let mut headers: Vec<_> = sent.headers().keys().map(ToString::to_string).collect();
    headers.sort_unstable();
    assert_eq!(headers, ["accept", "content-type"]);
    let body: Value = serde_json::from_slice(sent.body().unwrap().as_bytes().unwrap()).unwrap();
    let expected = json!({"model": "m", "prompt": "p", "n": 1, "new_field": true});
    assert_eq!(body, expected);
}

#[test_case(".."; "parent")]
#[test_case("."; "current")]
#[test_case(""; "empty")]
#[tokio::test]
async fn task_id_that_changes_the_path_is_not_sent(id: &str) {
    let server = server(200, "{}").await;
    let error = client(&server.url).get_image_task(id).await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(_)), "{error:?}");
    assert!(server.requests().is_empty());
}

#[test_case("a/b", "a%2Fb"; "slash")]
#[test_case("..%2f", "..%252f"; "percent")]
#[test_case("a b?c#d", "a%20b%3Fc%23d"; "space, query and fragment")]
#[test_case("task_1", "task_1"; "plain")]
fn task_id_is_percent_encoded(id: &str, segment: &str) {
    let sent = offline_client().get_image_task_request(id).unwrap();
    let expected = format!("/gateway/v1/images/generations/{segment}");
    assert_eq!(sent.url().path(), expected);
}

#[test_case(502, "<html>"; "html")]
#[test_case(404, ""; "empty")]
#[test_case(400, r#"{"error":{"code":1}}"#; "json")]
#[test_case(201, "{}"; "undocumented success")]
#[tokio::test]
async fn error_keeps_the_response(status: u16, body: &'static str) {
    let server = server(status, body).await;
    let error = client(&server.url).get_image_task("t").await.unwrap_err();
    let Error::UnexpectedResponse(response) = error else {
        panic!("expected UnexpectedResponse, got {error:?}");
    };
    assert_eq!(response.status(), status);
    assert_eq!(response.text().await.unwrap(), body);
}

#[tokio::test]
async fn unknown_missing_and_null_fields_are_accepted() {
    let body = r#"{"status":"moderating","result":null,"metadata":null,"data":null,"error":null,"new":[1]}"#;
    let server = server(200, body).await;
    let response = client(&server.url).get_image_task("t").await.unwrap();
    let task = response.into_inner();
    assert_eq!(task.status.unwrap().to_string(), "moderating");
    assert_eq!((task.id, task.result, task.metadata), (None, None, None));
}

#[tokio::test]
async fn upload_sends_a_multipart_form() {
    let server = server(200, r#"{"success":true,"data":{"url":"u"}}"#).await;
    let part = reqwest::multipart::Part::bytes(vec![1, 2, 3]).file_name("a.png");
    let form = reqwest::multipart::Form::new().part("file", part);
    let response = client(&server.url).upload_image(form).await.unwrap();
    assert_eq!(response.into_inner().data.unwrap().url.unwrap(), "u");
    let sent = server.requests().remove(0);
    assert_eq!(sent.path, "/v1/uploads/images");
    assert_eq!(sent.header("authorization"), None);
    let content_type = sent.header("content-type").unwrap();
    let prefix = "multipart/form-data; boundary=";
    assert!(content_type.starts_with(prefix), "{content_type}");
}

#[test]
fn futures_are_send() {
    fn assert_send<T: Send>(_: &T) {}
    let client = offline_client();
    let request = request();
    assert_send(&client.create_image(&request));
    assert_send(&client.upload_image(reqwest::multipart::Form::new()));
}
