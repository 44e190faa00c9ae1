//! Webhooks: events that the service sends when a task ends, with signatures to verify.

mod event;
mod verify;

pub use event::{WebhookEvent, WebhookEventType};
pub use verify::WebhookVerifier;
