//! Sends the request for an image and follows redirects, without the API key.

use std::time::Duration;

use http::header::{ACCEPT, IF_RANGE, LOCATION, RANGE, USER_AGENT};
use http::{HeaderValue, StatusCode};
use url::Url;

use crate::error::{Error, ErrorInner, ErrorKind};
use crate::net::is_private;
use crate::transport::Transport;

/// The maximum number of redirects.
const MAX_REDIRECTS: u32 = 5;
/// The longest time without a byte from the host.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The failure of an attempt.
pub(super) enum FetchError {
    /// Another attempt may succeed.
    Transient(Error),
    /// The host responded 403 or 404: a new file may be missing for a while.
    Missing(Error),
    /// Every attempt would fail.
    Permanent(Error),
}

/// The part of a file that is still missing.
pub(super) struct Rest {
    /// The number of bytes that were received.
    pub(super) start: u64,
    /// The strong `ETag` of the file.
    pub(super) version: HeaderValue,
}

/// Sends the request for the file, or for the rest of it, and follows redirects.
pub(super) async fn send(
    transport: &Transport,
    url: &Url,
    rest: Option<&Rest>,
) -> Result<reqwest::Response, FetchError> {
    let mut url = url.clone();
    for _ in 0..=MAX_REDIRECTS {
        let mut request = transport
            .http
            .get(url.clone())
            .header(USER_AGENT, transport.user_agent.clone())
            .header(ACCEPT, "image/*,*/*;q=0.5");
        if let Some(rest) = rest {
            request = request
                .header(RANGE, format!("bytes={}-", rest.start))
                .header(IF_RANGE, rest.version.clone());
        }
        let sent = tokio::time::timeout(READ_TIMEOUT, request.send()).await;
        let response = match sent {
            Err(_) => {
                return Err(FetchError::Transient(
                    ErrorInner::new(ErrorKind::Timeout, "the host does not respond").into(),
                ));
            }
            Ok(Err(error)) if error.is_connect() => {
                let error = error.without_url();
                return Err(FetchError::Transient(
                    ErrorInner::new(ErrorKind::Connect, "")
                        .with_source(error)
                        .into(),
                ));
            }
            Ok(Err(error)) if error.is_builder() => {
                return Err(FetchError::Permanent(
                    ErrorInner::new(ErrorKind::MissingResult, "the URL cannot be requested")
                        .with_source(error)
                        .into(),
                ));
            }
            Ok(Err(error)) => {
                let error = error.without_url();
                return Err(FetchError::Transient(
                    ErrorInner::new(ErrorKind::ConnectionLost, "")
                        .with_source(error)
                        .into(),
                ));
            }
            Ok(Ok(response)) => response,
        };
        if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
            return Ok(response);
        }
        let target = response
            .headers()
            .get(LOCATION)
            .and_then(|target| url.join(target.to_str().ok()?).ok());
        url = target
            .filter(|target| is_redirect_allowed(&url, target))
            .ok_or_else(|| {
                let message = "the redirect target is not allowed; redirects lead only to http(s) URLs that are as secure and as public";
                FetchError::Permanent(ErrorInner::new(ErrorKind::CorruptDownload, message).into())
            })?;
    }
    Err(FetchError::Permanent(
        ErrorInner::new(
            ErrorKind::CorruptDownload,
            format!("more than {MAX_REDIRECTS} redirects"),
        )
        .into(),
    ))
}

/// Returns true if a redirect may be followed: not from https to http, and not from a public host
/// to a private one.
fn is_redirect_allowed(from: &Url, to: &Url) -> bool {
    matches!(
        (from.scheme(), to.scheme()),
        (_, "https") | ("http", "http")
    ) && (is_private(from) || !is_private(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_keeps_tls_and_stays_out_of_private_networks() {
        for (from, to, may) in [
            ("https://a.example.com/1", "https://b.example.com/1", true),
            ("http://a.example.com/1", "https://b.example.com/1", true),
            ("http://a.example.com/1", "http://b.example.com/1", true),
            ("https://a.example.com/1", "http://a.example.com/1", false),
            ("https://a.example.com/1", "https://169.254.169.254/", false),
            ("https://a.example.com/1", "https://localhost/1", false),
            ("http://127.0.0.1:1/1", "http://127.0.0.1:2/1", true),
            ("http://127.0.0.1:1/1", "file:///etc/passwd", false),
            ("https://a.example.com/1", "ftp://a.example.com/1", false),
        ] {
            let urls = (Url::parse(from).unwrap(), Url::parse(to).unwrap());
            assert_eq!(is_redirect_allowed(&urls.0, &urls.1), may, "{from} to {to}");
        }
    }
}
