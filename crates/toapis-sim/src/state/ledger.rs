//! The ledger: counts of requests, tasks and credits, by key.

use std::collections::BTreeMap;

use serde::Serialize;

/// Counts of everything that happened, in total and by key. It shows that nothing was paid twice.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sim = toapis_sim::Simulator::start().await?;
/// assert_eq!(sim.ledger().total.accepted, 0);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Ledger {
    /// Counts of all requests, including those without a valid key.
    pub total: LedgerEntry,
    /// Counts by key, named after the account and the number of the key: `main#1`.
    pub keys: BTreeMap<String, LedgerEntry>,
}

/// The counts of one key, or of all keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LedgerEntry {
    /// API requests that were received completely, with any result.
    pub requests: u64,
    /// Create and edit requests among them.
    pub creates: u64,
    /// Create and edit requests that made a task, even if the response was lost.
    pub accepted: u64,
    /// Responses with a status of 400 or more, including those made by faults.
    pub errors: u64,
    /// Distinct `client_business_id`s of accepted creates.
    pub business_ids: u64,
    /// Accepted creates whose `client_business_id` an earlier accepted create of the account has.
    /// Each made and billed another task for the same order.
    pub repeated_business_ids: u64,
    /// Images requested by accepted creates.
    pub images: u64,
    /// Credits charged.
    pub billed: u64,
    /// Credits refunded for failed tasks.
    pub refunded: u64,
    /// Tasks that reached `completed`.
    pub completed: u64,
    /// Tasks that reached `failed`.
    pub failed: u64,
    /// Status queries.
    pub polled: u64,
    /// Status queries by `client_business_id`.
    pub polled_by_business_id: u64,
    /// Files uploaded.
    pub uploaded: u64,
    /// Files sent completely; a file cut short by a fault does not count.
    pub downloaded: u64,
    /// Requests to a file host with an `Authorization` header. A client must never send one.
    pub keys_leaked: u64,
    /// Webhook deliveries with a 2xx response.
    pub webhooks_delivered: u64,
    /// Webhook deliveries without a 2xx response.
    pub webhooks_failed: u64,
}
