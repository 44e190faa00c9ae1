//! An SDK for the ToAPIs image API that never pays twice and never loses an answer.
//!
//! From a prompt to a picture on disk:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::time::pause();
//! # let folder = tempfile::tempdir()?;
//! # std::env::set_current_dir(&folder)?;
//! use std::time::Duration;
//! use toapis::{Client, ImageRequest, Size};
//!
//! // A service on this machine, to try things out. The real one is `Client::from_env()?`, which reads TOAPIS_API_KEY.
//! let sim = toapis_sim::Simulator::start().await?;
//! let client = Client::builder().api_key(sim.key()).base_url(sim.base_url()).build()?;
//!
//! let request = ImageRequest::new("A cat in a spacesuit walking on the moon").size(Size::Landscape16x9);
//! let task = client.images().submit(request).await?;                      // paid from here on: keep the id
//! println!("{}", task.id());
//! let done = task.wait().timeout(Duration::from_mins(5)).await?;
//! let saved = done.images()[0].save("cat.png").await?;
//! assert!(saved.size > 1000);
//! assert_eq!(sim.ledger().total.accepted, 1);
//! # Ok(()) }
//! ```
//!
//! # What it promises
//!
//! **A create is paid at most once.** Credits are taken when a task is created, and the service has no idempotency. So each submit
//! carries an id of yours or a fresh one, and is sent again only where it is certain that no task was made. If its answer is lost,
//! the service is asked by that id; what it cannot tell is an error that says so:
//!
//! ```
//! use toapis::{Client, SubmissionOutcome, Task};
//!
//! # fn note(_: &str) {}
//! async fn submit(client: &Client) -> Result<Task, toapis::Error> {
//!     let prepared = client.images().prepare("A cat in a spacesuit")?;
//!     note(prepared.business_id().as_str());                               // before the first byte is sent
//!     match prepared.submit().await {
//!         Err(error) => match error.outcome() {
//!             Some(SubmissionOutcome::Unknown(id)) => {
//!                 // A task may exist. Ask again later; nothing is sent twice without your word.
//!                 client.images().find_by_business_id(id).await?.ok_or(error)
//!             }
//!             _ => Err(error),
//!         },
//!         task => task,
//!     }
//! }
//! ```
//!
//! **A task that is paid is not given up.** Waiting survives broken connections, gateways' pages, limits and states that are new; it
//! ends at its deadline with the id in the error, and the task goes on. [`Client::task`] comes back to it, in another process if
//! need be.
//!
//! **A picture is on disk whole, or not at all**, and the key goes to no host but the API's.
//!
//! **An error tells all there is**: [`Error`] keeps the status, the code, the body whatever it was, the id of the task, how often and
//! how long it was tried, and what to do next.
//!
//! # Where to find what
//!
//! | question | here |
//! | --- | --- |
//! | What can I send? | [`ImageRequest`], [`Model`], [`Size`], [`Reference`] |
//! | Why was it refused? | [`Violation`], [`Error::violations`] |
//! | How do I wait? | [`TaskPoller`], [`TaskUpdates`], [`PollingPolicy`] |
//! | What went wrong? | [`ErrorKind`], [`SubmissionOutcome`] |
//! | How do I make many? | [`Images::generate_many`] |
//! | How fast may I go? | [`RateLimits`], [`RetryPolicy`] |
//! | How do I get told? | [`WebhookVerifier`] |
//! | What is left? | [`Client::balance`], [`Client::list_models`] |
//! | How do I only upload? | [`Client::upload_image`] |
//!
//! Everything known of the service is read from one contract, `openapi.yaml`; no type that is generated from it stands in this API.
//! Time is `tokio::time`, so code that uses this crate can be tested under a paused clock.

mod account;
mod api_key;
mod base_url;
mod client;
mod client_builder;
mod download;
mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod id_conversions;
mod ids;
mod image;
mod image_format;
mod images;
mod many;
mod model;
mod net;
mod poller;
mod polling;
mod rate_limit;
mod rate_limiter;
mod request;
mod retry;
mod sha256;
mod size;
mod submit;
mod task;
mod task_status;
mod time;
mod tls;
mod transport;
mod validate;
mod webhook;

mod catalog;
mod generated;

pub use catalog::{Dimensions, ReferenceStyle, UnknownValue};
pub use generated::{models::Model, sizes::Size, states::TaskStatus};

pub use account::{Balance, ModelInfo};
pub use api_key::ApiKey;
pub use base_url::BaseUrl;
pub use client::Client;
pub use client_builder::ClientBuilder;
pub use download::{Download, SavedImage};
pub use error::{Error, ErrorKind, Result, SubmissionOutcome};
pub use ids::{BusinessId, TaskId};
pub use image::{Image, Layer};
pub use image_format::ImageFormat;
pub use images::Images;
pub use many::{GenerateMany, GenerateManyStream};
pub use poller::{TaskPoller, TaskUpdate, TaskUpdates};
pub use polling::{InspectionSchedule, PollingPolicy};
pub use rate_limit::{Rate, RateLimits};
pub use rate_limiter::RateLimiter;
pub use request::{ImageRequest, Reference};
pub use retry::RetryPolicy;
pub use submit::{PreparedRequest, SendOutcome, SubmitRequest};
pub use task::{CompletedTask, Task, TaskFailure, TaskRecord, TaskSnapshot};
pub use transport::ClientMetrics;
pub use validate::{Constraint, Violation};
pub use webhook::{WebhookEvent, WebhookEventType, WebhookVerifier};

/// The HTTP client underneath, for [`ClientBuilder::http_client`] and [`ClientBuilder::configure_http`].
pub use reqwest;
