//! The command, end to end: what it prints on which stream, and how it ends.

mod alone;
mod documents;
mod harness;
mod online;
#[cfg(unix)]
mod signals;
mod upload;

pub(crate) use harness::Shell;
use harness::snapshot;
