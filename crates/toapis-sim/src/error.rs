//! The error of a simulator that cannot start.

use std::{io, net::SocketAddr};

/// An error that keeps a simulator from starting; the message says what to change.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StartError(Reason);

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error(
        "cannot open the simulator's {port} port {address}; choose another port, or 0 for any free port"
    )]
    Bind {
        port: &'static str,
        address: SocketAddr,
        source: io::Error,
    },
    #[error("cannot read the simulator's data from the contract: {0}")]
    Contract(String),
    #[error("invalid simulator setting: {0}")]
    Setting(String),
}

impl StartError {
    pub(crate) fn bind(port: &'static str, address: SocketAddr, source: io::Error) -> Self {
        Self(Reason::Bind {
            port,
            address,
            source,
        })
    }

    pub(crate) fn contract(message: impl Into<String>) -> Self {
        Self(Reason::Contract(message.into()))
    }

    pub(crate) fn setting(message: impl Into<String>) -> Self {
        Self(Reason::Setting(message.into()))
    }
}
