//! One POST to a customer's server, over plain HTTP and to loopback unless more is allowed.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Uri, header::HOST};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};

/// Sends the body and gives the status of the answer, whose body is not read; or says why there is none.
pub(super) async fn post(
    url: &str,
    headers: HeaderMap,
    body: Bytes,
    anywhere: bool,
) -> Result<StatusCode, String> {
    let uri: Uri = url
        .parse()
        .map_err(|error| format!("the URL cannot be read: {error}"))?;
    if uri.scheme_str() != Some("http") {
        return Err("the simulator sends webhooks over plain HTTP only".to_owned());
    }
    let host = uri.host().ok_or("the URL names no host")?;
    let address = resolve(host, uri.port_u16().unwrap_or(80), anywhere).await?;
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| format!("no connection: {error}"))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let mut request = Request::post(uri.path_and_query().map_or("/", |path| path.as_str()))
        .body(Full::new(body))
        .map_err(|error| error.to_string())?;
    *request.headers_mut() = headers;
    if let Some(authority) = uri
        .authority()
        .and_then(|authority| authority.as_str().parse().ok())
    {
        request.headers_mut().insert(HOST, authority);
    }
    tokio::select! {
        answer = sender.send_request(request) => answer.map(|answer| answer.status()).map_err(|error| format!("no answer: {error}")),
        ended = connection => Err(format!("the connection ended without an answer: {ended:?}")),
    }
}

/// The first address of a host that may be called.
async fn resolve(host: &str, port: u16, anywhere: bool) -> Result<SocketAddr, String> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut found = lookup_host((host, port))
        .await
        .map_err(|error| format!("{host} is not known: {error}"))?;
    found
        .find(|address| anywhere || address.ip().is_loopback())
        .ok_or_else(|| {
            format!(
                "{host} is not this machine, and no other is called unless webhooks may go anywhere"
            )
        })
}
