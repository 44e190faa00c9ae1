//! Compares, lints and learns OpenAPI documents.
//!
//! - [`diff`]: what a change breaks, for shipped clients, for shipped servers, and for the versions
//!   of crates.
//! - [`lint`]: mistakes that general linters do not know.
//! - [`learn`]: what recorded traffic shows that the document does not describe.
//! - [`bump`]: the version that a change requires, and a draft for the changelog.
//!
//! Documents are OpenAPI 3.0 or 3.1, read by [`toapis_openapi`]. The crate generates no code: a
//! workspace that does plugs its generator in by [`CodeGenerator`], and any other uses
//! [`NoGenerator`].
//!
//! ```
//! use toapis_openapi::Document;
//! use toapis_spec::diff::{Severity, compare};
//!
//! let document = |limit: u32| {
//!     let text = format!(
//!         "openapi: 3.0.3\npaths: {{/a: {{post: {{requestBody: {{content: {{application/json: \
//!          {{schema: {{type: string, maxLength: {limit}}}}}}}}}}}}}}}\n"
//!     );
//!     Document::parse(&text, "openapi.yaml")
//! };
//! let findings = compare(&document(9)?, &document(8)?);
//! assert_eq!(findings[0].severity, Severity::Breaking);
//! assert_eq!(findings[0].message, "`maxLength` changed from 9 to 8");
//! # Ok::<(), toapis_openapi::ReadError>(())
//! ```

pub mod bump;
mod contract;
pub mod diff;
mod generator;
pub mod learn;
pub mod lint;
#[cfg(test)]
mod test_generator;

pub use generator::{CodeGenerator, Feature, GeneratedFile, NoGenerator, Rejection};
