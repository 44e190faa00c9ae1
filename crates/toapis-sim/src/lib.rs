//! A local service that behaves like the ToAPIs image API, with simulated faults.
//!
//! It keeps tasks, renders images, applies rate limits and charges credits. For tests in Rust it
//! is a library; `toapis sim` runs it for every other language.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let _ = rustls::crypto::ring::default_provider().install_default();
//! use serde_json::{Value, json};
//! use std::time::Duration;
//!
//! let sim = toapis_sim::Simulator::start().await?;
//! let http = reqwest::Client::new();
//! let tasks = format!("{}/v1/images/generations", sim.base_url());
//! let request = json!({ "model": "nano-banana", "prompt": "A cat", "size": "16:9" });
//! let create = http.post(&tasks).bearer_auth(sim.key()).json(&request);
//! let task: Value = create.send().await?.json().await?;
//! assert_eq!(task["status"], "pending");
//!
//! sim.advance(Duration::from_mins(1));
//! let id = task["id"].as_str().unwrap_or_default();
//! let status = http.get(format!("{tasks}/{id}")).bearer_auth(sim.key());
//! let task: Value = status.send().await?.json().await?;
//! assert_eq!(task["status"], "completed");
//! assert_eq!(sim.ledger().total.accepted, 1);
//! # Ok(()) }
//! ```
//!
//! The contract, `openapi.yaml`, defines valid requests and responses; the simulator validates
//! every request and every response against it. The crate depends neither on the SDK nor on the
//! generated client, so an error in their types cannot hide here.
//!
//! # Features of the simulator
//!
//! - [`Simulator::builder`] configures ports, seed, speed, accounts, keys, webhooks, and behaviour
//!   of the service that is not documented.
//! - [`Simulator::inject_faults`] makes requests fail, by rules in a small [language](faults).
//! - [`Simulator::ledger`] counts what was accepted and paid; [`Simulator::exchanges`] and
//!   [`Simulator::deliveries`] return each request and each webhook delivery, with violations of
//!   the contract.
//! - [`Simulator::advance`] advances the clock. All delays use `tokio::time`, so tests with a
//!   paused clock (`#[tokio::test(start_paused = true)]`) do not wait.
//! - [`SimulatorBuilder::admin_port`] opens an inspector page, and an HTTP API with all of this.
//!
//! # Cargo features
//!
//! - `images` (default): renders an image for each result. Without it every result is a single
//!   pixel, and the crate contains neither fonts nor codecs.
//!
//! # Assumptions
//!
//! The contract does not define everything. These are assumptions of the simulator, not facts about
//! the service:
//!
//! - **Durations**: log-normal around the documented times, by default ten times as fast; larger
//!   images take longer.
//! - **Prices**: 8 credits for an image of up to 1.8 megapixels, more for larger images and better
//!   models.
//! - **Credits**: an account has [`Account::CREDITS`] by default.
//! - **First status**: `pending`, as reported from the live service, or `queued`, as on the API
//!   page.
//! - **Sizes**: a request without a size, or with `auto`, gives a `1:1` image.
//! - **A repeated `client_business_id`** makes another task, and then finds the newest task.
//! - **An expired file** returns 404.
//! - **Order of checks**: key, rate limit, contract, references, callback, model, credits.

mod account;
mod admin;
mod api;
mod builder;
mod clock;
mod config;
mod contract_data;
mod control;
mod error;
pub mod faults;
mod files;
pub mod images;
mod operation;
mod pricing;
mod rng;
mod server;
mod simulator;
mod state;
mod task_object;
mod timing;
mod webhooks;

pub use account::{Account, Key, Webhook};
pub use builder::SimulatorBuilder;
pub use config::{InitialStatus, ReferencePolicy};
pub use error::StartError;
pub use faults::{FaultError, FaultId, FaultState};
pub use rng::IdFormat;
pub use simulator::Simulator;
pub use state::{Delivery, Exchange, Ledger, LedgerEntry};
