//! Judges HTTP exchanges with the ToAPIs image service by its contract, `openapi.yaml`.
//!
//! The contract is an OpenAPI 3.0 document. This crate reads it once, compiles it, and then says of any request and any
//! answer whether it is as the contract says; if not, it says where, which rule was broken, what was found, and on which line
//! of openapi.yaml the rule stands. It knows no client: a type that is wrong in a client is not wrong here too.
//!
//! ```
//! use http::{HeaderMap, Method};
//! use toapis_contract::{Contract, RequestParts};
//!
//! let mut headers = HeaderMap::new();
//! headers.insert("authorization", "Bearer sk-test".parse().unwrap());
//! headers.insert("content-type", "application/json".parse().unwrap());
//!
//! let verdict = Contract::embedded().check_request(&RequestParts {
//!     method: &Method::POST,
//!     path_and_query: "/v1/images/generations",
//!     headers: &headers,
//!     body: br#"{"model":"nano-banana","prompt":"A cat","size":"7:7","n":"1"}"#,
//! });
//!
//! assert_eq!(verdict.operation(), Some("createImage"));
//! let said: Vec<String> = verdict.violations().iter().map(ToString::to_string).collect();
//! assert_eq!(said, [
//!     r#"body /n: must be of type integer, got "1""#,
//!     r#"body /size: must be one of 1:1, 16:9, 9:16, 4:3, 3:4, 3:2, 2:3, got "7:7""#,
//! ]);
//! ```
//!
//! A request for an image is a choice of one schema a model; the violations are those of the model that was named.
//!
//! # What is judged
//!
//! | of | what |
//! | --- | --- |
//! | a request | path (and what hides in it), method, that a key is there, parameters, headers, `content-type`, the body, parts of a form, the rules of a model across its fields |
//! | an answer | that its status is documented, its headers, `content-type`, the body |
//!
//! Query parameters and headers that the contract does not name are not violations, since OpenAPI forbids none.
//! Enums that may grow (`x-extensible-enum`) are judged by the values that are documented: a new one is what a contract test is
//! to find.
//!
//! # In tests
//!
//! [`assert_request`] and [`assert_response`] take what `http` has (`(&request).into()`) and panic with a report. A [`Recording`]
//! reads and writes HAR, so a session of a browser or of a proxy can be judged exchange by exchange with [`Contract::check`].
//!
//! # Against a running service
//!
//! With the feature `suite`, `suite` derives cases from the contract and runs them against any base URL. With the feature `proxy`,
//! `proxy` stands between a client and a service and judges what passes, without changing it.
//!
//! # Where to look
//!
//! [`Contract`] loads and answers; [`Violation`] is one breach; [`Operation`] and [`Model`] tell what the contract holds.

mod assertion;
#[cfg(feature = "tls")]
mod client;
mod contract;
mod error;
mod exchange;
mod explain;
mod har;
mod lines;
mod load;
mod mask;
mod media;
mod model;
mod multipart;
mod operation;
mod parameter;
mod paths;
mod pointer;
#[cfg(feature = "proxy")]
pub mod proxy;
mod request;
mod response;
mod rules;
mod schema;
mod security;
#[cfg(feature = "suite")]
pub mod suite;
mod verdict;
mod violation;

pub use assertion::{assert_request, assert_response};
pub use contract::Contract;
pub use error::LoadError;
pub use exchange::{Exchange, ExchangeVerdict};
pub use har::{HarError, Recording};
pub use mask::{MASK, is_secret_header, mask, mask_header};
pub use model::Model;
pub use operation::{Operation, StatusRange};
pub use request::RequestParts;
pub use response::ResponseParts;
pub use verdict::{RequestVerdict, Verdict};
pub use violation::{Kind, Location, Part, Violation};
