//! What a change of the contract means, in both directions: for clients that are out already, and for servers that are.
//!
//! The comparison is of what the two contracts allow, never of their text: an order, a description, an example or a
//! `$ref` that was written out changes nothing. Requests and answers have opposite variance. What a request may no
//! longer hold breaks the clients that send it; what an answer may newly hold breaks the clients that do not know it;
//! and with the two contracts swapped, the same holds of servers.
//!
//! | what is allowed | in a request | in an answer |
//! | --- | --- | --- |
//! | less | breaking, for clients | breaking, for servers |
//! | more | a warning, for servers: who uses it fails there | breaking, for clients |
//! | more, by a thing of its own (an operation, a field) | info, for servers | info, for servers |
//! | more values of an enum that may grow | - | info, for clients |
//! | other, or it cannot be told | breaking or a warning, for both | the same |
//!
//! What is nothing to the wire and breaks those who use the generated code is a warning, for neither: an operation, a path
//! parameter or a schema that is called otherwise, or whatever else that code loses. `surface/` compares the codes.

mod api;
mod bodies;
mod command;
mod compare;
mod comparison;
mod finding;
mod fingerprint;
mod items;
mod keywords;
mod parameters;
mod render;
mod report;
mod resolved_schema;
mod responses;
mod revision;
mod schema;
mod security;
mod semver;
mod sets;
mod subject;
mod surface;
mod tables;
#[cfg(test)]
pub(crate) mod tests;

pub use command::{DiffArguments, ReportFormat, compared, exit_code, run};
pub use compare::compare;
pub use finding::{Direction, Finding, Severity, SourceLocation};
pub use items::RustItem;
pub use render::render;
pub use report::{DiffReport, RevisionInfo, report};
pub use revision::{Overlays, SpecRevision, release};
pub use semver::{CrateBump, SemverLevel, next};
