//! Parses a task from a response, wherever its id and its images are.
//!
//! Documented fields are read by their types. The names below are undocumented places that
//! gateways of this family use: a paid task must not be lost because of an envelope.

use bytes::Bytes;
use serde_json::Value;
use toapis_client::types;

use super::TaskSnapshot;
use crate::generated::statuses::TaskStatus;
use crate::ids::{BusinessId, TaskId};
use crate::image::ResultItem;
use crate::transport::{lenient, lenient_value, parse_truncated_object};

/// Fields of an envelope that contain the task.
const WRAPPERS: [&str; 5] = ["data", "task", "result", "response", "output"];
/// Fields that contain the id.
const IDS: [&str; 2] = ["id", "task_id"];
/// Undocumented fields in which images were seen.
const RESULT_KEYS: [&str; 9] = [
    "result",
    "data",
    "output",
    "outputs",
    "images",
    "image",
    "image_url",
    "urls",
    "results",
];
/// Maximum depth of envelopes.
const DEPTH: u8 = 3;
/// Maximum depth of images. Arrays and objects both count.
const IMAGE_DEPTH: u8 = 6;

/// Parses the task of a response. `requested` is the id that was requested for, which a response
/// may omit. Returns `None` if it isn't a task.
pub(crate) fn parse_task(
    typed: types::Task,
    body: &Bytes,
    requested: Option<&TaskId>,
) -> Option<TaskSnapshot> {
    let typed = if is_task(&typed) {
        typed
    } else {
        unwrap(body)?
    };
    if typed.status.is_none()
        && is_failure_envelope(&serde_json::from_slice(body).unwrap_or_default())
    {
        return None;
    }
    let id = match typed
        .id
        .filter(|id| !id.trim().is_empty())
        .or(typed.task_id.filter(|id| !id.trim().is_empty()))
    {
        Some(id) => TaskId::from_service(id),
        None => match find_id(&serde_json::from_slice(body).ok()?, DEPTH) {
            Some(id) => TaskId::from_service(id),
            None => requested?.clone(),
        },
    };
    let mut items = Vec::new();
    let (in_result, of_result) = typed
        .result
        .map(|result| (result.data, result.url))
        .unwrap_or_default();
    for image in in_result.into_iter().chain(typed.data).flatten() {
        items.extend(ResultItem::from_wire(image));
    }
    items.extend(
        of_result
            .into_iter()
            .chain(typed.url)
            .map(ResultItem::from_url),
    );
    let state = typed.status.map_or_else(
        || TaskStatus::from(String::new()),
        |status| TaskStatus::read(status.as_str()),
    );
    items.retain(|part| !part.url.trim().is_empty());
    if items.is_empty() && state == TaskStatus::Completed {
        search(
            &serde_json::from_slice(body).unwrap_or_default(),
            IMAGE_DEPTH,
            &mut items,
        );
    }
    if items.len() > 1 {
        let mut seen = std::collections::HashSet::new();
        items.retain(|part| seen.insert(part.url.clone()));
    }
    Some(TaskSnapshot {
        id,
        business_id: typed
            .client_business_id
            .and_then(|id| BusinessId::new(id).ok()),
        status: state,
        progress: typed
            .progress
            .and_then(|progress| u8::try_from(progress.clamp(0, 100)).ok()),
        model: typed.model,
        created_at: typed.created_at,
        completed_at: typed.completed_at,
        expires_at: typed.expires_at,
        items,
        raw: body.clone(),
    })
}

/// Parses a task from a response that breaks off, if its id is complete. Fields after the break are
/// missing. Returns `None` if the part before it contains an error.
pub(crate) fn parse_truncated_task(body: &Bytes) -> Option<TaskSnapshot> {
    let complete = parse_truncated_object(body);
    if complete.contains_key("error") {
        return None;
    }
    let fields = Value::Object(complete);
    let id = find_id(&fields, 0)?;
    let readable = Bytes::from(serde_json::to_vec(&fields).unwrap_or_default());
    let typed = lenient(&readable).unwrap_or_default();
    let mut snapshot = parse_task(typed, &readable, Some(&TaskId::from_service(id)))?;
    snapshot.raw = body.clone();
    Some(snapshot)
}

fn is_task(typed: &types::Task) -> bool {
    let named = [&typed.id, &typed.task_id]
        .into_iter()
        .flatten()
        .any(|id| !id.trim().is_empty());
    // An id next to an error and without a status is the id of a request.
    (named && (typed.error.is_none() || typed.status.is_some())) || typed.status.is_some()
}

/// Returns the task inside an envelope.
fn unwrap(body: &Bytes) -> Option<types::Task> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let mut found = None;
    let mut level = vec![&value];
    for _ in 0..DEPTH {
        let mut inner = Vec::new();
        for value in level {
            for name in WRAPPERS {
                match value.get(name) {
                    Some(object @ Value::Object(_)) => inner.push(object),
                    Some(Value::Array(items)) => inner.extend(items.first()),
                    _ => {}
                }
            }
        }
        found = inner
            .iter()
            .filter_map(|value| lenient_value((*value).clone()))
            .find(is_task);
        level = inner;
        if found.is_some() {
            break;
        }
    }
    if value.get("error").is_some_and(|error| !error.is_null()) {
        return found;
    }
    // An id alone is a task as well.
    found.or_else(|| {
        find_id(&value, DEPTH).map(|id| types::Task {
            id: Some(id),
            ..types::Task::default()
        })
    })
}

