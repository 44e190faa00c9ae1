//! A port: accepts connections within a bound, and serves each until it ends or is cut.

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

use super::{Cut, Out, Wire};
use crate::StartError;

/// The largest head of a request, in bytes, and so what a slow or endless one can cost.
const HEAD: usize = 64 << 10;

/// Answers requests; the wire is that of the connection it came on.
pub(crate) trait Handler: Clone + Send + Sync + 'static {
    fn handle(
        &self,
        request: Request<Incoming>,
        wire: Wire,
    ) -> impl Future<Output = Response<Out>> + Send;
}

/// An open port that does not serve yet.
pub(crate) struct Listener {
    socket: TcpListener,
    pub(crate) address: SocketAddr,
}

impl Listener {
    pub(crate) async fn open(what: &'static str, address: SocketAddr) -> Result<Self, StartError> {
        let bind = async {
            let socket = TcpListener::bind(address).await?;
            let address = socket.local_addr()?;
            Ok(Self { socket, address })
        };
        bind.await
            .map_err(|source| StartError::bind(what, address, source))
    }
}

/// Serves a port until the handle aborts it, which ends its connections too.
pub(crate) fn spawn(listener: Listener, connections: usize, handler: impl Handler) -> AbortHandle {
    tokio::spawn(accept(listener.socket, connections, handler)).abort_handle()
}

async fn accept(socket: TcpListener, connections: usize, handler: impl Handler) {
    let places = Arc::new(Semaphore::new(connections));
    let mut served = JoinSet::new();
    loop {
        // Beyond the bound a connection waits in the backlog of the system, where it costs nothing.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        while served.try_join_next().is_some() {}
        match socket.accept().await {
            Ok((stream, _)) => {
                let handler = handler.clone();
                served.spawn(async move {
                    serve(stream, handler).await;
                    drop(place);
                });
            }
            // No descriptors left, or the peer gone already: neither is a reason to stop.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, handler: impl Handler) {
    // An answer is small and written at once: waiting for more to send only delays it. Failing costs nothing else.
    let _ = stream.set_nodelay(true);
    let (wire, mut cuts) = Wire::new();
    let service = service_fn(|request| {
        let (handler, wire) = (handler.clone(), wire.clone());
        async move { Ok::<_, Infallible>(handler.handle(request, wire).await) }
    });
    // No timer: under a paused clock it would be the next thing to happen and close idle connections. What a slow
    // client can hold is bounded by the number of connections and the size of a head instead.
    let mut connection = http1::Builder::new()
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let how = tokio::select! {
        biased;
        how = cuts.wait_for(Option::is_some) => how.ok().and_then(|how| *how),
        _ = &mut connection => None,
    };
    if let Some(how) = how {
        let stream = connection.into_parts().io.into_inner();
        if how == Cut::Reset {
            // Failing leaves an ordinary close, which is the nearest thing to it.
            let _ = stream.set_zero_linger();
        }
    }
}
