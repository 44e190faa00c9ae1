//! The API key, which is never shown.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use memchr::memchr_iter;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, ErrorInner, ErrorKind};

/// An API key. It is wiped from memory when dropped, and no `Debug` output, log or error shows it.
///
/// ```
/// let key = toapis::ApiKey::new("sk-abc")?;
/// assert_eq!(format!("{key:?}"), "ApiKey(sk-…)");
/// # Ok::<(), toapis::Error>(())
/// ```
#[derive(Clone)]
pub struct ApiKey(Arc<SecretString>);

impl ApiKey {
    /// Creates an API key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if it is empty or not a valid header value, for example because of a
    /// line break, a space or a non-ASCII character. The error doesn't show the key.
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        let key = SecretString::from(key.into());
        let text = key.expose_secret();
        let wrong = if text.is_empty() {
            "the API key is empty"
        } else if text.contains(['\n', '\r']) {
            "the API key contains a line break"
        } else if let Some(at) = text.bytes().position(|byte| !byte.is_ascii_graphic()) {
            let message = format!(
                "the API key contains a space, a control or a non-ASCII character at byte {at}"
            );
            return Err(ErrorInner::new(ErrorKind::Config, message).into());
        } else {
            return Ok(Self(Arc::new(key)));
        };
        Err(ErrorInner::new(ErrorKind::Config, wrong).into())
    }

    /// Returns the `Authorization` header, marked as sensitive so that HTTP libraries don't log
    /// it.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.0.expose_secret()))
            .map_err(|_| {
                ErrorInner::new(ErrorKind::Config, "the API key is not a valid header value")
            })?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Removes the key from a response that echoes it.
    pub(crate) fn redact(&self, body: Bytes) -> Bytes {
        let key = self.0.expose_secret().as_bytes();
        let Some(mut at) = find(&body, key) else {
            return body;
        };
        let mut clean = Vec::with_capacity(body.len());
        let mut rest = &body[..];
        loop {
            clean.extend_from_slice(&rest[..at]);
            clean.extend_from_slice(HIDDEN.as_bytes());
            rest = &rest[at + key.len()..];
            match find(rest, key) {
                Some(next) => at = next,
                None => break,
            }
        }
        clean.extend_from_slice(rest);
        clean.into()
    }

    /// Replaces header values that contain the key.
    pub(crate) fn redact_headers(&self, headers: &mut HeaderMap) {
        let key = self.0.expose_secret().as_bytes();
        for value in headers.values_mut() {
            if find(value.as_bytes(), key).is_some() {
                *value = HeaderValue::from_static("hidden");
            }
        }
    }
}

/// The replacement for the key. Valid in a JSON string.
const HIDDEN: &str = "sk-…";

/// Returns the position of `wanted` in `text`. Every response is searched, so this scans for the
/// first byte.
fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let last = text.len().checked_sub(wanted.len())?;
    let starts = text.get(..=last)?;
    memchr_iter(*wanted.first()?, starts).find(|at| text[*at..].starts_with(wanted))
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(sk-…)")
    }
}

impl TryFrom<&str> for ApiKey {
    type Error = Error;
    fn try_from(key: &str) -> Result<Self, Error> {
        Self::new(key)
    }
}

impl TryFrom<String> for ApiKey {
    type Error = Error;
    fn try_from(key: String) -> Result<Self, Error> {
        Self::new(key)
    }
}

impl TryFrom<&String> for ApiKey {
    type Error = Error;
    fn try_from(key: &String) -> Result<Self, Error> {
        Self::new(key.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_key_is_rejected_without_being_shown() {
        for key in [
            "",
            "sk-secret\n",
            "sk-sec\rret",
            "sk secret",
            "sk-sécret",
            "sk-\u{7f}secret",
        ] {
            let error = ApiKey::new(key).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!format!("{error} {error:?}").contains("cret"), "{error:?}");
        }
    }

    #[test]
    fn key_echoed_by_a_server_is_redacted() {
        let key = ApiKey::new("sk-abc").unwrap();
        for (echoed, shown) in [
            ("bad sk-abc, sk-abc", "bad sk-…, sk-…"),
            ("sk-abcsk-abc!", "sk-…sk-…!"),
            ("sk-sk-abc", "sk-sk-…"),
            ("sk-ab", "sk-ab"),
            ("", ""),
        ] {
            let body = key.redact(Bytes::copy_from_slice(echoed.as_bytes()));
            assert_eq!(body, shown.as_bytes());
        }
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", HeaderValue::from_static("for sk-abc"));
        headers.insert("server", HeaderValue::from_static("sk-ab"));
        key.redact_headers(&mut headers);
        assert_eq!(
            (&headers["x-request-id"], &headers["server"]),
            (
                &HeaderValue::from_static("hidden"),
                &HeaderValue::from_static("sk-ab")
            )
        );
    }
}
