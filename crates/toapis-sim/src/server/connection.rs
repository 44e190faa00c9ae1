//! A handle that lets an exchange abort its own connection.

use std::sync::Arc;

use tokio::sync::watch;

/// How a connection is aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Abort {
    /// Closed (FIN): the peer reads an early end.
    Close,
    /// Reset (RST): the peer's next read or write fails.
    Reset,
}

/// A handle to a connection.
#[derive(Clone)]
pub(crate) struct ConnectionHandle(Arc<watch::Sender<Option<Abort>>>);

impl ConnectionHandle {
    pub(super) fn new() -> (Self, watch::Receiver<Option<Abort>>) {
        let (sender, receiver) = watch::channel(None);
        (Self(Arc::new(sender)), receiver)
    }

    /// Aborts the connection. The future never completes; it is dropped with the connection.
    pub(crate) async fn abort<T>(&self, how: Abort) -> T {
        self.0.send_replace(Some(how));
        std::future::pending().await
    }
}
