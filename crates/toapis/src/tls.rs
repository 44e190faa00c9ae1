//! Configures TLS: rustls on ring, the platform's root certificates, and additional ones.

use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

use crate::error::{Error, ErrorInner, ErrorKind};

/// Returns the TLS configuration. It changes no global state, so a program can use another
/// provider as well.
pub(crate) fn config(extra_roots: &[CertificateDer<'static>]) -> Result<ClientConfig, Error> {
    let refuse = |error: rustls::Error| {
        ErrorInner::new(ErrorKind::Config, "TLS cannot be set up").with_source(error)
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = if extra_roots.is_empty() {
        platform().map_err(refuse)?
    } else {
        let roots = extra_roots.iter().cloned();
        Arc::new(Verifier::new_with_extra_roots(roots, provider.clone()).map_err(refuse)?)
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refuse)?
        // This is the platform's own verification, which rustls considers a custom one.
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    // A preconfigured backend must offer HTTP/2 itself.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The platform's root certificates, read once per process, because that is slow.
fn platform() -> Result<Arc<Verifier>, rustls::Error> {
    static PLATFORM: OnceLock<Result<Arc<Verifier>, rustls::Error>> = OnceLock::new();
    let read = || Verifier::new(Arc::new(rustls::crypto::ring::default_provider())).map(Arc::new);
    PLATFORM.get_or_init(read).clone()
}

/// Returns the TLS configuration, which may lack root certificates if the base URL has no TLS:
/// then only downloads need them, and a container without any still gets a client for a simulator.
pub(crate) fn config_or_none(
    extra_roots: &[CertificateDer<'static>],
    needed: bool,
) -> Result<ClientConfig, Error> {
    match config(extra_roots) {
        Err(_) if !needed && extra_roots.is_empty() => {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            Ok(ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| {
                    ErrorInner::new(ErrorKind::Config, "TLS cannot be set up").with_source(error)
                })?
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth())
        }
        other => other,
    }
}

/// Parses the certificates of a PEM file, or the one of a DER file.
pub(crate) fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let refuse = |why: &str| {
        Error::from(ErrorInner::new(
            ErrorKind::Config,
            format!("the root certificate {why}"),
        ))
    };
    if bytes.first() == Some(&0x30) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(refuse("is neither PEM nor DER")),
        Err(error) => {
            Err(refuse("cannot be read").map_inner(|inner| inner.source = Some(Box::new(error))))
        }
    }
}
