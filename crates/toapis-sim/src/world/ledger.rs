//! The books: what was accepted, billed, given back, asked for and fetched, by key.

use std::collections::BTreeMap;

use serde::Serialize;

/// What happened so far, for all keys and for each: how one proves that nothing was paid twice.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sim = toapis_sim::Simulator::start().await?;
/// assert_eq!(sim.ledger().total.accepted, 0);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Ledger {
    /// Over all keys, and requests without a valid one.
    pub total: Entry,
    /// By key; the name is the account's, `#`, and the number of the key in it, from 1.
    pub keys: BTreeMap<String, Entry>,
}

/// One line of the books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// Requests to the API that were read whole, whatever became of them.
    pub requests: u64,
    /// Creates and edits among them.
    pub creates: u64,
    /// Creates and edits that made a task, whether or not the answer ever left.
    pub accepted: u64,
    /// Requests that were answered by a status of 400 or more, faults included.
    pub refused: u64,
    /// Pictures that were ordered.
    pub images: u64,
    /// Credits taken.
    pub billed: u64,
    /// Credits given back for tasks that failed.
    pub refunded: u64,
    /// Tasks that came to `completed`.
    pub completed: u64,
    /// Tasks that came to `failed`.
    pub failed: u64,
    /// Status queries.
    pub polled: u64,
    /// Status queries by the caller's own id.
    pub polled_by_business_id: u64,
    /// Files taken.
    pub uploaded: u64,
    /// Files sent whole; those that a fault cut short are not among them.
    pub downloaded: u64,
    /// Requests to the files' host that carried an `Authorization` header. They never should.
    pub keys_leaked: u64,
    /// Webhook deliveries that were answered by 2xx.
    pub webhooks_delivered: u64,
    /// Webhook deliveries that were not.
    pub webhooks_failed: u64,
}
