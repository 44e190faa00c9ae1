//! The API key, which is never shown.

use std::fmt;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Context, Error, ErrorKind};

/// A key of the service. It is wiped from memory when dropped, and no `Debug`, log or error shows it.
///
/// ```
/// let key = toapis::ApiKey::new("sk-abc")?;
/// assert_eq!(format!("{key:?}"), "ApiKey(sk-…)");
/// # Ok::<(), toapis::Error>(())
/// ```
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// Takes a key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if it is empty or cannot stand in a header: a line break, a space, a letter that is not
    /// ASCII. The error does not show the key.
    pub fn new(key: impl Into<SecretString>) -> Result<Self, Error> {
        let key = key.into();
        let text = key.expose_secret();
        let wrong = if text.is_empty() {
            "the API key is empty"
        } else if text.contains(['\n', '\r']) {
            "the API key holds a line break"
        } else if let Some(at) = text.bytes().position(|byte| !byte.is_ascii_graphic()) {
            let message = format!(
                "the API key holds a space, a control or a non-ASCII character at byte {at}"
            );
            return Err(Context::new(ErrorKind::Config, message).into());
        } else {
            return Ok(Self(key));
        };
        Err(Context::new(ErrorKind::Config, wrong).into())
    }

    /// The `Authorization` header, marked so that no HTTP library logs it.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.0.expose_secret()))
            .map_err(|_| Context::new(ErrorKind::Config, "the API key cannot stand in a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Takes the key out of a body that echoes it, so that no error shows it.
    pub(crate) fn redact(&self, body: bytes::Bytes) -> bytes::Bytes {
        let key = self.0.expose_secret().as_bytes();
        if !body.windows(key.len()).any(|window| window == key) {
            return body;
        }
        let mut clean = Vec::with_capacity(body.len());
        let mut rest = &body[..];
        while let Some(at) = rest.windows(key.len()).position(|window| window == key) {
            clean.extend_from_slice(&rest[..at]);
            clean.extend_from_slice("sk-…".as_bytes());
            rest = &rest[at + key.len()..];
        }
        clean.extend_from_slice(rest);
        clean.into()
    }
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
    fn a_key_that_cannot_stand_in_a_header_is_refused_without_being_shown() {
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
    fn a_key_echoed_by_a_server_is_taken_out_wherever_it_stands() {
        let key = ApiKey::new("sk-abc").unwrap();
        let body = key.redact(bytes::Bytes::from_static(b"bad sk-abc, sk-abc"));
        assert_eq!(body, "bad sk-…, sk-…".as_bytes());
        assert_eq!(
            key.redact(bytes::Bytes::from_static(b"sk-ab")),
            "sk-ab".as_bytes()
        );
    }
}
