//! Faults that change what an answer says, and answers that stand in for it.

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use toapis_contract::Contract;

use super::{Action, Envelope, Place};
use crate::api::{Answer, Op};

/// The page of a gateway that could not reach the service.
const PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

/// The answer that an action gives in place of the service's, if it gives one.
pub(crate) fn stand_in(contract: &Contract, action: &Action, op: Option<Op>) -> Option<Answer> {
    match action {
        Action::Html { status, .. } => {
            let name = format!(
                "{} {}",
                status.as_u16(),
                status.canonical_reason().unwrap_or("Error")
            );
            Some(Answer::new(
                *status,
                "text/html",
                PAGE.replace("502 Bad Gateway", &name),
            ))
        }
        Action::Empty { status, .. } => Some(Answer {
            status: *status,
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
        }),
        Action::Status {
            status,
            code,
            envelope,
            retry_after,
            message,
            ..
        } => {
            let code = code
                .clone()
                .unwrap_or_else(|| known_code(contract, *status));
            let message = message
                .clone()
                .unwrap_or_else(|| format!("{} (made by a fault)", code.replace('_', " ")));
            let envelope = envelope.unwrap_or_else(|| usual(op, *status));
            let mut answer = Answer::json(*status, &wrap(envelope, *status, &code, &message));
            if let Some(seconds) = retry_after {
                answer = answer.header(&RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Some(answer)
        }
        _ => None,
    }
}

/// The first code that the contract's table has for a status.
fn known_code(contract: &Contract, status: StatusCode) -> String {
    let rows = contract
        .document()
        .get("x-errors")
        .and_then(Value::as_array);
    let row = rows
        .into_iter()
        .flatten()
        .find(|row| row["status"] == status.as_u16());
    row.and_then(|row| row["code"].as_str())
        .unwrap_or("internal_error")
        .to_owned()
}

/// The envelope in which an operation usually gives a status.
fn usual(op: Option<Op>, status: StatusCode) -> Envelope {
    match (op, status.as_u16()) {
        (Some(Op::Upload), 400) => Envelope::Failure,
        (Some(Op::Status), 400) => Envelope::Message,
        (_, 402) | (Some(Op::Status), 401 | 404) => Envelope::Gateway,
        (Some(op), 401 | 429) if op.speaks_numbers() && op != Op::Status => Envelope::Gateway,
        _ => Envelope::Api,
    }
}

fn wrap(envelope: Envelope, status: StatusCode, code: &str, message: &str) -> Value {
    match envelope {
        Envelope::Api => json!({ "error": { "code": code, "message": message } }),
        Envelope::NewApi => {
            json!({ "error": { "code": code, "message": message, "type": "new_api_error" } })
        }
        Envelope::Gateway => {
            json!({ "error": { "code": status.as_u16(), "message": message, "type": code } })
        }
        Envelope::Failure => json!({ "success": false, "message": message }),
        Envelope::Message => json!({ "message": code }),
        Envelope::Flat => json!({ "code": code, "message": message, "data": null }),
        Envelope::Nested => {
            let inner = json!({ "code": code, "message": message }).to_string();
            json!({ "error": { "code": "bad_response_status_code", "message": inner } })
        }
        Envelope::Text => json!({ "error": message }),
    }
}

/// Changes what a good answer says, and tells whether it did. `polls` is how often the task was asked for.
pub(crate) fn reshape(action: &Action, body: &mut Map<String, Value>, polls: u32) -> bool {
    let status = body
        .get("status")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match action {
        Action::UnknownState { name } if matches!(status, "pending" | "queued" | "in_progress") => {
            body.insert("status".into(), name.as_str().into());
            true
        }
        Action::Flap if status == "in_progress" && polls.is_multiple_of(2) => {
            body.insert("status".into(), "queued".into());
            body.insert("progress".into(), 0.into());
            true
        }
        Action::WrongType { field } => body
            .get_mut(field)
            .map(|value| *value = other_type(value))
            .is_some(),
        Action::IdUnder { name } => body
            .remove("id")
            .map(|id| body.insert(name.clone(), id))
            .is_some(),
        Action::ResultIn(place) => elsewhere(body, *place),
        _ => false,
    }
}

/// The same content as another type of JSON.
fn other_type(value: &Value) -> Value {
    match value {
        Value::String(text) => json!([text]),
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(flag) => Value::String(flag.to_string()),
        Value::Null => json!({}),
        Value::Array(_) | Value::Object(_) => Value::String(value.to_string()),
    }
}

fn elsewhere(body: &mut Map<String, Value>, place: Place) -> bool {
    let Some(mut result) = body.remove("result") else {
        return false;
    };
    let data = result.get_mut("data").map(Value::take).unwrap_or_default();
    let first = data.pointer("/0/url").cloned().unwrap_or_default();
    match place {
        Place::ResultUrl => {
            body.insert("result".into(), json!({ "type": "image", "url": first }));
        }
        Place::Url => {
            body.insert("url".into(), first);
        }
        Place::Data => {
            body.insert("data".into(), data);
        }
        Place::Output => {
            body.insert("output".into(), json!({ "images": data }));
        }
        Place::Nowhere => {}
    }
    true
}
