//! TLS of the suite and of the proxy: rustls with ring and the platform's roots; and the suite's client.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

/// Why there can be no TLS or no client.
pub(crate) type ClientError = Box<dyn std::error::Error + Send + Sync>;

/// A host that does not accept a connection within this time is unreachable.
#[cfg(feature = "suite")]
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// The TLS configuration.
///
/// # Errors
///
/// The platform's roots cannot be read.
pub(crate) fn tls() -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    Ok(config)
}

/// A client that shows every answer as it came: redirects are not followed, bodies are not decompressed.
///
/// # Errors
///
/// As [`tls`].
#[cfg(feature = "suite")]
pub(crate) fn http_client() -> Result<reqwest::Client, ClientError> {
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls()?)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .build()?;
    Ok(client)
}
