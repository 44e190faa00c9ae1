//! Raises the version that a change of the contract requires, and drafts the changelog entry.
//!
//! All crates of the workspace share one version. It is raised to the highest that any of them
//! needs, in `Cargo.toml` and `Cargo.lock`. Running it twice gives the same result.

mod changelog;
mod command;
mod versions;

#[cfg(test)]
mod tests;

pub use changelog::{draft, put};
pub use command::{BumpArguments, BumpPlan, plan};
pub use versions::{lock, manifest};
