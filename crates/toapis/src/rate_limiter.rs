//! Hands out tokens of the client's rate limit, for callers that send creates one by one.

use std::fmt;
use std::time::Duration;

use toapis_client::operations::CREATE_IMAGE;
use tokio::time::Instant;

use crate::client::Client;
use crate::rate_limit::Slot;
use crate::time::deadline_after;

/// The rate limit of a client and its clones. Created by [`Client::rate_limiter`].
#[derive(Clone)]
pub struct RateLimiter {
    client: Client,
}

impl Client {
    /// Returns the rate limit that this client and its clones share.
    #[must_use]
    pub fn rate_limiter(&self) -> RateLimiter {
        RateLimiter {
            client: self.clone(),
        }
    }
}

impl RateLimiter {
    /// Waits for a token for one create, first come, first served.
    ///
    /// [`PreparedRequest::send_once`](crate::PreparedRequest::send_once) takes no token itself.
    /// Dropping the future before it completes returns the token.
    pub async fn acquire_submit(&self) {
        let transport = self.client.transport();
        let Some(bucket) = transport.limits.bucket(CREATE_IMAGE.rate_limit) else {
            return;
        };
        // The deadline is years away, so the reservation succeeds.
        if let Ok(slot) = bucket.reserve(deadline_after(Duration::MAX))
            && slot.wait().await
        {
            transport.counters.rate_limit_waits.add();
        }
    }

    /// Takes a token for one create if one is available now.
    ///
    /// # Errors
    ///
    /// The time until a token is available.
    pub fn try_acquire_submit(&self) -> Result<(), Duration> {
        let limits = &self.client.transport().limits;
        match limits.bucket(CREATE_IMAGE.rate_limit) {
            Some(bucket) => bucket.reserve(Instant::now()).map(Slot::consume),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").finish_non_exhaustive()
    }
}
