//! The base URL of the API.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::error::{Error, ErrorInner, ErrorKind};
use crate::net::is_private;

/// The base URL of the API, without `/v1` and without a trailing slash.
///
/// ```
/// let base: toapis::BaseUrl = "https://toapis.com/v1/".parse()?;
/// assert_eq!(base.as_str(), "https://toapis.com");
/// assert!("toapis.com".parse::<toapis::BaseUrl>().is_err());
/// # Ok::<(), toapis::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    text: String,
}

impl BaseUrl {
    /// Creates a base URL. Any trailing `/v1` and `/` are removed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the scheme isn't http or https, the host is missing, or it
    /// contains a query, a fragment, a user name or a password.
    pub fn new(given: &str) -> Result<Self, Error> {
        let given = given.trim();
        let refuse = |why: &str| -> Error {
            // The part before an `@` may be a password.
            let shown = given.rsplit('@').next().unwrap_or_default();
            ErrorInner::new(ErrorKind::Config, format!("the base URL {why}: {shown:?}")).into()
        };
        if !given.contains("://") {
            return Err(refuse("has no scheme; start it with https://"));
        }
        let mut url =
            Url::parse(given).map_err(|error| refuse(&format!("is not a URL ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("is neither http nor https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("contains a user name or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("contains a query or a fragment"));
        }
        let mut path = url.path().trim_end_matches('/');
        while let Some(shorter) = path.strip_suffix("/v1") {
            path = shorter.trim_end_matches('/');
        }
        let path = path.to_owned();
        url.set_path(&path);
        let text = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { url, text })
    }

    /// Returns the URL as text, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns true if the API runs on a private host (loopback, private networks), as the
    /// simulator does. References may then be private, too.
    pub(crate) fn is_private(&self) -> bool {
        is_private(&self.url)
    }
}

impl FromStr for BaseUrl {
    type Err = Error;
    fn from_str(given: &str) -> Result<Self, Error> {
        Self::new(given)
    }
}

impl TryFrom<&str> for BaseUrl {
    type Error = Error;
    fn try_from(given: &str) -> Result<Self, Error> {
        Self::new(given)
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = Error;
    fn try_from(given: String) -> Result<Self, Error> {
        Self::new(&given)
    }
}

impl TryFrom<&String> for BaseUrl {
    type Error = Error;
    fn try_from(given: &String) -> Result<Self, Error> {
        Self::new(given)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_v1_and_slashes_are_removed() {
        for given in [
            "https://toapis.com",
            "https://toapis.com/",
            "https://toapis.com/v1",
            " https://toapis.com/v1/v1// ",
        ] {
            assert_eq!(
                BaseUrl::new(given).unwrap().as_str(),
                "https://toapis.com",
                "{given}"
            );
        }
        assert_eq!(
            BaseUrl::new("http://127.0.0.1:80/gate/v1")
                .unwrap()
                .as_str(),
            "http://127.0.0.1/gate"
        );
        assert_eq!(
            BaseUrl::new("http://h/apiv1").unwrap().as_str(),
            "http://h/apiv1"
        );
    }

    #[test]
    fn invalid_base_url_is_rejected_without_showing_a_password() {
        for (given, why) in [
            ("toapis.com", "no scheme"),
            ("localhost:8080", "no scheme"),
            ("", "no scheme"),
            ("ftp://toapis.com", "neither http nor https"),
            ("https://", "is not a URL"),
            ("https://toapis.com/?a=b", "query"),
            ("https://me:hunter2@toapis.com", "password"),
        ] {
            let error = BaseUrl::new(given).unwrap_err();
            assert!(error.message().contains(why), "{given}: {error}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
