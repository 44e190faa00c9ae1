//! Everything that is generated from `openapi.yaml`, written or compared by one function.
//!
//! | file | what | by |
//! | --- | --- | --- |
//! | `crates/toapis-client/src/generated/client.rs` | the client and its types | progenitor, on the document that [`crate::overlay`] derives, then `trim.rs`, `base.rs`, `requests.rs` and `fields.rs` |
//! | `crates/toapis-client/src/generated/open_enums.rs` | enums that may grow | `open_enums.rs` |
//! | `crates/toapis-client/src/generated/operations.rs` | paths, rate limits, what may be repeated | `operations.rs` |
//! | `crates/toapis-mock/src/generated/mock.rs` | typed mocks | progenitor, then `trim_mock.rs` |
//! | `crates/toapis/src/generated/*.rs` | sizes, models, limits, errors and states as tables | `tables/` |
//! | `docs/schemas/xtask/*` | schemas of the documents that `cargo xtask` prints | `schemars` |
//! | `crates/toapis-contract/contract/*` | copies of the contract, so that the crate packages by itself | `run.rs` |
//!
//! The same bytes come out every time, formatted as `cargo fmt` leaves them.

mod base;
mod client;
mod deprecated;
mod fields;
mod format;
pub(crate) mod kept;
mod located;
mod mock;
mod open_enums;
mod operations;
mod requests;
mod run;
mod source;
mod tables;
mod trim;
mod trim_mock;
mod unique;

pub(crate) use located::{At, Located};
pub use open_enums::pascal;
pub use operations::snake;
pub use run::{Artifact, Change, FOLDERS, Mode, Outcome, artifacts, run};
pub(crate) use run::{sources, write_whole};
