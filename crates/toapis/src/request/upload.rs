//! Uploads local images, each content once.

use std::path::Path;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use reqwest::multipart::{Form, Part};
use toapis_client::operations::UPLOAD_IMAGE;
use tokio::io::AsyncReadExt;
use tokio::time::Instant;

use super::{Reference, Source};
use crate::client::Client;
use crate::error::{Error, ErrorInner, ErrorKind};
use crate::generated::limits::{REFERENCES, UPLOAD};
use crate::image_format::{HEAD, ImageFormat};
use crate::request::ImageRequest;
use crate::sha256::Sha256;
use crate::time::deadline_after;
use crate::transport::Call;

impl Client {
    /// Uploads a local image and returns its URL. How long the URL is valid is not documented.
    ///
    /// A submit uploads its references itself. Each content is uploaded once for a client and its
    /// clones. A URL reference is returned unchanged.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidReference`], before anything is sent, if the service does not support
    /// the image; otherwise the error of the upload.
    ///
    /// ```no_run
    /// # async fn f(client: toapis::Client) -> Result<(), toapis::Error> {
    /// let url = client.upload_image("cat.png").await?;
    /// # Ok(()) }
    /// ```
    pub async fn upload_image(&self, image: impl Into<Reference>) -> Result<String, Error> {
        let deadline = deadline_after(self.transport().retry.max_elapsed);
        url_of(self, &image.into(), deadline).await
    }
}

/// The URLs of a request's references and of its mask.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReferenceUrls {
    /// In the order of the references.
    pub(crate) references: Vec<String>,
    pub(crate) mask: Option<String>,
}

impl ReferenceUrls {
    fn contains(&self, url: &str) -> bool {
        self.references
            .iter()
            .chain(&self.mask)
            .any(|own| own == url)
    }
}

/// Uploads the local images of a request, and returns the URLs of all of them.
pub(crate) async fn upload_references(
    client: &Client,
    request: &ImageRequest,
    deadline: Instant,
) -> Result<ReferenceUrls, Error> {
    let mut urls = ReferenceUrls::default();
    for (index, reference) in request.references.iter().enumerate() {
        let url = Box::pin(url_of(client, reference, deadline)).await;
        let url = url.map_err(|error| named(error, &format!("reference {}", index + 1)))?;
        urls.references.push(url);
    }
    if let Some(mask) = &request.mask {
        let url = Box::pin(url_of(client, mask, deadline)).await;
        urls.mask = Some(url.map_err(|error| named(error, "the mask"))?);
    }
    Ok(urls)
}

/// Removes these URLs from the cache of uploads, so that the next submit uploads the images again.
pub(crate) fn invalidate_cached(client: &Client, urls: &ReferenceUrls) {
    let mut uploads = client
        .0
        .uploads
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    uploads.retain(|_, cell| cell.get().is_none_or(|url| !urls.contains(url)));
}

fn named(error: Error, what: &str) -> Error {
    error.map_inner(|inner| inner.message = format!("{what}: {}", inner.message))
}

async fn url_of(
    client: &Client,
    reference: &Reference,
    deadline: Instant,
) -> Result<String, Error> {
    let allow_private = client.base_url().is_private();
    if let Some((actual, expected)) = reference.validate_url(allow_private) {
        return Err(ErrorInner::new(
            ErrorKind::InvalidReference,
            format!("{actual}; expected {expected}"),
        )
        .into());
    }
    let image = match reference.source() {
        Source::Url(url) => return Ok(url.clone()),
        Source::Path(path) => LocalImage::open(path).await?,
        Source::Bytes(bytes) => LocalImage::of(bytes)?,
    };
    let cell = {
        let mut uploads = client
            .0
            .uploads
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(uploads.entry(image.sha256).or_default())
    };
    // Of two concurrent uploads, the second waits for the first and takes over if it fails.
    cell.get_or_try_init(|| upload(client, reference, &image, deadline))
        .await
        .cloned()
}

/// A local image that was read once and may be a reference.
struct LocalImage {
    format: ImageFormat,
    length: u64,
    sha256: [u8; 32],
}

impl LocalImage {
    fn of(bytes: &Bytes) -> Result<Self, Error> {
        let length = bytes.len() as u64;
        let format = checked(&bytes[..bytes.len().min(HEAD)], length)?;
        Ok(Self {
            format,
            length,
            sha256: Sha256::of(bytes),
        })
    }

