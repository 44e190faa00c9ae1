//! The command end to end: stdout, stderr and exit codes.

mod alone;
mod documents;
mod harness;
mod online;
#[cfg(unix)]
mod signals;
mod upload;

pub(crate) use harness::Shell;
use harness::snapshot;
