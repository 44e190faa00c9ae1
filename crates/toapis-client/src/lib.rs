//! Low-level client of the ToAPIs image API, generated from its OpenAPI contract.
//!
//! Most applications should use [`toapis`](https://docs.rs/toapis), which is built on this crate
//! and adds authentication, retries, rate limits, polling, validation and downloads. This crate
//! sends each request once, as given, and parses the response. A new optional field in the contract
//! changes its types, so depend on an exact version (`=0.1.0`).
//!
//! # Example
//!
//! Authentication belongs to the [`reqwest::Client`]:
//!
//! ```no_run
//! use toapis_client::reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
//! use toapis_client::{Client, reqwest, types::ImageRequest};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let mut api_key = HeaderValue::from_str("Bearer sk-...")?;
//! api_key.set_sensitive(true);
//! let http = reqwest::Client::builder()
//!     .default_headers(HeaderMap::from_iter([(AUTHORIZATION, api_key)]))
//!     .build()?;
//! let client = Client::new_with_client("https://toapis.com", http);
//!
//! let request = ImageRequest::new("gpt-image-2".to_owned(), "A cat".to_owned());
//! let task = client.create_image(&request).await?.into_inner();
//! println!("{:?} is {:?}", task.id, task.status);
//! # Ok(())
//! # }
//! ```
//!
//! `reqwest` is used without a TLS provider: install one (`rustls::crypto::ring`, for example) or
//! pass a client that was built with one.
//!
//! # Requests and responses
//!
//! Each operation has two functions. `Client::create_image` sends a request; a documented 2xx is
//! parsed, and every other status is [`Error::UnexpectedResponse`], which holds the response.
//! `Client::create_image_request` builds the same request without sending it, for callers that
//! send requests and read responses themselves, as `toapis` does. Both reject a path parameter that
//! is empty, `.` or `..`.
//!
//! Response types are lenient: every field is optional, and an enum value that the contract does
//! not list is parsed as an [`UnknownValue`]. Request types have a field `extra` for fields that
//! the contract does not list.
//!
//! # Differences from the generator's output
//!
//! [`HAND_WRITTEN`] lists the operations with multipart bodies, which the generator does not
//! support. The generator's constructor is removed because its `reqwest::Client` cancels every
//! request after 15 seconds.

mod base_url;
mod field_value;
mod operation;
mod path_guard;
mod unknown_value;
mod upload;

#[allow(
    missing_docs,
    rust_2018_idioms,
    unreachable_pub,
    clippy::pedantic,
    clippy::all,
    reason = "generated code; its public surface is reviewed as a snapshot"
)]
mod generated;

pub use reqwest;

pub use field_value::FieldValue;
pub use generated::client::{ByteStream, Client, Error, ResponseValue, types};
pub use generated::open_enums;
pub use generated::operations;
pub use operation::{Method, Operation};
pub use unknown_value::UnknownValue;
pub use upload::HAND_WRITTEN;
