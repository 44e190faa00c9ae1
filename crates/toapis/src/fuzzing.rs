//! Invariants of response parsing, for the fuzzer and property tests.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use toapis_client::types;

use crate::error::Error;
use crate::task::{TaskSnapshot, parse_task, parse_truncated_task};
use crate::transport::{RawResponse, Transport, lenient};
use crate::webhook::WebhookEvent;

/// One status of each class that is handled differently.
const STATUSES: [u16; 9] = [200, 302, 400, 401, 403, 422, 429, 500, 503];

/// Parses a body in every way that responses are parsed, with every class of status.
///
/// # Panics
///
/// Panics if an invariant is broken: errors keep status and body and are one line; parsed tasks
/// have an id.
pub fn check_response(body: &[u8]) {
    let body = Bytes::copy_from_slice(body);
    for status in STATUSES {
        let reply = RawResponse {
            status: StatusCode::from_u16(status).unwrap_or_default(),
            headers: HeaderMap::new(),
            body: body.clone(),
        };
        check_error(
            &Error::from(Transport::error_from_response(&reply)),
            status,
            &body,
        );
        if reply.status.is_success()
            && let Some(snapshot) = parse_truncated_task(&reply.body)
        {
            check_snapshot(&snapshot);
        }
    }
    if let Some(snapshot) =
        lenient::<types::Task>(&body).and_then(|task| parse_task(task, &body, None))
    {
        check_snapshot(&snapshot);
    }
    if let Some(list) = lenient::<types::ModelList>(&body) {
        let _ = format!("{list:?}");
    }
    match WebhookEvent::parse(&body) {
        Ok(event) => assert!(!event.id().is_empty()),
        Err(error) => assert!(error.is_webhook()),
    }
}

fn check_error(error: &Error, status: u16, body: &Bytes) {
    check_one_line(error);
    assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
    let kept = error.body().map_or(&[][..], |kept| kept);
    assert!(body.starts_with(kept) && (kept.len() == body.len() || kept.len() >= 1024));
    let _ = (format!("{error:?}"), error.hint(), error.is_retryable());
}

fn check_one_line(error: &Error) {
    let shown = error.to_string();
    assert!(
        !shown.contains(['\n', '\r']),
        "more than one line: {shown:?}"
    );
}

fn check_snapshot(snapshot: &TaskSnapshot) {
    assert!(!snapshot.id().as_str().trim().is_empty(), "{snapshot:?}");
    assert!(snapshot.progress().is_none_or(|progress| progress <= 100));
    assert!(snapshot.urls().all(|url| !url.trim().is_empty()));
    let _ = (
        snapshot.expires_at(),
        snapshot.to_json(),
        snapshot.failure(),
    );
    for error in [snapshot.failed(), snapshot.without_result()] {
        assert_eq!(error.task_id(), Some(snapshot.id()));
        check_one_line(&error);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    /// Field names that parsers look for, so that generated bodies pass their first checks.
    const NAMES: &[&str] = &[
        "id",
        "task_id",
        "status",
        "progress",
        "result",
        "data",
        "url",
        "error",
        "code",
        "message",
        "type",
        "task",
        "created_at",
        "client_business_id",
        "success",
        "metadata",
        "images",
    ];

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
            prop::sample::select(vec![
                "completed",
                "failed",
                " ",
                "a\rb",
                "https://f/a.png",
                "{\"code\":1,\"message\":\"x\\ny\"}"
            ])
            .prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((prop::sample::select(NAMES), inner), 0..6).prop_map(
                    |fields| {
                        fields
                            .into_iter()
                            .map(|(name, value)| (name.to_owned(), value))
                            .collect()
                    }
                ),
            ]
        })
    }

    #[test]
    fn what_the_fuzzer_found_keeps_the_laws() {
        let bodies = [r#"{"id": "task\rreview", "object": "model"}"#];
        for body in bodies {
            super::check_response(body.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_keep_the_laws(body: Vec<u8>) {
            super::check_response(&body);
        }

        #[test]
        fn anything_like_a_task_keeps_the_laws_whole_and_cut(body in values(), cut: prop::sample::Index) {
            let body = body.to_string();
            super::check_response(body.as_bytes());
            super::check_response(&body.as_bytes()[..cut.index(body.len() + 1)]);
        }
    }
}
