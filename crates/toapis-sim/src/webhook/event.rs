//! An event as it stands on the wire, and its signature.

use std::fmt::Write as _;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    account::Webhook,
    api::task_result,
    clock::Moment,
    dice::{Purpose, dice, ulid},
    world::{Outcome, Task, World},
};

/// An event that happened; every delivery of it has the same id and body.
pub(super) struct Event {
    pub(super) id: String,
    pub(super) body: Bytes,
}

impl Event {
    /// What is told about a task that has ended.
    pub(super) fn of(world: &World, task: &Task, number: u64) -> Self {
        let finished_at = world.clock.unix(task.timeline.finished);
        let (kind, status, result, error) = match task.outcome() {
            Outcome::Completed => (
                "generation.completed",
                "SUCCESS",
                Some(task_result(world, task)),
                Value::Null,
            ),
            Outcome::Failed(failure) => {
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
            "submitted_at": world.clock.unix(task.timeline.accepted),
            "finished_at": finished_at,
        });
        if let Some(own) = &task.business_id {
            data["client_business_id"] = Value::from(&**own);
        }
        Self::new(world, number, kind, finished_at, &data)
    }

    /// What the console sends to try an address.
    pub(super) fn test(world: &World, now: Moment, number: u64) -> Self {
        Self::new(
            world,
            number,
            "endpoint.test",
            world.clock.unix(now),
            &Value::Null,
        )
    }

    fn new(world: &World, number: u64, kind: &str, created_at: u64, data: &Value) -> Self {
        let id = format!(
            "evt_{}",
            ulid(
                &mut dice(world.settings.seed, Purpose::Event, number),
                number
            )
        );
        let body = json!({ "id": id, "type": kind, "api_version": "v1", "created_at": created_at, "data": data });
        Self {
            id,
            body: body.to_string().into(),
        }
    }

    /// The headers of a delivery now: each secret of the webhook signs id, time and body.
    pub(super) fn headers(&self, world: &World, webhook: &Webhook, now: Moment) -> HeaderMap {
        let facts = &world.facts.webhook;
        let timestamp = world.clock.unix(now).to_string();
        let signatures: Vec<String> = webhook
            .secrets
            .iter()
            .map(|secret| {
                format!(
                    "{}={}",
                    facts.signature_version,
                    self.sign(secret, &timestamp)
                )
            })
            .collect();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in [
            (&facts.id_header, &self.id),
            (&facts.timestamp_header, &timestamp),
            (&facts.signature_header, &signatures.join(",")),
        ] {
            // Names are the contract's, values are letters and digits: both are headers.
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                headers.insert(name, value);
            }
        }
        headers
    }

    fn sign(&self, secret: &[u8], timestamp: &str) -> String {
        // HMAC takes a key of any length.
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
        hex(&mac.finalize().into_bytes())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
