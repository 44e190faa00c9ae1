//! Sends one request, and keeps what arrives of its response.

use bytes::Bytes;
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::Transport;
use super::lenient_json::lenient;
use super::response_body::decode_body;

/// A response as it was received.
#[derive(Debug, Clone)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body, up to the size limit.
    pub(crate) body: Bytes,
}

/// The outcome of one attempt.
pub(crate) enum Attempt<T> {
    /// A complete response; `typed` if it is a success that parses. Boxed, because attempts are
    /// moved often.
    Response {
        response: RawResponse,
        typed: Option<Box<T>>,
    },
    /// No byte of the request was written.
    NotSent(reqwest::Error),
    /// The request may have been read. Contains what was received of the response.
    Lost {
        response: Option<RawResponse>,
        cause: LossCause,
    },
    /// The request couldn't be built and wasn't sent.
    BuildFailed(String),
}

impl<T> Attempt<T> {
    /// Returns the name of the outcome, for logs.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Response { .. } => "response",
            Self::NotSent(_) => "not sent",
            Self::Lost { .. } => "lost",
            Self::BuildFailed(_) => "build failed",
        }
    }

    /// Returns a successful response whose body was not parsed, because it is truncated or invalid.
    pub(crate) fn unparsed_success(&self) -> Option<&RawResponse> {
        let (Self::Response {
            response,
            typed: None,
        }
        | Self::Lost {
            response: Some(response),
            ..
        }) = self
        else {
            return None;
        };
        Some(response).filter(|response| response.status.is_success())
    }

    /// Returns the status of the response, if it was received.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Response { response, .. }
            | Self::Lost {
                response: Some(response),
                ..
            } => Some(response.status.as_u16()),
            _ => None,
        }
    }
}

/// Why a response was lost.
#[derive(Debug)]
pub(crate) enum LossCause {
    /// The attempt timed out.
    Timeout,
    /// The connection failed.
    Broken(reqwest::Error),
    /// The response exceeds the size limit.
    TooLarge,
}

/// What has been received of a response so far.
struct PartialResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// The capacity that is reserved for a body at most, because its announced length isn't trusted.
const INITIAL_BODY_CAPACITY: usize = 64 * 1024;

impl Transport {
    /// Signs and sends a request, and waits for the response until the deadline.
    pub(crate) fn execute<T: DeserializeOwned>(
        &self,
        mut request: reqwest::Request,
        deadline: Instant,
    ) -> impl Future<Output = Attempt<T>> {
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(USER_AGENT, self.user_agent.clone());
        // The returned future doesn't hold the request: ten thousand of them can wait at once.
        self.await_response(self.http.execute(request), deadline)
    }

    async fn await_response<T: DeserializeOwned>(
        &self,
        sent: impl Future<Output = reqwest::Result<reqwest::Response>>,
        deadline: Instant,
    ) -> Attempt<T> {
        let mut partial = None;
        let received = self.receive(sent, &mut partial);
        let end = match tokio::time::timeout_at(deadline, received).await {
            Err(_) => Some(LossCause::Timeout),
            Ok(received) => received.err(),
        };
        let Some(PartialResponse {
            status,
            mut headers,
            body,
        }) = partial
        else {
            return match end {
                // Nothing is written before there is a connection, or of a request that can't be
                // built.
                Some(LossCause::Broken(error)) if error.is_connect() || error.is_builder() => {
                    Attempt::NotSent(error)
                }
                end => Attempt::Lost {
                    response: None,
                    cause: end.unwrap_or(LossCause::Timeout),
                },
            };
        };
        // The key is looked for in the decoded body: compressed, it would not be found.
        let body = decode_body(&headers, body, self.body_cap);
        self.key.redact_headers(&mut headers);
        let response = RawResponse {
            status,
            headers,
            body: self.key.redact(body),
        };
        match end {
            None if response.status.is_success() => {
                // An undocumented field, or a 201 instead of a 200, is still a success.
                let typed = lenient(&response.body).map(Box::new);
                Attempt::Response { response, typed }
            }
            Some(cause) if response.status.is_success() => Attempt::Lost {
                response: Some(response),
                cause,
            },
            // The status alone makes it an error, even if the body is truncated.
            _ => Attempt::Response {
                response,
                typed: None,
            },
        }
    }

    /// Reads the response into `partial`, so that a timeout loses nothing of it.
    async fn receive(
        &self,
        sent: impl Future<Output = reqwest::Result<reqwest::Response>>,
        partial: &mut Option<PartialResponse>,
    ) -> Result<(), LossCause> {
        let mut response = sent.await.map_err(LossCause::Broken)?;
        let capacity = response
            .content_length()
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or_default()
            .min(INITIAL_BODY_CAPACITY);
        let PartialResponse { body, .. } = partial.insert(PartialResponse {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: Vec::with_capacity(capacity),
        });
        while let Some(chunk) = response.chunk().await.map_err(LossCause::Broken)? {
            let remaining = self.body_cap.saturating_sub(body.len());
            // Copied: a chunk is a slice of the connection's buffer, and would keep all of it
            // alive.
            body.extend_from_slice(&chunk[..chunk.len().min(remaining)]);
            if chunk.len() > remaining {
                return Err(LossCause::TooLarge);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use crate::Client;

    #[tokio::test]
    async fn an_answer_that_is_kept_keeps_no_more_than_itself() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let _ = connection.read(&mut [0; 4096]).await.unwrap();
            let body = r#"{"id":"t","status":"queued"}"#;
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            connection.write_all(answer.as_bytes()).await.unwrap();
            let _ = connection.read(&mut [0; 1]).await;
        });
        let client = Client::builder()
            .api_key("sk-1")
            .base_url(url)
            .build()
            .unwrap();
        let raw = client.task("t").fetch().await.unwrap().raw;
        let kept = raw.try_into_mut().expect("nobody else holds a part of it");
        assert!(kept.capacity() <= 2 * kept.len(), "{}", kept.capacity());
    }
}
