//! A listening port: accepts a limited number of connections and serves each of them.

use std::{convert::Infallible, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::{AbortHandle, JoinSet},
    time::sleep,
};

use super::{Abort, ConnectionHandle, ResponseBody};
use crate::error::StartError;

/// The maximum size of a request head, and so the memory that a slow client can occupy.
const MAX_HEAD_BYTES: usize = 64 << 10;

/// The delay after a failed `accept`.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(20);

/// Handles the requests to a port.
pub(crate) trait Handler: Clone + Send + Sync + 'static {
    fn handle(
        &self,
        request: Request<Incoming>,
        connection: ConnectionHandle,
    ) -> impl Future<Output = Response<ResponseBody>> + Send;
}

/// A bound port that does not accept connections yet.
pub(crate) struct Listener {
    socket: TcpListener,
    pub(crate) address: SocketAddr,
}

impl Listener {
    /// Binds a port. `name` is the name of the port in error messages.
    pub(crate) async fn bind(name: &'static str, address: SocketAddr) -> Result<Self, StartError> {
        let bind = async {
            let socket = TcpListener::bind(address).await?;
            let address = socket.local_addr()?;
            Ok(Self { socket, address })
        };
        bind.await
            .map_err(|source| StartError::bind(name, address, source))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves the port in a new task. Aborting the task closes all connections.
    pub(crate) fn spawn(self, max_connections: usize, handler: impl Handler) -> AbortHandle {
        tokio::spawn(accept(self.socket, max_connections, handler)).abort_handle()
    }
}

async fn accept(socket: TcpListener, max_connections: usize, handler: impl Handler) {
    let permits = Arc::new(Semaphore::new(max_connections));
    let mut connections = JoinSet::new();
    loop {
        // Beyond the limit, connections wait in the backlog of the operating system.
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
            return;
        };
        while connections.try_join_next().is_some() {}
        match socket.accept().await {
            Ok((stream, _)) => {
                let handler = handler.clone();
                connections.spawn(async move {
                    serve(stream, handler).await;
                    drop(permit);
                });
            }
            // Out of file descriptors, or the peer has already disconnected: both are temporary.
            Err(error) => {
                tracing::warn!(%error, "failed to accept a connection");
                sleep(ACCEPT_RETRY_DELAY).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, handler: impl Handler) {
    // Responses are small and written at once, so delaying them only adds latency. An error is
    // harmless.
    let _ = stream.set_nodelay(true);
    let (handle, mut aborts) = ConnectionHandle::new();
    let service = service_fn(|request| {
        let (handler, handle) = (handler.clone(), handle.clone());
        async move { Ok::<_, Infallible>(handler.handle(request, handle).await) }
    });
    // No timer: a paused clock would jump to its timeout and close idle connections. The number of
    // connections and the size of a head limit what slow clients can occupy.
    let mut connection = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let abort = tokio::select! {
        biased;
        abort = aborts.wait_for(Option::is_some) => abort.ok().and_then(|abort| *abort),
        _ = &mut connection => None,
    };
    if let Some(abort) = abort {
        let stream = connection.into_parts().io.into_inner();
        if abort == Abort::Reset {
            // If this fails, the connection is closed normally.
            let _ = stream.set_zero_linger();
        }
    }
}
