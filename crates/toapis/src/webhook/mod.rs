//! Webhooks: what the service sends when a task is done, verified before it is believed.

mod event;
mod verify;

pub use event::{WebhookEvent, WebhookEventType};
pub use verify::WebhookVerifier;
