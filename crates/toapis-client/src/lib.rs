//! The low-level client of the ToAPIs image API, generated from `openapi.yaml`: one function an operation, no opinions.
//!
//! Depend on [`toapis`](https://docs.rs/toapis) instead, unless you build an SDK of your own: this crate sends what it
//! is given, once, and parses the answer. It does not sign, retry, limit, wait or validate, and a new optional field in
//! the contract changes its types, so it is pinned by exact version.
//!
//! # How a call goes
//!
//! ```text
//! Client::create_image(&body)
//!   builds a reqwest::Request
//!   the guard: no path parameter climbs out of its place                                   (hooks.rs)
//!   Exchange::exchange(client, request, operation) -> reqwest::Response                    (exchange.rs, yours)
//!   a documented 2xx is parsed; anything else is Error::UnexpectedResponse with the response in it
//! ```
//!
//! An [`Exchange`] is the seam for everything an SDK wants to do to a call: sign it, give it a time-out, count it, read
//! its body under a cap and hand back a rebuilt response, or keep status, headers and bytes beside whatever the parser
//! makes of them. It is held by the client, and [`Client::with_exchange`] makes a client for one call in two
//! reference counts and a copy of the base URL.
//!
//! Whoever sends and reads by itself takes the request alone: `Client::create_image_request(&body)` and its like build it,
//! let it pass the guard, and send nothing. That is how [`toapis`](https://docs.rs/toapis) makes its calls.
//!
//! ```
//! use std::sync::Arc;
//! use toapis_client::{Client, Exchange, ExchangeFuture, Inner, Operation, reqwest};
//!
//! /// Signs every request.
//! struct Bearer(String);
//!
//! impl Exchange for Bearer {
//!     fn exchange<'a>(
//!         &'a self,
//!         client: &'a reqwest::Client,
//!         mut request: reqwest::Request,
//!         _operation: &'static Operation,
//!     ) -> ExchangeFuture<'a> {
//!         Box::pin(async move {
//!             if let Ok(mut value) = reqwest::header::HeaderValue::try_from(format!("Bearer {}", self.0)) {
//!                 value.set_sensitive(true);
//!                 request.headers_mut().insert(reqwest::header::AUTHORIZATION, value);
//!             }
//!             client.execute(request).await
//!         })
//!     }
//! }
//!
//! # fn client(http: reqwest::Client) {
//! let client = Client::new_with_client("http://127.0.0.1:8080", http, Inner::new(Arc::new(Bearer("sk-1".to_owned()))));
//! let same_client_another_key = client.with_exchange(Arc::new(Bearer("sk-2".to_owned())));
//! # }
//! ```
//!
//! # What is written by hand
//!
//! The generator knows no multipart bodies, so the operation in [`HAND_WRITTEN`] stands in `upload.rs`. It goes through
//! the same guard and the same exchange as the others. There is no constructor that makes a `reqwest::Client`: the
//! generator's own would cut every call off after 15 seconds.

mod base;
mod exchange;
mod field_value;
mod hooks;
mod operation;
mod unknown;
mod upload;

#[allow(
    missing_docs,
    rust_2018_idioms,
    unreachable_pub,
    clippy::pedantic,
    clippy::all,
    reason = "the code is the generator's; its public surface is reviewed as a snapshot in tests/codegen"
)]
mod generated;

pub use reqwest;

pub use exchange::{Direct, Exchange, ExchangeFuture, Inner};
pub use field_value::FieldValue;
pub use generated::client::{ByteStream, Client, Error, ResponseValue, types};
pub use generated::open_enums;
pub use generated::operations;
pub use operation::{Method, Operation};
pub use unknown::UnknownValue;
pub use upload::HAND_WRITTEN;
