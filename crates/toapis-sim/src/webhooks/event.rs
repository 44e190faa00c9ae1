//! The body, headers and signature of an event.

use std::fmt::Write as _;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONTENT_TYPE, USER_AGENT},
};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    account::Webhook,
    clock::SimInstant,
    rng::{RngStream, rng_for, ulid},
    state::{AppState, Task, TaskOutcome},
    task_object::TaskResult,
};

/// The documented user agent of webhook deliveries.
const WEBHOOK_USER_AGENT: &str = "ToAPIs-Webhook/1.0";

/// An event. Every delivery of it has the same id and body.
pub(super) struct Event {
    pub(super) id: String,
    pub(super) body: Bytes,
}

impl Event {
    /// Creates the event of a task that ended.
    pub(super) fn task_ended(app: &AppState, task: &Task, number: u64) -> Self {
        let finished_at = app.clock.to_unix(task.timeline.finished);
        let (event_type, status, result, error) = match task.outcome() {
            TaskOutcome::Completed => (
                "generation.completed",
                "SUCCESS",
                Some(TaskResult::new(app, task)),
                Value::Null,
            ),
            TaskOutcome::Failed(failure) => {
                let error = json!({ "code": failure.code, "message": failure.message });
                ("generation.failed", "FAILURE", None, error)
            }
        };
        let mut data = json!({
            "task_id": *task.id,
            "task_type": "image",
            "model": task.model,
            "status": status,
            "progress": "100%",
            "result": result,
            "error": error,
            "submitted_at": app.clock.to_unix(task.timeline.accepted),
            "finished_at": finished_at,
        });
        if let Some(business_id) = &task.business_id {
            data["client_business_id"] = Value::from(&**business_id);
        }
        Self::new(app, number, event_type, finished_at, &data)
    }

    /// Creates the event with which the console tests a webhook.
    pub(super) fn test(app: &AppState, now: SimInstant, number: u64) -> Self {
        let created_at = app.clock.to_unix(now);
        let data = json!({
            "task_id": "endpoint_test",
            "task_type": "image",
            "status": "SUCCESS",
            "progress": "100%",
            "result": { "message": "This is a test event" },
            "error": null,
            "submitted_at": 0,
            "finished_at": 0,
        });
        Self::new(app, number, "endpoint.test", created_at, &data)
    }

    fn new(app: &AppState, number: u64, event_type: &str, created_at: u64, data: &Value) -> Self {
        let mut rng = rng_for(app.config.seed(), RngStream::Event, number);
        let id = format!("evt_{}", ulid(&mut rng, number));
        let body = json!({
            "id": id,
            "type": event_type,
            "api_version": "v1",
            "created_at": created_at,
            "data": data,
        });
        Self {
            id,
            body: body.to_string().into(),
        }
    }

    /// Returns the headers of a delivery. Each secret of the webhook signs id, timestamp and body.
    ///
    /// The timestamp is the receiver's time: receivers reject a signature of another time, also
    /// after a test has advanced the simulator's clock.
    pub(super) fn headers(&self, app: &AppState, webhook: &Webhook) -> HeaderMap {
        let config = &app.contract_data.webhook;
        let timestamp = app.clock.client_unix().to_string();
        let signatures: Vec<String> = webhook
            .secrets
            .iter()
            .map(|secret| {
                let signature = self.sign(secret, &timestamp);
                format!("{}={signature}", config.signature_version)
            })
            .collect();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(WEBHOOK_USER_AGENT));
        for (name, value) in [
            (&config.id_header, &self.id),
            (&config.timestamp_header, &timestamp),
            (&config.signature_header, &signatures.join(",")),
        ] {
            // The names are the contract's and the values letters and digits: both are valid.
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                headers.insert(name, value);
            }
        }
        headers
    }

    fn sign(&self, secret: &[u8], timestamp: &str) -> String {
        // HMAC accepts a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
            return String::new();
        };
        for part in [
            self.id.as_bytes(),
            b".",
            timestamp.as_bytes(),
            b".",
            &self.body,
        ] {
            mac.update(part);
        }
        to_hex(&mac.finalize().into_bytes())
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