    /// Reads a file once for its hash. It is streamed from disk again when it is sent.
    async fn open(path: &Path) -> Result<Self, Error> {
        let fault = |error: std::io::Error| unreadable(path, error);
        let mut file = tokio::fs::File::open(path).await.map_err(fault)?;
        let metadata = file.metadata().await.map_err(fault)?;
        if !metadata.is_file() {
            return Err(ErrorInner::new(
                ErrorKind::InvalidReference,
                format!("{} is not a file", path.display()),
            )
            .into());
        }
        let length = metadata.len();
        let mut buffer = vec![0; 64 * 1024];
        let (mut hash, mut format) = (Sha256::default(), None);
        let mut head = Vec::with_capacity(HEAD);
        // No more than the limit is read, because a file may grow.
        let mut left = UPLOAD.max_bytes + 1;
        loop {
            let room = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(buffer.len());
            let read = file.read(&mut buffer[..room]).await.map_err(fault)?;
            if read == 0 {
                break;
            }
            left -= read as u64;
            hash.update(&buffer[..read]);
            if head.len() < HEAD {
                head.extend_from_slice(&buffer[..read.min(HEAD - head.len())]);
            }
            if format.is_none() && head.len() == HEAD {
                format = Some(checked(&head, length)?);
            }
        }
        let format = match format {
            Some(format) => format,
            None => checked(&head, length)?,
        };
        Ok(Self {
            format,
            length,
            sha256: hash.finish(),
        })
    }
}

/// Returns the format of an image, by its first bytes, if it may be a reference.
fn checked(head: &[u8], length: u64) -> Result<ImageFormat, Error> {
    let types = REFERENCES.media_types;
    let refuse =
        |message: String| Error::from(ErrorInner::new(ErrorKind::InvalidReference, message));
    let format = ImageFormat::from_magic_bytes(head).ok_or_else(|| {
        refuse(format!(
            "the content is not an image; expected {}",
            types.join(", ")
        ))
    })?;
    if !types.contains(&format.media_type()) {
        return Err(refuse(format!(
            "the format is {format}; expected {}",
            types.join(", ")
        )));
    }
    let most = REFERENCES.max_bytes.min(UPLOAD.max_bytes);
    if length > most {
        return Err(refuse(format!(
            "the image has {length} bytes; expected at most {most}"
        )));
    }
    Ok(format)
}

/// Uploads an image. Each attempt builds its body again.
async fn upload(
    client: &Client,
    reference: &Reference,
    image: &LocalImage,
    deadline: Instant,
) -> Result<String, Error> {
    let transport = client.transport();
    let make = || async {
        let form = form(reference, image)
            .await
            .map_err(|error| toapis_client::Error::InvalidRequest(error.to_string()))?;
        transport.api.upload_image_request(form)
    };
    let call = Call {
        operation: &UPLOAD_IMAGE,
        deadline,
        attempt_timeout: transport.attempt_timeout,
        build_request: make,
    };
    let read = |result: toapis_client::types::UploadResult, _: &crate::transport::RawResponse| {
        result
            .data?
            .url
            .filter(|url| !url.is_empty() && result.success != Some(false))
    };
    Box::pin(transport.call(call, read)).await
}

async fn form(reference: &Reference, image: &LocalImage) -> Result<Form, Error> {
    let part = match reference.source() {
        Source::Bytes(bytes) => Part::stream_with_length(bytes.clone(), image.length),
        Source::Path(path) => {
            let file = tokio::fs::File::open(path)
                .await
                .map_err(|error| unreadable(path, error))?;
            Part::stream_with_length(file, image.length)
        }
        Source::Url(_) => {
            return Err(
                ErrorInner::new(ErrorKind::InvalidReference, "a URL is not uploaded").into(),
            );
        }
    };
    // The name of the file is not sent: it may be private.
    let name = format!("reference.{}", image.format.extension());
    let part = part
        .file_name(name)
        .mime_str(image.format.media_type())
        .map_err(|error| {
            ErrorInner::new(ErrorKind::InvalidReference, "it cannot be sent").with_source(error)
        })?;
    Ok(Form::new().part("file", part))
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    ErrorInner::new(
        ErrorKind::InvalidReference,
        format!("cannot read {}: {error}", path.display()),
    )
    .with_source(error)
    .into()
}
