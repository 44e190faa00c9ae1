//! Validates HTTP exchanges with the ToAPIs image API against its contract, `openapi.yaml`.
//!
//! The crate compiles the OpenAPI 3.0 document once and validates any request and response: where
//! it violates the contract, which rule, the actual value, and the line of the rule in
//! openapi.yaml. It does not use the generated client, so a wrong type there is found here.
//!
//! ```
//! use http::{HeaderMap, Method};
//! use toapis_contract::{Contract, RequestParts};
//!
//! let mut headers = HeaderMap::new();
//! headers.insert("authorization", "Bearer sk-test".parse().unwrap());
//! headers.insert("content-type", "application/json".parse().unwrap());
//!
//! let report = Contract::embedded().validate_request(&RequestParts {
//!     method: &Method::POST,
//!     path_and_query: "/v1/images/generations",
//!     headers: &headers,
//!     body: br#"{"model":"nano-banana","prompt":"A cat","size":"7:7","n":"1"}"#,
//! });
//!
//! assert_eq!(report.operation(), Some("createImage"));
//! let violations: Vec<String> = report.violations().iter().map(ToString::to_string).collect();
//! assert_eq!(violations, [
//!     r#"body /n: must be of type integer, got "1""#,
//!     r#"body /size: must be one of 1:1, 16:9, 9:16, 4:3, 3:4, 3:2, 2:3, got "7:7""#,
//! ]);
//! ```
//!
//! The body of a create is a `oneOf` with one schema for each model; the violations are those of
//! the schema of its `model`.
//!
//! # What is validated
//!
//! | message | what |
//! | --- | --- |
//! | request | path, method, credential, parameters, headers, `content-type`, body, model rules |
//! | response | status, headers, `content-type`, body |
//!
//! Query parameters and headers that the contract does not name are allowed, as in OpenAPI. Enums
//! that may grow (`x-extensible-enum`) are validated by the documented values: a contract test must
//! find a new value.
//!
//! # In tests
//!
//! [`assert_request`] and [`assert_response`] accept the types of the `http` crate
//! (`(&request).into()`) and panic with a report.
//!
//! The crate `toapis-conformance` tests a running service, validates live traffic in a proxy, and
//! reads HAR recordings.

mod assertion;
mod contract;
mod cross_field;
mod error;
mod exchange;
mod explain;
mod media_type;
mod model;
mod multipart;
mod operation;
mod parameter;
mod parse;
mod redact;
mod report;
mod request;
mod response;
mod router;
mod schema;
mod security;
mod source_map;
mod violation;

pub use assertion::{assert_request, assert_response};
pub use contract::Contract;
pub use error::LoadError;
pub use exchange::{Exchange, ExchangeReport};
pub use media_type::MediaType;
pub use model::Model;
pub use operation::{Operation, RequestBody, ResponseSpec, StatusRange};
pub use parameter::Parameter;
pub use redact::{REDACTED, excerpt, is_secret_header, redact, redact_header};
pub use report::{RequestReport, ValidationReport};
pub use request::RequestParts;
pub use response::ResponseParts;
pub use violation::{Location, MessagePart, Violation, ViolationKind};
