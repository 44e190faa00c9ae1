//! Response bodies that gateways damaged: encodings, charsets, invalid or truncated JSON.

use std::io::Write as _;

use serde_json::json;
use test_case::test_case;
use toapis::TaskStatus;
use toapis_test_support::server::{Reply, ScriptedServer, json_response, response};

use crate::support::ServerExt as _;

const CREATED: &str = r#"{"id":"task_1","status":"queued"}"#;
const COMPLETED: &str =
    r#"{"id":"task_1","status":"completed","url":"https://files.example.com/1.png"}"#;

fn gzip(body: &str) -> Reply {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    let body = encoder.finish().unwrap();
    response(200, &[("content-encoding", "gzip")], body)
}

fn byte_order_mark(body: &str) -> Reply {
    response(200, &[], format!("\u{feff}{body}"))
}

fn utf16(body: &str) -> Reply {
    let body: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
    response(
        200,
        &[("content-type", "application/json; charset=utf-16le")],
        body,
    )
}

fn not_a_number(body: &str) -> Reply {
    response(
        200,
        &[],
        body.replacen('{', r#"{"progress":NaN,"cost":1e999,"#, 1),
    )
}

fn deeply_nested(body: &str) -> Reply {
    let nested = format!(r#"{{"debug":{}{},"#, "[".repeat(1000), "]".repeat(1000));
    response(200, &[], body.replacen('{', &nested, 1))
}

fn trailing_bytes(body: &str) -> Reply {
    response(200, &[], format!("{body}\0\n<!-- cached -->"))
}

fn truncated(body: &str) -> Reply {
    response(200, &[], body.replacen('}', r#","metadata":{"a":"#, 1))
}

#[test_case(gzip; "gzip")]
#[test_case(byte_order_mark; "byte order mark")]
#[test_case(utf16; "utf 16")]
#[test_case(not_a_number; "not a number")]
#[test_case(deeply_nested; "deeply nested")]
#[test_case(trailing_bytes; "trailing bytes")]
#[test_case(truncated; "truncated")]
#[tokio::test(start_paused = true)]
async fn damaged_bodies_still_lead_to_the_image(damage: fn(&str) -> Reply) {
    let server = ScriptedServer::start(move |_, request| {
        damage(if request.is_create() {
            CREATED
        } else {
            COMPLETED
        })
    })
    .await;
    let task = server.client().images().submit("a cat").await.unwrap();
    let done = task.wait().await.unwrap();
    assert_eq!(done.images()[0].url(), "https://files.example.com/1.png");
    assert_eq!((server.create_count(), done.polls()), (1, 1));
}

#[test_case(r#"{"id":"task_1","status":"completed","resul"#; "completed without the result")]
#[test_case(r#"{"id":"task_1","status":"failed","err"#; "failed without the error")]
#[test_case(r#"{"id":"task_1","sta"#; "without the status")]
#[tokio::test(start_paused = true)]
async fn truncated_poll_without_the_result_is_repeated(body: &'static str) {
    let server = ScriptedServer::start(move |before, _| match before {
        0 => response(200, &[], body),
        _ => json_response(200, json!({"id": "task_1", "status": "in_progress"})),
    })
    .await;
    let snapshot = server.client().task("task_1").fetch().await.unwrap();
    assert_eq!(*snapshot.status(), TaskStatus::InProgress);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn integer_id_of_any_length_is_kept() {
    let body = r#"{"id":123456789012345678901234567890,"status":"queued"}"#;
    let server = ScriptedServer::start(move |_, _| response(200, &[], body)).await;
    let task = server.client().images().submit("a cat").await.unwrap();
    assert_eq!(task.id().as_str(), "123456789012345678901234567890");
}

#[test_case(b"\x1f\x8b\x08\0garbage"; "invalid gzip")]
#[test_case(b"\x89PNG\r\n\x1a\n\0\0"; "image")]
#[tokio::test(start_paused = true)]
async fn binary_is_never_shown_as_text(body: &'static [u8]) {
    let server = ScriptedServer::start(move |_, _| response(400, &[], body)).await;
    let error = server.client().balance().await.unwrap_err();
    assert!(error.message().ends_with("bytes of binary data"), "{error}");
    assert!(!error.to_string().contains(char::is_control), "{error}");
    assert_eq!(error.body().unwrap(), body);
}
