//! A POST request to a customer's server, over plain HTTP.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Uri, header::HOST};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};

/// Sends a POST request. Returns the status of the response, or the error as a message.
///
/// Only loopback addresses are called unless `allow_external` is set.
pub(super) async fn post(
    url: &str,
    headers: HeaderMap,
    body: Bytes,
    allow_external: bool,
) -> Result<StatusCode, String> {
    let uri: Uri = url
        .parse()
        .map_err(|error| format!("invalid URL: {error}"))?;
    if uri.scheme_str() != Some("http") {
        return Err(
            "unsupported scheme; the simulator sends webhooks only over plain HTTP".to_owned(),
        );
    }
    let host = uri.host().ok_or("the URL has no host")?;
    let address = resolve(host, uri.port_u16().unwrap_or(80), allow_external).await?;
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| format!("connection failed: {error}"))?;
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
        response = sender.send_request(request) => response
            .map(|response| response.status())
            .map_err(|error| format!("no response: {error}")),
        ended = connection => Err(format!("the connection closed without a response: {ended:?}")),
    }
}

/// Returns the first allowed address of a host.
async fn resolve(host: &str, port: u16, allow_external: bool) -> Result<SocketAddr, String> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut addresses = lookup_host((host, port))
        .await
        .map_err(|error| format!("failed to resolve {host}: {error}"))?;
    addresses
        .find(|address| allow_external || address.ip().is_loopback())
        .ok_or_else(|| {
            format!("{host} is not a loopback address; external webhooks are not allowed")
        })
}
