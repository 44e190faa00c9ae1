//! Faults that change the content of a response, or replace it.

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use toapis_openapi::extensions::Errors;

use super::{Action, Endpoint, Envelope, ResultLocation};
use crate::{operation::Operation, server::BufferedResponse};

/// The HTML page of a gateway that cannot reach the service.
const GATEWAY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

/// Returns the response that replaces the service's, if the action has one.
pub(crate) fn override_response(
    errors: &Errors,
    action: &Action,
    endpoint: Endpoint,
) -> Option<BufferedResponse> {
    match action {
        Action::Html { status, .. } => {
            let name = format!(
                "{} {}",
                status.as_u16(),
                status.canonical_reason().unwrap_or("Error")
            );
            Some(BufferedResponse::new(
                *status,
                "text/html",
                GATEWAY_PAGE.replace("502 Bad Gateway", &name),
            ))
        }
        Action::Empty { status, .. } => Some(BufferedResponse::empty(*status)),
        Action::Status {
            status,
            code,
            envelope,
            retry_after,
            message,
            ..
        } => {
            let code = code.clone().unwrap_or_else(|| known_code(errors, *status));
            let message = message
                .clone()
                .unwrap_or_else(|| format!("{} (simulated fault)", code.replace('_', " ")));
            let envelope = envelope.unwrap_or_else(|| usual_envelope(endpoint, *status));
            let mut response =
                BufferedResponse::json(*status, &error_body(envelope, *status, &code, &message));
            if let Some(seconds) = retry_after {
                response = response.with_header(&RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Some(response)
        }
        _ => None,
    }
}

/// Returns the first code of the contract's error table for a status.
fn known_code(errors: &Errors, status: StatusCode) -> String {
    let row = errors.0.iter().find(|row| row.status == status.as_u16());
    row.map_or("internal_error", |row| &row.code).to_owned()
}

/// Returns the envelope that the service uses for a status.
fn usual_envelope(endpoint: Endpoint, status: StatusCode) -> Envelope {
    let operation = endpoint.operation();
    match (operation, status.as_u16()) {
        (Some(Operation::Upload), 400) => Envelope::SuccessFalse,
        (Some(Operation::Status), 400) => Envelope::Message,
        (_, 402) | (Some(Operation::Status), 401 | 404) => Envelope::NumericCode,
        (Some(operation), 401 | 429)
            if operation.uses_numeric_codes() && operation != Operation::Status =>
        {
            Envelope::NumericCode
        }
        _ => Envelope::ErrorObject,
    }
}

fn error_body(envelope: Envelope, status: StatusCode, code: &str, message: &str) -> Value {
    match envelope {
        Envelope::ErrorObject => json!({ "error": { "code": code, "message": message } }),
        Envelope::NewApi => {
            json!({ "error": { "code": code, "message": message, "type": "new_api_error" } })
        }
        Envelope::NumericCode => {
            json!({ "error": { "code": status.as_u16(), "message": message, "type": code } })
        }
        Envelope::SuccessFalse => json!({ "success": false, "message": message }),
        Envelope::Message => json!({ "message": code }),
        Envelope::Flat => json!({ "code": code, "message": message, "data": null }),
        Envelope::Nested => {
            let inner = json!({ "code": code, "message": message }).to_string();
            json!({ "error": { "code": "bad_response_status_code", "message": inner } })
        }
        Envelope::Text => json!({ "error": message }),
    }
}

/// Changes a successful response. Returns true if it did.
///
/// `polls` is the number of polls of the task so far.
pub(crate) fn mutate_response(action: &Action, body: &mut Map<String, Value>, polls: u32) -> bool {
    let status = body
        .get("status")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match action {
        Action::UnknownStatus { name }
            if matches!(status, "pending" | "queued" | "in_progress") =>
        {
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
        Action::ResultIn(location) => move_result(body, *location),
        _ => false,
    }
}

/// Returns the same content as another JSON type.
fn other_type(value: &Value) -> Value {
    match value {
        Value::String(text) => json!([text]),
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(flag) => Value::String(flag.to_string()),
        Value::Null => json!({}),
        Value::Array(_) | Value::Object(_) => Value::String(value.to_string()),
    }
}

/// Moves the images of a completed task to another place.
fn move_result(body: &mut Map<String, Value>, location: ResultLocation) -> bool {
    let Some(mut result) = body.remove("result") else {
        return false;
    };
    let data = result.get_mut("data").map(Value::take).unwrap_or_default();
    let first = data.pointer("/0/url").cloned().unwrap_or_default();
    match location {
        ResultLocation::ResultUrl => {
            body.insert("result".into(), json!({ "type": "image", "url": first }));
        }
        ResultLocation::Url => {
            body.insert("url".into(), first);
        }
        ResultLocation::Data => {
            body.insert("data".into(), data);
        }
        ResultLocation::Output => {
            body.insert("output".into(), json!({ "images": data }));
        }
        ResultLocation::Nowhere => {}
    }
    true
}