/// Returns true if a response with status 200 reports a failure. An id in it can be that of a
/// request.
fn is_failure_envelope(value: &Value) -> bool {
    let failed = match value.get("code") {
        Some(Value::Number(code)) => code.as_f64(),
        Some(Value::String(code)) => code.trim().parse().ok(),
        _ => None,
    };
    value.get("success") == Some(&Value::Bool(false))
        || failed.is_some_and(|code: f64| code >= 400.0)
}

/// Returns the id of a task, from any place in a success.
fn find_id(value: &Value, depth: u8) -> Option<String> {
    match value {
        Value::Object(map) => {
            let own = IDS.iter().find_map(|name| match map.get(*name)? {
                Value::String(id) if !id.trim().is_empty() => Some(id.clone()),
                Value::Number(id) => Some(id.to_string()),
                _ => None,
            });
            own.or_else(|| {
                let depth = depth.checked_sub(1)?;
                WRAPPERS
                    .iter()
                    .find_map(|name| find_id(map.get(*name)?, depth))
            })
        }
        Value::Array(items) => find_id(items.first()?, depth.checked_sub(1)?),
        _ => None,
    }
}

/// Collects URLs from the fields in which images were seen; never from an echo of the request.
fn search(value: &Value, depth: u8, items: &mut Vec<ResultItem>) {
    match value {
        Value::String(text) if text.starts_with("http://") || text.starts_with("https://") => {
            items.push(ResultItem::from_url(text.clone()));
        }
        Value::Array(values) if depth > 0 => {
            for value in values {
                search(value, depth - 1, items);
            }
        }
        Value::Object(map) if depth > 0 => {
            if let Some(url) = map.get("url") {
                search(url, depth - 1, items);
            }
            for name in RESULT_KEYS {
                if let Some(inner) = map.get(name) {
                    search(inner, depth - 1, items);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(body: &str) -> Option<TaskSnapshot> {
        let body = Bytes::copy_from_slice(body.as_bytes());
        parse_task(lenient(&body)?, &body, None)
    }

    #[test]
    fn id_is_found_in_any_known_place() {
        for body in [
            r#"{"id":"t","status":"queued"}"#,
            r#"{"task_id":"t"}"#,
            r#"{"id":"","task_id":"t"}"#,
            r#"{"id":" ","task_id":"t"}"#,
            r#"{"code":200,"data":{"task_id":"t","status":"queued"}}"#,
            r#"{"code":200,"data":[{"task_id":"t","status":"submitted"}]}"#,
            r#"{"data":{"data":{"id":"t"}}}"#,
            r#"{"success":true,"task":{"id":"t","progress":"odd"}}"#,
        ] {
            assert_eq!(task(body).unwrap().id.as_str(), "t", "{body}");
        }
        assert_eq!(task(r#"{"id":7}"#).unwrap().id.as_str(), "7");
        for body in [
            "{}",
            r#"{"data":null}"#,
            r#"{"message":"x"}"#,
            r#"{"error":{"id":"t"}}"#,
            r#"{"success":false,"message":"busy","id":"req_1"}"#,
            r#"{"code":500,"message":"busy","data":{"id":"req_1"}}"#,
            r#"{"code":"503","message":"busy","id":"req_1"}"#,
            r#"{"id":" ","status":"completed"}"#,
        ] {
            assert!(task(body).is_none(), "{body}");
        }
    }

    #[test]
    fn images_are_found_once_in_any_known_place() {
        for (body, urls) in [
            (
                r#"{"id":"t","status":"completed","result":{"data":[{"url":"http://a"},{"url":"http://b"}]}}"#,
                vec!["http://a", "http://b"],
            ),
            (
                r#"{"id":"t","status":"completed","result":{"url":"http://a"},"url":"http://a"}"#,
                vec!["http://a"],
            ),
            (
                r#"{"id":"t","status":"completed","url":"http://a"}"#,
                vec!["http://a"],
            ),
            (
                r#"{"id":"t","status":"completed","data":[{"url":"http://a"}]}"#,
                vec!["http://a"],
            ),
            (
                r#"{"id":"t","status":"completed","result":"http://a"}"#,
                vec!["http://a"],
            ),
            (
                r#"{"id":"t","status":"completed","result":{"images":["http://a","http://b"]}}"#,
                vec!["http://a", "http://b"],
            ),
            (
                r#"{"id":"t","status":"completed","output":{"image_url":{"url":"http://a"}}}"#,
                vec!["http://a"],
            ),
            (
                r#"{"id":"t","status":"completed","output":{"images":[{"url":"http://a"}]}}"#,
                vec!["http://a"],
            ),
            (
                r#"{"code":0,"data":{"id":"t","status":"completed","result":{"data":[{"url":"http://a"}]}}}"#,
                vec!["http://a"],
            ),
            (
                r#"{"id":"t","status":"completed","metadata":{"image_urls":["http://mine"]}}"#,
                vec![],
            ),
        ] {
            assert_eq!(
                task(body).unwrap().urls().collect::<Vec<_>>(),
                urls,
                "{body}"
            );
        }
    }

    #[test]
    fn unexpected_field_or_status_keeps_the_task() {
        let got = task(r#"{"id":"t","status":"Moderating","progress":"12%","created_at":"now","metadata":null}"#).unwrap();
        assert_eq!(got.status.as_str(), "Moderating");
        assert!(!got.status.is_final());
        assert_eq!(got.progress, None);
        assert_eq!(
            task(r#"{"id":"t","status":" COMPLETED "}"#).unwrap().status,
            TaskStatus::Completed
        );
        assert_eq!(
            task(r#"{"id":"t","progress":400}"#).unwrap().progress,
            Some(100)
        );
    }
}
