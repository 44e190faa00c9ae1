//! Requests to the admin port: access control and security headers.

use std::{convert::Infallible, sync::Arc};

use axum::Router;
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use tower_service::Service as _;

use super::routes;
use crate::{
    faults::FaultInjector,
    files::ImageCache,
    server::{
        BufferedResponse, ConnectionHandle, Handler, ResponseBody, ResponsePlan, send_response,
        stream_body,
    },
    state::AppState,
};

/// The content security policy: only the page's own scripts and styles, and only its own port.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the admin API reads and changes.
#[derive(Clone)]
pub(crate) struct Admin {
    pub(crate) app: Arc<AppState>,
    pub(crate) faults: Arc<FaultInjector>,
    pub(crate) images: Arc<ImageCache>,
}

/// Handles requests to the admin port.
#[derive(Clone)]
pub(crate) struct AdminHandler(Router);

impl AdminHandler {
    pub(crate) fn new(admin: Admin) -> Self {
        Self(routes::router(admin))
    }
}

impl Handler for AdminHandler {
    async fn handle(
        &self,
        request: Request<Incoming>,
        connection: ConnectionHandle,
    ) -> Response<ResponseBody> {
        if !has_local_host(request.headers()) {
            let text = "the admin port accepts only an IP address or localhost as its host";
            let response = BufferedResponse::new(StatusCode::FORBIDDEN, "text/plain", text);
            return send_response(ResponsePlan::complete(response), &connection).await;
        }
        let result: Result<_, Infallible> = self.0.clone().call(request).await;
        let Ok(response) = result;
        let (mut head, body) = response.into_parts();
        for (name, value) in [
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CACHE_CONTROL, "no-store"),
        ] {
            head.headers.insert(name, HeaderValue::from_static(value));
        }
        let chunks = body
            .into_data_stream()
            .filter_map(|chunk| async { chunk.ok() });
        Response::from_parts(head, stream_body(chunks))
    }
}

/// Returns true if `Host` is an IP address or `localhost`. A DNS name may have been rebound to this
/// machine by someone else.
fn has_local_host(headers: &HeaderMap) -> bool {
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
    use test_case::test_case;

    use super::has_local_host;

    #[test_case("127.0.0.1:8080" => true; "ipv4 address")]
    #[test_case("[::1]:8080" => true; "ipv6 address")]
    #[test_case("localhost" => true; "localhost")]
    #[test_case("192.168.1.7:80" => true; "other address")]
    #[test_case("evil.example:8080" => false; "name")]
    #[test_case("localhost.evil.example" => false; "name that begins with localhost")]
    #[test_case("" => false; "empty")]
    fn only_addresses_and_localhost_are_accepted(host: &'static str) -> bool {
        has_local_host(&HeaderMap::from_iter([(
            HOST,
            HeaderValue::from_static(host),
        )]))
    }
}
