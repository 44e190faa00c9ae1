//! The base URL, parsed once and joined with the path of each request.

use reqwest::Url;

use crate::Error;

/// The base URL of a [`Client`](crate::Client).
///
/// It is parsed when the client is created: parsing a host costs more than everything else that
/// building a request does.
#[derive(Clone, Debug)]
pub(crate) struct ParsedBaseUrl {
    text: String,
    url: Option<Url>,
}

impl ParsedBaseUrl {
    /// Parses `text`. An invalid URL is kept and reported by [`join`](Self::join), because the
    /// generated constructor returns no error.
    pub(crate) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            url: Url::parse(text).ok(),
        }
    }

    /// Returns the text that the client was created with.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the base URL with `path`, which starts with a slash, appended to its own path.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] if the base URL is invalid.
    #[expect(
        clippy::result_large_err,
        reason = "every function of the generated client returns this error type"
    )]
    pub(crate) fn join(&self, path: &str) -> Result<Url, Error<()>> {
        let Some(mut url) = self.url.clone() else {
            // The text is left out: it may contain a password.
            return Err(Error::InvalidRequest(
                "the base URL is not a valid URL".to_owned(),
            ));
        };
        match url.path().trim_end_matches('/') {
            "" => url.set_path(path),
            prefix => url.set_path(&format!("{prefix}{path}")),
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::ParsedBaseUrl;
    use crate::Error;

    #[test_case("http://h", "http://h/v1/a%2Fb"; "no path")]
    #[test_case("http://h/", "http://h/v1/a%2Fb"; "slash")]
    #[test_case("https://h:8443/gateway", "https://h:8443/gateway/v1/a%2Fb"; "path")]
    #[test_case("https://h:8443/gateway/", "https://h:8443/gateway/v1/a%2Fb"; "path and slash")]
    fn request_path_is_appended_to_the_base_path(base: &str, joined: &str) {
        let url = ParsedBaseUrl::new(base).join("/v1/a%2Fb").unwrap();
        assert_eq!(url.as_str(), joined);
    }

    #[test]
    fn invalid_base_url_error_does_not_contain_the_password() {
        let error = ParsedBaseUrl::new("//user:password@h")
            .join("/v1")
            .unwrap_err();
        let Error::InvalidRequest(message) = error else {
            unreachable!("expected InvalidRequest, got {error:?}");
        };
        assert!(!message.contains("password"), "{message}");
    }
}
