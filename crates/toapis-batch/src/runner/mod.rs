//! Running a batch: what is paid and expires first, creates last.

mod concurrency;
mod create;
mod feed;
mod finish;
mod options;
mod progress;
mod run;

pub use options::RunOptions;
pub use progress::{BatchEvent, RunSummary, StopReason};
