//! An SDK for the ToAPIs image API that never pays twice and never loses a response.
//!
//! From a prompt to an image on disk:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::time::pause();
//! # let dir = tempfile::tempdir()?;
//! # std::env::set_current_dir(&dir)?;
//! use std::time::Duration;
//! use toapis::{Client, ImageRequest, Size};
//!
//! // A local simulator, to try things out. `Client::from_env()` uses the real service.
//! let sim = toapis_sim::Simulator::start().await?;
//! let client = Client::builder().api_key(sim.key()).base_url(sim.base_url()).build()?;
//!
//! let request = ImageRequest::new("A cat in a spacesuit").size(Size::Landscape16x9);
//! let task = client.images().submit(request).await?; // paid from here on: store the id
//! println!("{}", task.id());
//! let done = task.wait().timeout(Duration::from_mins(5)).await?;
//! let saved = done.images()[0].save("cat.png").await?;
//! assert!(saved.size > 1000);
//! assert_eq!(sim.ledger().total.accepted, 1);
//! # Ok(()) }
//! ```
//!
//! # Guarantees
//!
//! **A create is paid at most once.** Credits are charged when a task is created, and the service
//! has no idempotency keys. So each submit sends an id of yours or a generated one, and is retried
//! only if it is certain that no task was created. If the response is lost, the task is looked up
//! by that id. If that fails, the error says so:
//!
//! ```
//! use toapis::{Client, SubmissionOutcome, Task};
//!
//! # fn store(_: &str) {}
//! async fn submit(client: &Client) -> Result<Task, toapis::Error> {
//!     let prepared = client.images().prepare("A cat in a spacesuit")?;
//!     store(prepared.business_id().as_str()); // before the first byte is sent
//!     match prepared.submit().await {
//!         Err(error) => match error.outcome() {
//!             Some(SubmissionOutcome::Unknown(id)) => {
//!                 // A task may exist. Look it up later; nothing is sent again automatically.
//!                 client.images().find_by_business_id(id).await?.ok_or(error)
//!             }
//!             _ => Err(error),
//!         },
//!         task => task,
//!     }
//! }
//! ```
//!
//! **A paid task isn't given up.** Polling survives broken connections, error pages of gateways,
//! rate limits and unknown statuses. When it times out, the error has the task's id, and the task
//! continues. [`Client::task`] returns to it, in another process if needed.
//!
//! **An image is on disk completely or not at all**, and the API key is sent to no host but the
//! API's.
//!
//! **Errors are complete**: an [`Error`] has the status, the code, the body, the ids, the number of
//! attempts, the elapsed time, and a hint for the next step.
//!
//! # Overview
//!
//! | task | items |
//! | --- | --- |
//! | Describe an image | [`ImageRequest`], [`Model`], [`Size`], [`Reference`] |
//! | Validate a request | [`ImageRequest::validate`], [`Violation`] |
//! | Submit a request | [`Images::submit`], [`PreparedRequest`], [`SubmissionOutcome`] |
//! | Wait for a task | [`TaskPoller`], [`TaskUpdates`], [`PollingPolicy`] |
//! | Handle an error | [`Error`], [`ErrorKind`] |
//! | Generate many images | [`Images::generate_many`] |
//! | Limit and retry calls | [`RateLimits`], [`RetryPolicy`] |
//! | Receive webhooks | [`WebhookVerifier`] |
//! | Check the account | [`Client::balance`], [`Client::list_models`] |
//! | Upload an image | [`Client::upload_image`] |
//!
//! All facts about the service come from one contract, `openapi.yaml`. No type that is generated
//! from it is part of this API. All timers are those of `tokio::time`, so code that uses this crate
//! can be tested with a paused clock.

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
pub use generated::{models::Model, sizes::Size, statuses::TaskStatus};

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
pub use polling::PollingPolicy;
pub use rate_limit::{Rate, RateLimits};
pub use rate_limiter::RateLimiter;
pub use request::{ImageRequest, Reference};
pub use retry::RetryPolicy;
pub use submit::{PreparedRequest, SendOutcome, SubmitRequest};
pub use task::{CompletedTask, Task, TaskFailure, TaskRecord, TaskSnapshot};
pub use transport::ClientMetrics;
pub use validate::{Constraint, Violation};
pub use webhook::{WebhookEvent, WebhookEventType, WebhookVerifier};

/// The HTTP client, for [`ClientBuilder::http_client`] and [`ClientBuilder::configure_http`].
pub use reqwest;
