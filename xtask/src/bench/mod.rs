//! `cargo xtask bench`: runs the benches of `tests/benches` and `xtask/benches` and keeps their
//! tables in `docs/performance.md`.
//!
//! The benches are targets of the packages `workspace-benches` and `xtask`, and cargo runs them.
//! xtask never depends on what the former measure, because it writes a part of that.

mod page;
mod run;

pub use page::{MarkerMissing, replace};
pub use run::{Subject, run};
