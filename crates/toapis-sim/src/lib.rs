//! A local server that behaves like the ToAPIs image API: states, pictures, limits, bills and faults.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let _ = rustls::crypto::ring::default_provider().install_default();
//! use serde_json::{Value, json};
//! use std::time::Duration;
//!
//! let sim = toapis_sim::Simulator::start().await?;
//! let http = reqwest::Client::new();
//! let tasks = format!("{}/v1/images/generations", sim.base_url());
//! let request = json!({ "model": "nano-banana", "prompt": "A cat in a spacesuit", "size": "16:9" });
//! let task: Value = http.post(&tasks).bearer_auth(sim.key()).json(&request).send().await?.json().await?;
//! assert_eq!(task["status"], "pending");
//!
//! sim.advance(Duration::from_mins(1));
//! let id = task["id"].as_str().unwrap_or_default();
//! let task: Value = http.get(format!("{tasks}/{id}")).bearer_auth(sim.key()).send().await?.json().await?;
//! assert_eq!(task["status"], "completed");
//! assert_eq!(sim.ledger().total.accepted, 1);
//! # Ok(()) }
//! ```
//!
//! It is told by the contract what a request may be and how an answer looks, and it judges both by it, every time. It
//! knows neither the SDK nor the generated client: a type that is wrong there must not be wrong in their judge too.
//!
//! # What can be done with it
//!
//! - [`Simulator::builder`] sets ports, seed, speed, accounts and keys, webhooks, and the switches for what is unknown.
//! - [`Simulator::fault`] makes it go wrong, by the rules of a small [language](fault).
//! - [`Simulator::ledger`] proves what was accepted and paid; [`Simulator::exchanges`] and [`Simulator::deliveries`] show
//!   each request and each webhook, with what the contract says of it.
//! - [`Simulator::advance`] moves its clock. Everything runs on `tokio::time`, so that a test with a paused clock
//!   (`#[tokio::test(start_paused = true)]`) waits for nothing.
//! - [`SimulatorBuilder::admin_port`] opens a page to look inside, and all of this over HTTP.
//!
//! # What it chooses itself
//!
//! The contract does not know everything. These are the simulator's own choices, and no facts of the service:
//!
//! - **Durations**: log-normal around the documented times, ten times as fast unless told; larger pictures take longer.
//! - **Prices**: 8 credits a picture up to about a megapixel and a half, more for larger ones and better models.
//! - **Credits**: an account has [`Account::CREDITS`] unless told.
//! - **First state**: `pending`, as reported from the live service, or `queued`, as on the page.
//! - **Sizes**: a request without a size, or with `auto`, is drawn at `1:1`.
//! - **A repeated `client_business_id`** makes another task, and then stands for the newest.
//! - **An expired file** answers 404.
//! - **Order of checks**: key, rate limit, contract, references, callback, model, credits.

mod account;
mod admin;
mod api;
mod clock;
mod dice;
mod error;
mod facts;
pub mod fault;
mod files;
mod pace;
pub mod picture;
mod serve;
mod settings;
mod simulator;
mod webhook;
mod world;

pub use account::{Account, Key, Webhook};
pub use dice::IdShape;
pub use error::StartError;
pub use fault::{FaultError, FaultId, FaultState};
pub use settings::{FirstState, References, SimulatorBuilder};
pub use simulator::Simulator;
pub use webhook::Delivery;
pub use world::{Entry, Exchange, Ledger};
