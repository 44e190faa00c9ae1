//! Reports the effect of a change of a contract on shipped clients and on shipped servers.
//!
//! The comparison is about what two documents allow, never about their text: an order, a
//! description, an example or an inlined `$ref` changes nothing. Requests and responses have
//! opposite variance. A request that allows less breaks the clients that send it; a response that
//! allows more breaks the clients that do not know it. With the two documents swapped, the same is
//! true of servers.
//!
//! | what is allowed | in a request | in a response |
//! | --- | --- | --- |
//! | less | breaking for clients | breaking for servers |
//! | more | warning for servers: clients that use it fail there | breaking for clients |
//! | an addition (an operation, a field) | info for servers | info for servers |
//! | a value of an enum that may grow | - | info for clients |
//! | something else, or unknown | breaking or warning for both | the same |
//!
//! A change that is invisible on the wire but breaks users of the generated code is a warning for
//! neither side: a renamed operation, path parameter or schema, and any other item that the code
//! loses.

mod api;
mod bodies;
mod command;
mod compare;
mod comparison;
mod context;
mod explanation;
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
mod set_pair;
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
