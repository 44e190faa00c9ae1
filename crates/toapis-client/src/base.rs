//! Where the API is: read once, and joined to the path of each request.

use reqwest::Url;

use crate::Error;

/// The base URL of a client.
///
/// It is kept as it was read, since reading a host takes longer than all else that a request is built of.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    text: String,
    url: Option<Url>,
}

impl Base {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            url: Url::parse(text).ok(),
        }
    }

    /// As it was given.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL of a path, which begins with a slash, behind that of the base.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] if the base is no URL.
    #[expect(
        clippy::result_large_err,
        reason = "the error is the generator's, and every function of the client returns it"
    )]
    pub(crate) fn join(&self, path: &str) -> Result<Url, Error<()>> {
        let Some(mut url) = self.url.clone() else {
            // What was given instead may hold a password.
            return Err(Error::InvalidRequest("the base URL is no URL".to_owned()));
        };
        match url.path().trim_end_matches('/') {
            "" => url.set_path(path),
            above => url.set_path(&format!("{above}{path}")),
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::Base;
    use crate::Error;

    #[test]
    fn a_path_stands_behind_that_of_the_base() {
        for (base, joined) in [
            ("http://h", "http://h/v1/a%2Fb"),
            ("http://h/", "http://h/v1/a%2Fb"),
            ("https://h:8443/gateway", "https://h:8443/gateway/v1/a%2Fb"),
            ("https://h:8443/gateway/", "https://h:8443/gateway/v1/a%2Fb"),
        ] {
            assert_eq!(Base::new(base).join("/v1/a%2Fb").unwrap().as_str(), joined);
        }
    }

    #[test]
    fn a_base_that_is_no_url_is_told_without_what_may_be_a_password_in_it() {
        let Err(Error::InvalidRequest(why)) = Base::new("//user:password@h").join("/v1") else {
            unreachable!("it has no scheme");
        };
        assert!(!why.contains("password"), "{why}");
    }
}
