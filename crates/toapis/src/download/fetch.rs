//! The bytes of a picture, from a host that is trusted with nothing.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_RANGE, ETAG, IF_RANGE, LOCATION, RANGE, USER_AGENT};
use http::{HeaderValue, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::completeness::Watch;
use crate::error::{Error, ErrorInner, ErrorKind};
use crate::image::Image;
use crate::image_format::ImageFormat;
use crate::net::is_private;
use crate::sha256::Sha256;
use crate::transport::{RetryLoop, Transport, retry_after};

/// How many redirects are followed. The key is on none of these requests.
const REDIRECTS: u32 = 5;
/// How long the host may say nothing.
const SILENCE: Duration = Duration::from_secs(30);
/// How long all of it may take.
const ALTOGETHER: Duration = Duration::from_mins(15);

/// Where the bytes go.
pub(super) trait Sink: Send {
    fn write(&mut self, chunk: &Bytes) -> impl Future<Output = Result<(), Error>> + Send;
    /// Forgets all that was written.
    fn restart(&mut self) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A picture that came whole.
pub(super) struct Fetched {
    pub(super) bytes: u64,
    pub(super) format: ImageFormat,
    pub(super) sha256: [u8; 32],
}

/// What came so far, and how to ask for the rest.
#[derive(Default)]
struct Progress {
    watch: Watch,
    hash: Sha256,
    /// The version of the file that came so far; without one the rest might be another file's.
    version: Option<HeaderValue>,
}

impl Progress {
    /// Whether a partial answer goes on exactly where the last one stopped, in the same file.
    fn goes_on_with(&self, response: &reqwest::Response) -> bool {
        let header = |name| response.headers().get(name);
        let start = header(CONTENT_RANGE)
            .and_then(|range| range.to_str().ok()?.strip_prefix("bytes ")?.split_once('-'))
            .and_then(|(start, _)| start.trim().parse().ok());
        // Not every host heeds `If-Range`.
        let same = header(ETAG).is_none_or(|version| self.version.as_ref() == Some(version));
        self.watch.length > 0 && start == Some(self.watch.length) && same
    }
}

/// Why an attempt failed.
enum Failed {
    /// Another attempt may do better; what came stays.
    Passing(Error),
    Final(Error),
}

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
                format!("the link is no URL: {:?}", image.url()),
            )
            .with_source(error)
            .into(),
        )
    })?;
    let until = Instant::now() + ALTOGETHER;
    let mut tries = RetryLoop::new(transport, until);
    let mut progress = Progress::default();
    loop {
        tries.begin();
        transport.counters.attempts.add();
        let attempt = attempt(transport, &url, max_bytes, &mut progress, sink);
        let came = tokio::time::timeout_at(until, attempt).await;
        match came.unwrap_or_else(|_| Err(Failed::Final(too_slow()))) {
            Ok(()) => break,
            Err(Failed::Final(error)) => return Err(tries.finish(about(error))),
            Err(Failed::Passing(error)) => tries.pause(about(error)).await?,
        }
    }
    transport.budget.deposit();
    let format = progress
        .watch
        .format()
        .ok_or_else(|| about(not_a_picture(&Bytes::new())))?;
    Ok(Fetched {
        bytes: progress.watch.length,
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
    let mut response = ask(transport, url, progress).await?;
    let status = response.status();
    let resumed = status == StatusCode::PARTIAL_CONTENT && progress.goes_on_with(&response);
    if !resumed {
        sink.restart().await.map_err(Failed::Final)?;
        *progress = Progress::default();
    }
    if !(resumed || status == StatusCode::OK) {
        return Err(refused(status, response).await);
    }
    if !resumed {
        // A weak version may change without the bytes being the same.
        progress.version = response
            .headers()
            .get(ETAG)
            .filter(|tag| !tag.as_bytes().starts_with(b"W/"))
            .cloned();
    }
    let before = progress.watch.length;
    let expected = response.content_length();
    let too_large = || {
        Failed::Final(
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
        let chunk = match tokio::time::timeout(SILENCE, response.chunk()).await {
            Err(_) => {
                return Err(Failed::Passing(
                    ErrorInner::new(ErrorKind::Timeout, "the host went silent").into(),
                ));
            }
            Ok(Err(error)) => {
                let message = format!("it broke off after {} bytes", progress.watch.length);
                return Err(Failed::Passing(
                    ErrorInner::new(ErrorKind::ConnectionLost, message)
                        .with_source(error.without_url())
                        .into(),
                ));
            }
            Ok(Ok(None)) => break,
            Ok(Ok(Some(chunk))) => chunk,
        };
        if progress.watch.length.saturating_add(chunk.len() as u64) > max_bytes {
            return Err(too_large());
        }
        progress.watch.see(&chunk);
        if progress.watch.is_foreign() {
            return Err(Failed::Final(not_a_picture(&chunk)));
        }
        progress.hash.update(&chunk);
        sink.write(&chunk).await.map_err(Failed::Final)?;
    }
    let came = progress.watch.length - before;
    if progress.watch.format().is_none() {
        return Err(Failed::Final(not_a_picture(&Bytes::new())));
    }
    if expected.is_some_and(|expected| expected != came) || !progress.watch.is_whole() {
        let message = format!(
            "it ends after {} bytes, before it is whole",
            progress.watch.length
        );
        // What came may be the fault; the next attempt begins anew.
        sink.restart().await.map_err(Failed::Final)?;
        *progress = Progress::default();
        return Err(Failed::Passing(
            ErrorInner::new(ErrorKind::CorruptDownload, message).into(),
        ));
    }
    Ok(())
}

/// Sends the request, and follows redirects by hand.
async fn ask(
    transport: &Transport,
    url: &Url,
    progress: &Progress,
) -> Result<reqwest::Response, Failed> {
    let mut url = url.clone();
    for _ in 0..=REDIRECTS {
        let mut request = transport
            .http
            .get(url.clone())
            .header(USER_AGENT, transport.user_agent.clone())
            .header(ACCEPT, "image/*,*/*;q=0.5");
        if let Some(version) = progress
            .version
            .as_ref()
            .filter(|_| progress.watch.length > 0)
        {
            request = request
                .header(RANGE, format!("bytes={}-", progress.watch.length))
                .header(IF_RANGE, version.clone());
        }
        let sent = tokio::time::timeout(SILENCE, request.send()).await;
        let response = match sent {
            Err(_) => {
                return Err(Failed::Passing(
                    ErrorInner::new(ErrorKind::Timeout, "the host does not answer").into(),
                ));
            }
            Ok(Err(error)) if error.is_connect() => {
                let error = error.without_url();
                return Err(Failed::Passing(
                    ErrorInner::new(ErrorKind::Connect, "")
                        .with_source(error)
                        .into(),
                ));
            }
            Ok(Err(error)) if error.is_builder() => {
                return Err(Failed::Final(
                    ErrorInner::new(ErrorKind::MissingResult, "the link cannot be asked for")
                        .with_source(error)
                        .into(),
                ));
            }
            Ok(Err(error)) => {
                let error = error.without_url();
                return Err(Failed::Passing(
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
            .filter(|target| may_lead(&url, target))
            .ok_or_else(|| {
                let message = "the host redirects to where a picture may not come from";
                Failed::Final(ErrorInner::new(ErrorKind::CorruptDownload, message).into())
            })?;
    }
    Err(Failed::Final(
        ErrorInner::new(
            ErrorKind::CorruptDownload,
            format!("more than {REDIRECTS} redirects"),
        )
        .into(),
    ))
}

/// Whether a redirect may be followed: neither from TLS to none, nor from a public host into the network that this program runs in.
fn may_lead(from: &Url, to: &Url) -> bool {
    matches!(
        (from.scheme(), to.scheme()),
        (_, "https") | ("http", "http")
    ) && (is_private(from) || !is_private(to))
}

/// The error of a status that is no picture.
async fn refused(status: StatusCode, mut response: reqwest::Response) -> Failed {
    let wait = retry_after(response.headers());
    let body = match tokio::time::timeout(SILENCE, response.chunk()).await {
        Ok(Ok(Some(chunk))) => chunk,
        _ => Bytes::new(),
    };
    let (kind, passing) = match status.as_u16() {
        403 | 404 | 410 => (ErrorKind::UrlExpired, false),
        401 => (ErrorKind::Forbidden, false),
        408 | 425 => (ErrorKind::Timeout, true),
        429 => (ErrorKind::RateLimited, true),
        // A range that the host does not like; the next attempt asks for all of it.
        416 => (ErrorKind::CorruptDownload, true),
        500.. => (ErrorKind::Server, true),
        _ => (ErrorKind::CorruptDownload, false),
    };
    let mut context = ErrorInner::new(
        kind,
        crate::error::Envelope::read(&body)
            .message
            .unwrap_or_default(),
    );
    context.status = Some(status);
    context.retry_after = wait;
    context.body = Some(body);
    if passing {
        Failed::Passing(context.into())
    } else {
        Failed::Final(context.into())
    }
}

fn too_slow() -> Error {
    let message = format!("it took longer than {} s", ALTOGETHER.as_secs());
    ErrorInner::new(ErrorKind::Timeout, message).into()
}

fn not_a_picture(chunk: &Bytes) -> Error {
    let mut context = ErrorInner::new(
        ErrorKind::CorruptDownload,
        "it is no JPEG, PNG, WebP or GIF",
    );
    context.body = Some(chunk.clone());
    context.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_leads_neither_out_of_tls_nor_into_a_private_network() {
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
            assert_eq!(may_lead(&urls.0, &urls.1), may, "{from} to {to}");
        }
    }
}
