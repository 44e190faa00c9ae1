//! Why a simulator does not start.

use std::{error::Error, fmt, io, net::SocketAddr};

/// A simulator could not be started; the message says what to change.
#[derive(Debug)]
pub struct StartError(Reason);

#[derive(Debug)]
enum Reason {
    Bind {
        what: &'static str,
        address: SocketAddr,
        source: io::Error,
    },
    Contract(String),
    Setting(String),
}

impl StartError {
    pub(crate) fn bind(what: &'static str, address: SocketAddr, source: io::Error) -> Self {
        Self(Reason::Bind {
            what,
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

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Bind { what, address, .. } => {
                write!(
                    f,
                    "the simulator's {what} port {address} cannot be opened; give another port, or 0 for any free one"
                )
            }
            Reason::Contract(message) => write!(
                f,
                "the contract does not tell what the simulator needs: {message}"
            ),
            Reason::Setting(message) => write!(f, "the simulator cannot be set up so: {message}"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Reason::Bind { source, .. } => Some(source),
            Reason::Contract(_) | Reason::Setting(_) => None,
        }
    }
}
