//! An SDK for the ToAPIs image API that never pays twice and never loses an answer.

mod base_url;
mod builder;
mod client;
mod download;
mod error;
mod ids;
mod image;
mod images;
mod key;
mod limits;
mod model;
mod poll;
mod reference;
mod request;
mod retry;
mod size;
mod submit;
mod task;
mod tls;
mod transport;
mod validate;
mod wait;
mod wire;

#[allow(
    dead_code,
    reason = "the tables say everything that the contract knows; the SDK reads what it needs"
)]
mod generated;
#[allow(
    dead_code,
    reason = "as for the rows: a column is written for every fact, whether it is read or not"
)]
mod tables;

pub use generated::{models::Model, sizes::Size, states::TaskState};
pub use tables::{Pixels, UnknownValue};

pub use base_url::BaseUrl;
pub use builder::ClientBuilder;
pub use client::Client;
pub use download::{Download, Saved};
pub use error::{Error, ErrorKind, Result, SubmissionOutcome};
pub use ids::{BusinessId, TaskId};
pub use image::{Image, Layer};
pub use images::Images;
pub use key::ApiKey;
pub use limits::{Rate, RateLimits};
pub use poll::{PollPolicy, Schedule};
pub use reference::{ImageFormat, Reference};
pub use request::{ImageRequest, ReferenceStyle};
pub use retry::RetryPolicy;
pub use submit::{Prepared, Submit};
pub use task::{Completed, Failure, Snapshot, Task, TaskRecord};
pub use transport::Counts;
pub use validate::{RuleKind, Violation};
pub use wait::{Update, Updates, Wait};
