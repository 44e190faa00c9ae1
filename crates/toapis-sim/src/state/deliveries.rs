//! Webhook deliveries.

use serde::Serialize;

/// One attempt to deliver an event to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// The id of the event, the same for every attempt.
    pub event: String,
    /// The task that ended; `None` for a test event.
    pub task: Option<String>,
    /// The URL that was called.
    pub url: String,
    /// The number of the attempt, from 1.
    pub attempt: usize,
    /// The time of the attempt, in milliseconds since the simulator started.
    pub at_ms: u64,
    /// The status of the response. Only 2xx is a success; everything else is retried.
    pub status: Option<u16>,
    /// The error of an attempt without a response.
    pub error: Option<String>,
}

impl Delivery {
    /// Returns true if the receiver accepted the event with a 2xx status.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self.status, Some(200..=299))
    }
}
