//! Requests to the admin port: who may ask, and the way through the router to an answer.

use std::{convert::Infallible, sync::Arc};

use axum::Router;
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use tower_service::Service as _;

use super::routes;
use crate::{
    api::Answer,
    serve::{self, Handler, Out, Wire, deliver},
    world::World,
};

/// Only what the page itself brings may run on it, and it talks to its own port alone.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Handles requests to the admin port.
#[derive(Clone)]
pub(crate) struct AdminDesk(Router);

impl AdminDesk {
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self(routes::router(world))
    }
}

impl Handler for AdminDesk {
    async fn handle(&self, request: Request<Incoming>, wire: Wire) -> Response<Out> {
        if !is_called_directly(request.headers()) {
            let text = "the admin port answers to an address or to localhost only";
            return deliver(
                Answer::new(StatusCode::FORBIDDEN, "text/plain", text),
                &[],
                &wire,
            )
            .await;
        }
        let answered: Result<_, Infallible> = self.0.clone().call(request).await;
        let Ok(response) = answered;
        let (mut head, body) = response.into_parts();
        head.headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        );
        head.headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        head.headers
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let parts = body
            .into_data_stream()
            .filter_map(|part| async { part.ok() });
        Response::from_parts(head, serve::stream(parts))
    }
}

/// A name that was pointed at this machine by someone else stands in `Host` and gives itself away.
fn is_called_directly(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let Ok(authority) = host.parse::<http::uri::Authority>() else {
        return false;
    };
    let name = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header::HOST};

    use super::is_called_directly;

    #[test]
    fn only_an_address_or_localhost_is_answered() {
        for (host, answered) in [
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("localhost", true),
            ("192.168.1.7:80", true),
            ("evil.example:8080", false),
            ("localhost.evil.example", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
            assert_eq!(is_called_directly(&headers), answered, "{host}");
        }
    }
}
