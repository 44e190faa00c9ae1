//! Helpers shared by the tests of the workspace.
//!
//! - [`server`]: a local HTTP server that follows a script, including broken responses.
//! - [`images`]: small image files.
//! - [`contract`]: numbers of `openapi.yaml`, so that tests follow the contract when it changes.
//! - [`git`]: temporary git repositories.
//! - [`workspace`]: the files of the workspace.
//!
//! This crate depends on no other crate of the workspace and is not published.

pub mod contract;
pub mod git;
pub mod images;
pub mod server;
pub mod workspace;
