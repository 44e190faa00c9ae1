//! Requests to the admin port: access control and security headers.

use std::{convert::Infallible, ops::Deref, sync::Arc};

use axum::Router;
use futures_util::StreamExt as _;
use http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use tower_service::Service as _;

use super::routes;
use crate::{
    control::Control,
    files::ImageCache,
    server::{
        AllowedHosts, ConnectionHandle, Handler, ResponseBody, ResponsePlan, send_response,
        stream_body,
    },
};

/// The content security policy: only the page's own scripts and styles, and only its own port.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the admin API reads and changes.
#[derive(Clone)]
pub(crate) struct Admin {
    pub(crate) control: Control,
    pub(crate) images: Arc<ImageCache>,
}

impl Deref for Admin {
    type Target = Control;

    fn deref(&self) -> &Control {
        &self.control
    }
}

/// Handles requests to the admin port.
#[derive(Clone)]
pub(crate) struct AdminHandler {
    router: Router,
    allowed_hosts: AllowedHosts,
}

impl AdminHandler {
    pub(crate) fn new(admin: Admin) -> Self {
        Self {
            allowed_hosts: AllowedHosts(admin.app.config.allowed_hosts.clone()),
            router: routes::router(admin),
        }
    }
}

impl Handler for AdminHandler {
    async fn handle(
        &self,
        request: Request<Incoming>,
        connection: ConnectionHandle,
    ) -> Response<ResponseBody> {
        if let Some(response) = self.allowed_hosts.reject(request.headers()) {
            return send_response(ResponsePlan::complete(response), &connection).await;
        }
        let result: Result<_, Infallible> = self.router.clone().call(request).await;
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
