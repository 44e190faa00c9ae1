//! `cargo xtask spec bump`: what a change of the contract asks for is written down, for people to finish.
//!
//! The version of the workspace, which all crates share, is raised to the highest that any of them needs, in
//! `Cargo.toml` and `Cargo.lock`; and `CHANGELOG.md` gets a draft of what changed in the contract. Run again, it
//! writes the same.

mod changelog;
mod command;
mod versions;

#[cfg(test)]
mod tests;

pub use changelog::{draft, put};
pub use command::{BumpArguments, BumpPlan, plan};
pub use versions::{lock, manifest};
