//! Downloads the bytes of an image from a file host, without the API key.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONTENT_RANGE, ETAG};
use http::{HeaderValue, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::completeness::CompletenessCheck;
use super::request::{FetchError, READ_TIMEOUT, Rest, send};
use crate::error::{Error, ErrorInner, ErrorKind};
use crate::image::Image;
use crate::image_format::ImageFormat;
use crate::sha256::Sha256;
use crate::transport::{RetryLoop, Transport, retry_after};

/// The longest time for a download, including retries.
const TOTAL_TIMEOUT: Duration = Duration::from_mins(15);
/// How long a URL that has not expired may be missing: a new file reaches some hosts late.
const MISSING_TIMEOUT: Duration = Duration::from_mins(1);
/// The longest pause between two requests for a missing file.
const MAX_MISSING_PAUSE: Duration = Duration::from_secs(15);

/// Receives the bytes of a download.
pub(super) trait Sink: Send {
    /// Appends the next bytes.
    fn write(&mut self, chunk: &Bytes) -> impl Future<Output = Result<(), Error>> + Send;
    /// Discards everything that was written.
    fn restart(&mut self) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A complete image.
pub(super) struct Fetched {
    pub(super) bytes: u64,
    pub(super) format: ImageFormat,
    pub(super) sha256: [u8; 32],
}

/// The part of the file that was received so far.
#[derive(Default)]
struct Progress {
    check: CompletenessCheck,
    hash: Sha256,
    /// The strong `ETag` of the file. Without one, the rest might be from another file.
    version: Option<HeaderValue>,
}

impl Progress {
    /// Returns the rest of the file, if the next request can ask for it.
    fn rest(&self) -> Option<Rest> {
        let version = self.version.clone()?;
        let start = self.check.length();
        (start > 0).then_some(Rest { start, version })
    }

    /// Returns true if `response` starts where this part ends, in the same file.
    fn is_continued_by(&self, response: &reqwest::Response) -> bool {
        let header = |name| response.headers().get(name);
        let start = header(CONTENT_RANGE)
            .and_then(|range| range.to_str().ok()?.strip_prefix("bytes ")?.split_once('-'))
            .and_then(|(start, _)| start.trim().parse().ok());
        // Some hosts ignore `If-Range`.
        let same = header(ETAG).is_none_or(|version| self.version.as_ref() == Some(version));
        self.check.length() > 0 && start == Some(self.check.length()) && same
    }
}

/// Downloads `image` into `sink`.
///
/// An interrupted attempt is resumed if the host names the version of the file, and otherwise
/// repeated from the start.
///
/// # Errors
///
/// The error of the last attempt, with the task id.
pub(super) async fn fetch<S: Sink>(
    image: &Image,
    max_bytes: u64,
    sink: &mut S,
) -> Result<Fetched, Error> {
    let transport = image.client.transport();
    transport.counters.calls.add();
    let about = |error: Error| error.map_inner(|inner| inner.task = Some(image.task.clone()));
    let url = Url::parse(image.url()).map_err(|error| {
        about(
            ErrorInner::new(
                ErrorKind::MissingResult,
                format!("the result is not a URL: {:?}", image.url()),
            )
            .with_source(error)
            .into(),
        )
    })?;
    let until = Instant::now() + TOTAL_TIMEOUT;
    let mut tries = RetryLoop::new(transport, until);
    let mut progress = Progress::default();
    let mut missing = Missing::default();
    loop {
        tries.begin();
        transport.counters.attempts.add();
        let attempt = attempt(transport, &url, max_bytes, &mut progress, sink);
        let result = tokio::time::timeout_at(until, attempt).await;
        match result.unwrap_or_else(|_| Err(FetchError::Permanent(too_slow()))) {
            Ok(()) => break,
            Err(FetchError::Permanent(error)) => return Err(tries.finish(about(error))),
            Err(FetchError::Transient(error)) => tries.pause(about(error)).await?,
            Err(FetchError::Missing(error)) => {
                let retries = transport.retry.max_attempts > 1;
                if !(retries && missing.pause(image.expires_at(), until).await) {
                    let error = missing_error(image.expires_at(), error);
                    return Err(tries.finish(about(error)));
                }
            }
        }
    }
    transport.budget.deposit();
    let format = progress
        .check
        .format()
        .ok_or_else(|| about(not_an_image(&Bytes::new())))?;
    Ok(Fetched {
        bytes: progress.check.length(),
        format,
        sha256: progress.hash.finish(),
    })
}

async fn attempt<S: Sink>(
    transport: &Transport,
    url: &Url,
    max_bytes: u64,
    progress: &mut Progress,
    sink: &mut S,
) -> Result<(), FetchError> {
    let rest = progress.rest();
    let mut response = send(transport, url, rest.as_ref()).await?;
    let status = response.status();
    let resumed = status == StatusCode::PARTIAL_CONTENT && progress.is_continued_by(&response);
    if !resumed {
        sink.restart().await.map_err(FetchError::Permanent)?;
        *progress = Progress::default();
    }
    if rest.is_some() && !resumed && spoils_resumption(&response) {
        // `progress` is empty now, so that the next attempt asks for the whole file.
        let error = status_error(ErrorKind::CorruptDownload, response).await;
        return Err(FetchError::Transient(error));
    }
    if !(resumed || status == StatusCode::OK) {
        return Err(rejected(response).await);
    }
    if !resumed {
        // A weak version may change without the bytes being the same.
        progress.version = response
            .headers()
            .get(ETAG)
            .filter(|tag| !tag.as_bytes().starts_with(b"W/"))
            .cloned();
    }
    let before = progress.check.length();
    let expected = response.content_length();
    let too_large = || {
        FetchError::Permanent(
            ErrorInner::new(
                ErrorKind::CorruptDownload,
                format!("it is larger than {max_bytes} bytes"),
            )
            .into(),
        )
    };
    if expected.is_some_and(|expected| before.saturating_add(expected) > max_bytes) {
        return Err(too_large());
    }
    loop {
        let chunk = match tokio::time::timeout(READ_TIMEOUT, response.chunk()).await {
            Err(_) => {
                return Err(FetchError::Transient(
                    ErrorInner::new(ErrorKind::Timeout, "the host stopped sending").into(),
                ));
            }
            Ok(Err(error)) => {
                let message = format!("it broke off after {} bytes", progress.check.length());
                return Err(FetchError::Transient(
                    ErrorInner::new(ErrorKind::ConnectionLost, message)
                        .with_source(error.without_url())
                        .into(),
                ));
            }
            Ok(Ok(None)) => break,
            Ok(Ok(Some(chunk))) => chunk,
        };
        if progress.check.length().saturating_add(chunk.len() as u64) > max_bytes {
            return Err(too_large());
        }
        progress.check.update(&chunk);
        if progress.check.is_not_an_image() {
            return Err(FetchError::Permanent(not_an_image(&chunk)));
        }
        progress.hash.update(&chunk);
        sink.write(&chunk).await.map_err(FetchError::Permanent)?;
    }
    let received = progress.check.length() - before;
    if progress.check.format().is_none() {
        return Err(FetchError::Permanent(not_an_image(&Bytes::new())));
    }
    if expected.is_some_and(|expected| expected != received) || !progress.check.is_complete() {
        let message = format!(
            "it ends after {} bytes, but the image is not complete",
            progress.check.length()
        );
        // The bytes so far may be wrong, so the next attempt starts again.
        sink.restart().await.map_err(FetchError::Permanent)?;
        *progress = Progress::default();
        return Err(FetchError::Transient(
            ErrorInner::new(ErrorKind::CorruptDownload, message).into(),
        ));
    }
    Ok(())
}

/// Returns true if the response to a range request is neither the file nor a sign that it is gone
/// or that the host is busy. Then the whole file is requested instead.
fn spoils_resumption(response: &reqwest::Response) -> bool {
    match response.status().as_u16() {
        // The rest of the file with the wrong status.
        200 => response.headers().contains_key(CONTENT_RANGE),
        // Another range, another version or several parts.
        206 => true,
        401 | 403 | 404 | 408 | 410 | 425 | 429 => false,
        status => status < 500,
    }
}

/// Returns the failure for a status that is not the file.
async fn rejected(response: reqwest::Response) -> FetchError {
    let kind = match response.status().as_u16() {
        403 | 404 | 410 => ErrorKind::UrlExpired,
        401 => ErrorKind::Forbidden,
        408 | 425 => ErrorKind::Timeout,
        429 => ErrorKind::RateLimited,
        500.. => ErrorKind::Server,
        _ => ErrorKind::CorruptDownload,
    };
    let failed = match response.status().as_u16() {
        403 | 404 => FetchError::Missing,
        408 | 425 | 429 | 500.. => FetchError::Transient,
        _ => FetchError::Permanent,
    };
    failed(status_error(kind, response).await)
}

/// Returns an error with the status, the `Retry-After` and the first bytes of a response.
async fn status_error(kind: ErrorKind, mut response: reqwest::Response) -> Error {
    let body = match tokio::time::timeout(READ_TIMEOUT, response.chunk()).await {
        Ok(Ok(Some(chunk))) => chunk,
        _ => Bytes::new(),
    };
    let message = crate::error::Envelope::read(&body).message;
    let mut inner = ErrorInner::new(kind, message.unwrap_or_default());
    inner.status = Some(response.status());
    inner.retry_after = retry_after(response.headers());
    inner.body = Some(body);
    inner.into()
}

/// The requests for a file that the host does not have, or not yet.
#[derive(Default)]
struct Missing {
    since: Option<Instant>,
    pause: Duration,
}

impl Missing {
    /// Waits before the next request. Returns false if there should be none, because the URL has
    /// expired or [`MISSING_TIMEOUT`] or the deadline is over.
    async fn pause(&mut self, expires_at: Option<SystemTime>, deadline: Instant) -> bool {
        if is_expired(expires_at) == Some(true) {
            return false;
        }
        let now = Instant::now();
        let deadline = deadline.min(*self.since.get_or_insert(now) + MISSING_TIMEOUT);
        self.pause = (self.pause * 2).clamp(Duration::from_secs(1), MAX_MISSING_PAUSE);
        // Jitter keeps many clients from asking at the same time.
        let pause = self.pause.mul_f64(0.75 + fastrand::f64() / 4.0);
        if now + pause >= deadline {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }
}

/// Returns whether the URL has expired, or `None` if that is not known.
fn is_expired(expires_at: Option<SystemTime>) -> Option<bool> {
    expires_at.map(|expires_at| expires_at <= SystemTime::now())
}

/// Turns the error of a missing file into that of a failing host if the URL has not expired.
fn missing_error(expires_at: Option<SystemTime>, error: Error) -> Error {
    const MESSAGE: &str = "the file host does not have the image, although its URL has not expired";
    if is_expired(expires_at) != Some(false) {
        return error;
    }
    error.map_inner(|inner| {
        inner.kind = Some(ErrorKind::Server);
        MESSAGE.clone_into(&mut inner.message);
    })
}

fn too_slow() -> Error {
    let message = format!("it took longer than {} s", TOTAL_TIMEOUT.as_secs());
    ErrorInner::new(ErrorKind::Timeout, message).into()
}

fn not_an_image(chunk: &Bytes) -> Error {
    let mut inner = ErrorInner::new(
        ErrorKind::CorruptDownload,
        "it is not a JPEG, PNG, WebP or GIF image",
    );
    inner.body = Some(chunk.clone());
    inner.into()
}
