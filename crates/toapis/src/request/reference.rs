//! Reference images: a URL, a file or bytes.

use std::fmt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt};
use url::Url;

use crate::error::{Error, ErrorInner, ErrorKind};
use crate::generated::limits::REFERENCES;
use crate::validate::reference_url;

/// An image that a request refers to.
///
/// A URL is sent as it is. Everything else is uploaded first, once per content for a client and its
/// clones.
///
/// ```
/// use toapis::Reference;
/// let there = Reference::url("https://example.com/cat.png");
/// let here = Reference::path("cat.png");
/// let made: Reference = vec![0x89, b'P', b'N', b'G'].into();
/// let guessed: Reference = "pictures/cat.png".into(); // no scheme: a path
/// # let _ = (there, here, made, guessed);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reference(Source);

/// The source of a reference.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    Url(String),
    Path(PathBuf),
    /// As base64.
    Bytes(#[serde(with = "base64_bytes")] Bytes),
}

mod base64_bytes {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use bytes::Bytes;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(
        bytes: &Bytes,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_STANDARD.decode(text).map_err(de::Error::custom)?;
        Ok(bytes.into())
    }
}

impl Reference {
    /// The maximum size that the service accepts, in bytes.
    pub const MAX_BYTES: u64 = REFERENCES.max_bytes;

    /// Creates a reference to an `http` or `https` URL that the service can reach.
    pub fn url(url: impl Into<String>) -> Self {
        Self(Source::Url(url.into()))
    }

    /// Creates a reference to a local file: JPEG, PNG or WebP of at most
    /// [`MAX_BYTES`](Self::MAX_BYTES). The file is read and streamed when the request is submitted.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self(Source::Path(path.into()))
    }

    /// Creates a reference to an image in memory.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Source::Bytes(bytes.into()))
    }

    /// Reads an image. It is kept in memory, because an upload may be repeated.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidReference`] if reading fails or the image is larger than
    /// [`MAX_BYTES`](Self::MAX_BYTES); no more than that is read.
    pub async fn from_reader(reader: impl AsyncRead) -> Result<Self, Error> {
        let mut reader = std::pin::pin!(reader.take(REFERENCES.max_bytes + 1));
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await.map_err(|error| {
            ErrorInner::new(ErrorKind::InvalidReference, "it could not be read").with_source(error)
        })?;
        if bytes.len() as u64 > REFERENCES.max_bytes {
            let message = format!("it is larger than {} bytes", REFERENCES.max_bytes);
            return Err(ErrorInner::new(ErrorKind::InvalidReference, message).into());
        }
        Ok(Self::bytes(bytes))
    }

    pub(crate) fn source(&self) -> &Source {
        &self.0
    }

    /// Checks the URL, if it is one. Returns the actual and the expected value of a violation.
    pub(crate) fn validate_url(&self, allow_private: bool) -> Option<(String, String)> {
        match &self.0 {
            Source::Url(url) => reference_url(url, allow_private),
            Source::Path(_) | Source::Bytes(_) => None,
        }
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Url(url) => f
                .debug_tuple("Url")
                .field(&url.chars().take(200).collect::<String>())
                .finish(),
            Source::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Source::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

impl From<&str> for Reference {
    /// Creates a URL reference if `text` has a scheme, otherwise a path reference.
    fn from(text: &str) -> Self {
        let has_scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
            // A single letter before a colon is a Windows drive.
            scheme.len() > 1
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
                && (rest.starts_with("//") || scheme.eq_ignore_ascii_case("data"))
        });
        if has_scheme {
            Self::url(text)
        } else {
            Self::path(text)
        }
    }
}

impl From<String> for Reference {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&String> for Reference {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<&Path> for Reference {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl From<PathBuf> for Reference {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

impl From<&PathBuf> for Reference {
    fn from(path: &PathBuf) -> Self {
        Self::path(path)
    }
}

impl From<Vec<u8>> for Reference {
    fn from(bytes: Vec<u8>) -> Self {
        Self::bytes(bytes)
    }
}

impl From<Bytes> for Reference {
    fn from(bytes: Bytes) -> Self {
        Self::bytes(bytes)
    }
}

impl From<Url> for Reference {
    fn from(url: Url) -> Self {
        Self::url(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_a_scheme_is_a_url_and_any_other_a_path() {
        for text in [
            "https://a.b/c",
            "http://a.b",
            "data:image/png;base64,AAAA",
            "ftp://x/y",
            "s3://bucket/x",
        ] {
            assert_eq!(Reference::from(text), Reference::url(text));
        }
        for text in [
            "cat.png",
            "a:b",
            "C:\\cat.png",
            "/x/y.png",
            "./a:b/c",
            "a b: c.png",
        ] {
            assert_eq!(Reference::from(text), Reference::path(text));
        }
    }

    #[tokio::test]
    async fn a_reader_is_read_up_to_the_limit_and_no_further() {
        let endless = tokio::io::repeat(7);
        assert_eq!(
            Reference::from_reader(endless).await.unwrap_err().kind(),
            ErrorKind::InvalidReference
        );
        assert_eq!(
            Reference::from_reader(&b"abc"[..]).await.unwrap(),
            Reference::bytes(&b"abc"[..])
        );
    }
}
