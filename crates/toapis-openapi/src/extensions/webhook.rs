//! Webhooks.

use serde::Deserialize;
use serde_json::Value;

use super::{ExtensionError, from_value};
use crate::pointer;

/// How webhooks are signed and delivered (`x-webhook` of a callback operation).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Webhook {
    /// The header with the id of the event.
    pub id_header: String,
    /// The header with the time of the signature.
    pub timestamp_header: String,
    /// The header with the signatures.
    pub signature_header: String,
    /// The version of the signature scheme, which precedes each signature.
    pub signature_version: String,
    /// The length of a secret, in bytes.
    pub secret_bytes: u32,
    /// The accepted age of a signature, in seconds.
    pub tolerance_seconds: u32,
    /// The time that a receiver has to respond, in seconds.
    pub timeout_seconds: u32,
    /// The delays before each redelivery, in seconds.
    pub retry_after_seconds: Vec<u32>,
}

impl Webhook {
    /// Reads the first `x-webhook` of a document; `None` if no operation has one.
    ///
    /// # Errors
    ///
    /// A key is missing or has a value of another type. The error has its pointer.
    pub fn find(document: &Value) -> Result<Option<Self>, ExtensionError> {
        Ok(Self::find_located(document)?.map(|(_, webhook)| webhook))
    }

    /// Reads the first `x-webhook` of a document as [`Webhook::find`] does, and returns its JSON
    /// pointer with it.
    ///
    /// # Errors
    ///
    /// As [`Webhook::find`].
    pub fn find_located(document: &Value) -> Result<Option<(String, Self)>, ExtensionError> {
        let Some((pointer, value)) = first(document, "") else {
            return Ok(None);
        };
        let webhook = from_value(value, &pointer)?;
        Ok(Some((pointer, webhook)))
    }
}

fn first<'v>(value: &'v Value, at: &str) -> Option<(String, &'v Value)> {
    match value {
        Value::Object(map) => match map.get("x-webhook") {
            Some(webhook) => Some((pointer::join(at, "x-webhook"), webhook)),
            None => map
                .iter()
                .find_map(|(key, inner)| first(inner, &pointer::join(at, key))),
        },
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| first(item, &format!("{at}/{index}"))),
        _ => None,
    }
}
