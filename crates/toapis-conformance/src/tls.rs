//! TLS and HTTP clients: rustls with ring and the platform's root certificates.

use std::{sync::Arc, time::Duration};

use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

/// A host that accepts no connection within this time is unreachable.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The cause of a failed TLS or client setup.
pub(crate) type SetupError = Box<dyn std::error::Error + Send + Sync>;

/// Creates the TLS configuration; fails if the platform's roots cannot be read.
pub(crate) fn tls_config() -> Result<ClientConfig, SetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    Ok(config)
}

/// Creates a client that shows each response as received: no redirects, no decompression.
pub(crate) fn http_client() -> Result<reqwest::Client, SetupError> {
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls_config()?)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .build()?;
    Ok(client)
}
