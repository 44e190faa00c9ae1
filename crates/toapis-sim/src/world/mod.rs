//! What the service knows: tasks, uploads, purses, buckets, and the ledger of all that happened.

mod bucket;
mod ledger;
mod log;
mod purse;
mod service;
mod state;
mod task;
mod upload;

pub(crate) use bucket::{Bucket, Taken};
pub use ledger::{Entry, Ledger};
pub use log::Exchange;
pub(crate) use log::{Log, Names, Seen};
pub(crate) use purse::{Category, Credit, KeyPurse, KeyRef, Purse};
pub(crate) use service::{Urls, World};
pub(crate) use state::{Accepted, NewTask, State};
pub(crate) use task::{Failure, Outcome, Stage, Task};
pub(crate) use upload::{Upload, Uploads};
