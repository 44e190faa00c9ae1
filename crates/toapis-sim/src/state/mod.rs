//! The state of the simulated service: tasks, uploads, accounts, rate limits, the ledger, and the
//! log of exchanges. It does not depend on any handler.

mod account;
mod app_state;
mod bucket;
mod deliveries;
mod exchanges;
mod ledger;
mod store;
mod task;
mod upload;

pub(crate) use account::{AccountState, CreditBalance, KeyRef, KeyState, RateCategory};
pub(crate) use app_state::{AppState, TaskMatch, Urls};
pub(crate) use bucket::{Acquired, TokenBucket};
pub use deliveries::Delivery;
pub use exchanges::Exchange;
pub(crate) use exchanges::{ExchangeLog, ExchangeNames, ExchangeRecord, Port};
pub use ledger::{Ledger, LedgerEntry};
pub(crate) use store::{CreateOutcome, NewTask, Store};
pub(crate) use task::{Task, TaskFailure, TaskOutcome, TaskPhase};
pub(crate) use upload::{Upload, Uploads};
