//! Downloads the bytes of an image from a file host, without the API key.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_RANGE, ETAG, IF_RANGE, LOCATION, RANGE, USER_AGENT};
use http::{HeaderValue, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::completeness::CompletenessCheck;
use crate::error::{Error, ErrorInner, ErrorKind};
use crate::image::Image;
use crate::image_format::ImageFormat;
use crate::net::is_private;
use crate::sha256::Sha256;
use crate::transport::{RetryLoop, Transport, retry_after};

/// The maximum number of redirects.
const MAX_REDIRECTS: u32 = 5;
/// The longest time without a byte from the host.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
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
    /// Returns the `ETag` for `If-Range` if the next request can ask for the rest of the file.
    fn resumable(&self) -> Option<&HeaderValue> {
        self.version.as_ref().filter(|_| self.check.length() > 0)
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

/// The failure of an attempt.
enum Failed {
    /// Another attempt may succeed.
    Transient(Error),
    /// The host responded 403 or 404: a new file may be missing for a while.
    Missing(Error),
    /// Every attempt would fail.
    Permanent(Error),
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
        match result.unwrap_or_else(|_| Err(Failed::Permanent(too_slow()))) {
            Ok(()) => break,
            Err(Failed::Permanent(error)) => return Err(tries.finish(about(error))),
            Err(Failed::Transient(error)) => tries.pause(about(error)).await?,
            Err(Failed::Missing(error)) => {
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
) -> Result<(), Failed> {
    let is_range_request = progress.resumable().is_some();
    let mut response = send(transport, url, progress).await?;
    let status = response.status();
    let resumed = status == StatusCode::PARTIAL_CONTENT && progress.is_continued_by(&response);
    if !resumed {
        sink.restart().await.map_err(Failed::Permanent)?;
        *progress = Progress::default();
    }
    if is_range_request && !resumed && spoils_resumption(&response) {
        // `progress` is empty now, so that the next attempt asks for the whole file.
        let error = status_error(ErrorKind::CorruptDownload, response).await;
        return Err(Failed::Transient(error));
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
        Failed::Permanent(
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
                return Err(Failed::Transient(
                    ErrorInner::new(ErrorKind::Timeout, "the host stopped sending").into(),
                ));
            }
            Ok(Err(error)) => {
                let message = format!("it broke off after {} bytes", progress.check.length());
                return Err(Failed::Transient(
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
            return Err(Failed::Permanent(not_an_image(&chunk)));
        }
        progress.hash.update(&chunk);
        sink.write(&chunk).await.map_err(Failed::Permanent)?;
    }
    let received = progress.check.length() - before;
    if progress.check.format().is_none() {
        return Err(Failed::Permanent(not_an_image(&Bytes::new())));
    }
    if expected.is_some_and(|expected| expected != received) || !progress.check.is_complete() {
        let message = format!(
            "it ends after {} bytes, but the image is not complete",
            progress.check.length()
        );
        // The bytes so far may be wrong, so the next attempt starts again.
        sink.restart().await.map_err(Failed::Permanent)?;
        *progress = Progress::default();
        return Err(Failed::Transient(
            ErrorInner::new(ErrorKind::CorruptDownload, message).into(),
        ));
    }
    Ok(())
}

/// Sends the request for the file, or for the rest of it, and follows redirects.
async fn send(
    transport: &Transport,
    url: &Url,
    progress: &Progress,
) -> Result<reqwest::Response, Failed> {
    let mut url = url.clone();
    for _ in 0..=MAX_REDIRECTS {
        let mut request = transport
            .http
            .get(url.clone())
            .header(USER_AGENT, transport.user_agent.clone())
            .header(ACCEPT, "image/*,*/*;q=0.5");
        if let Some(version) = progress.resumable() {
            request = request
                .header(RANGE, format!("bytes={}-", progress.check.length()))
                .header(IF_RANGE, version.clone());
        }
        let sent = tokio::time::timeout(READ_TIMEOUT, request.send()).await;
        let response = match sent {
            Err(_) => {
                return Err(Failed::Transient(
                    ErrorInner::new(ErrorKind::Timeout, "the host does not respond").into(),
                ));
            }
            Ok(Err(error)) if error.is_connect() => {
                let error = error.without_url();
                return Err(Failed::Transient(
                    ErrorInner::new(ErrorKind::Connect, "")
                        .with_source(error)
                        .into(),
                ));
            }
            Ok(Err(error)) if error.is_builder() => {
                return Err(Failed::Permanent(
                    ErrorInner::new(ErrorKind::MissingResult, "the URL cannot be requested")
                        .with_source(error)
                        .into(),
                ));
            }
            Ok(Err(error)) => {
                let error = error.without_url();
                return Err(Failed::Transient(
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
                Failed::Permanent(ErrorInner::new(ErrorKind::CorruptDownload, message).into())
            })?;
    }
    Err(Failed::Permanent(
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
async fn rejected(response: reqwest::Response) -> Failed {
    let kind = match response.status().as_u16() {
        403 | 404 | 410 => ErrorKind::UrlExpired,
        401 => ErrorKind::Forbidden,
        408 | 425 => ErrorKind::Timeout,
        429 => ErrorKind::RateLimited,
        500.. => ErrorKind::Server,
        _ => ErrorKind::CorruptDownload,
    };
    let failed = match response.status().as_u16() {
        403 | 404 => Failed::Missing,
        408 | 425 | 429 | 500.. => Failed::Transient,
        _ => Failed::Permanent,
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
