//! The handle by which an exchange may cut its own connection.

use std::sync::Arc;

use tokio::sync::watch;

/// How a connection ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It is closed as usual (FIN): the peer reads to an early end.
    Close,
    /// It is reset (RST): the peer's next read or write fails.
    Reset,
}

/// Cuts the connection it belongs to.
#[derive(Clone)]
pub(crate) struct Wire(Arc<watch::Sender<Option<Cut>>>);

impl Wire {
    pub(super) fn new() -> (Self, watch::Receiver<Option<Cut>>) {
        let (sender, receiver) = watch::channel(None);
        (Self(Arc::new(sender)), receiver)
    }

    /// Asks for the cut, and never returns: whoever awaits this is dropped with the connection.
    pub(crate) async fn cut<T>(&self, how: Cut) -> T {
        self.0.send_replace(Some(how));
        std::future::pending().await
    }
}
