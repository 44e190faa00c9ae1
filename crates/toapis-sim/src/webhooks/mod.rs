//! Webhooks: signed events, sent when a task ends and retried until they are accepted.

mod event;
mod post;
mod sender;

pub(crate) use sender::{WebhookSender, webhook_channel};
