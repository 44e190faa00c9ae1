//! Batches of image requests to the ToAPIs image API, from hundreds to millions of rows, each paid
//! at most once.
//!
//! A [`Batch`] is one SQLite file. It is created from the rows of a manifest, and
//! [`run`](Batch::run) as often as needed: a run that is killed at any point is continued by the
//! next one. Results come in the order of the manifest.
//!
//! ```no_run
//! use toapis_batch::{Batch, BatchId, BatchSettings, ManifestFormat, RunOptions, read_rows};
//!
//! # async fn f() -> Result<(), Box<dyn std::error::Error>> {
//! let client = toapis::Client::from_env()?;
//! let manifest = std::io::BufReader::new(std::fs::File::open("cats.jsonl")?);
//! let rows = read_rows(manifest, ManifestFormat::Jsonl);
//! let batch = Batch::create("cats.db", BatchId::generate(), BatchSettings::new("cats"), rows)?;
//! let summary = batch.run(&client, RunOptions::new(), std::future::pending()).await?;
//! println!("{:?}", summary.status.by_status);
//! # Ok(()) }
//! ```
//!
//! # Paid at most once
//!
//! The service charges when a task is created, and a create is not idempotent. So each create goes
//! through one gate:
//!
//! 1. A token of the rate limit and a permit are taken first, because both may wait.
//! 2. The intent is recorded, in one durable commit with the reservation of its credits. It has a
//!    random number that only the memory of this process holds.
//! 3. The create is sent, once, without a retry inside.
//! 4. The response decides: the task's id, proof that no task exists, or neither. In the last case,
//!    and for every intent that a crashed process left behind, the task is looked up by its
//!    business id, and adopted if it is found.
//!
//! What cannot be found is [`RowStatus::Unknown`] and is not sent again: that the service does not
//! find a task does not prove that there is none. A person decides: [`adopt`](Batch::adopt),
//! [`resend`](Batch::resend) or [`drop_row`](Batch::drop_row).
//!
//! # What stops a run
//!
//! An API key that is not accepted, too few credits, an exhausted budget, a full disk: see
//! [`StopReason`]. Rows that are not paid stay ready, and rows that are paid are finished where
//! that is possible.
//!
//! # Other services
//!
//! [`ImageService`] is what a batch needs of the service. The SDK's [`Client`](toapis::Client)
//! implements it. The life of a row is the pure function [`step`], which can also be driven by
//! another store or engine.

mod error;
mod export;
mod ids;
mod machine;
mod manifest;
mod request;
mod runner;
mod sdk;
mod service;
mod store;

pub use error::BatchError;
pub use export::{ExportFormat, FileProblem};
pub use ids::BatchId;
pub use machine::{
    CreditChange, Effect, InvalidEvent, RowEvent, RowState, RowStatus, Transition, step,
};
pub use manifest::{ManifestErrors, ManifestFormat, ManifestRow, RowError, read_rows};
pub use request::image_request;
pub use runner::{BatchEvent, RunOptions, RunSummary, StopReason};
pub use service::{
    CreateOutcome, ImageService, ServiceError, ServiceErrorKind, TaskProgress, TaskReport,
};
pub use store::{Batch, BatchSettings, BatchStatus, RowResult, SavedImage};
