//! The HTTP client of the suite and of the proxy: TLS by rustls with ring and the platform's roots, no redirects.

use std::sync::Arc;

use rustls_platform_verifier::BuilderVerifierExt;

/// A client that shows every answer as it came: redirects are not followed, bodies are not decompressed.
///
/// # Errors
///
/// The platform's roots cannot be read.
pub(crate) fn http_client() -> Result<reqwest::Client, Box<dyn std::error::Error + Send + Sync>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    Ok(client)
}
