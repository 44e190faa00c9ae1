//! `cargo xtask release --dry-run`: may what stands here be released?
//!
//! It answers by doing all that a release does but the publishing, which is done by people: nothing
//! is uncommitted, what is generated is fresh, the version is as high as the change of the contract
//! asks, every crate packages and builds from its package, the documentation builds, and
//! cargo-semver-checks agrees with the version, where it is installed.

mod checks;
mod run;

#[cfg(test)]
mod tests;

pub use checks::{Check, Verdict, checks};
pub use run::{Cargo, Runner, release};
