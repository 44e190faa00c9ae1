//! One request on its way: signed, timed, and its answer kept whole whatever it is.

use bytes::Bytes;
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::Transport;
use super::lenient_json::lenient;

/// An answer as it came.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body, up to the cap.
    pub(crate) body: Bytes,
}

/// What one attempt came to.
pub(crate) enum Attempt<T> {
    /// A whole answer; `typed` if it is a success that parses. Boxed: an attempt goes through many hands.
    Answered { reply: Reply, typed: Option<Box<T>> },
    /// No byte of the request was written.
    NotSent(reqwest::Error),
    /// The request may have been read. What came of an answer before the break, and why it broke.
    Lost { reply: Option<Reply>, cause: Cause },
    /// The request could not be built, and never left.
    Unsendable(String),
}

impl<T> Attempt<T> {
    /// In one word, for a log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Answered { .. } => "answered",
            Self::NotSent(_) => "not sent",
            Self::Lost { .. } => "lost",
            Self::Unsendable(_) => "unsendable",
        }
    }

    /// The status that came, if one did.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { reply, .. }
            | Self::Lost {
                reply: Some(reply), ..
            } => Some(reply.status.as_u16()),
            _ => None,
        }
    }
}

/// Why an answer was lost.
#[derive(Debug)]
pub(crate) enum Cause {
    /// The time for one attempt was over.
    TimeOut,
    /// The connection failed.
    Broken(reqwest::Error),
    /// The answer is larger than this crate reads.
    TooLarge,
}

/// What has come of an answer so far.
struct Coming {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// The most room that is made for a body before any of it has come: its length is only what the other side says.
const ROOM: usize = 64 * 1024;

impl Transport {
    /// Signs and sends a request, and keeps everything that comes of it. It must be over by `until`.
    pub(crate) fn attempt<T: DeserializeOwned>(
        &self,
        mut request: reqwest::Request,
        until: Instant,
    ) -> impl Future<Output = Attempt<T>> {
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(USER_AGENT, self.user_agent.clone());
        // The future holds what comes, and not the request: ten thousand of them wait at once.
        self.answered(self.http.execute(request), until)
    }

    /// Waits for the answer, no longer than `until`, and keeps whatever of it comes.
    async fn answered<T: DeserializeOwned>(
        &self,
        sent: impl Future<Output = reqwest::Result<reqwest::Response>>,
        until: Instant,
    ) -> Attempt<T> {
        let mut coming = None;
        let received = self.receive(sent, &mut coming);
        let end = match tokio::time::timeout_at(until, received).await {
            Err(_) => Some(Cause::TimeOut),
            Ok(received) => received.err(),
        };
        let Some(Coming {
            status,
            mut headers,
            body,
        }) = coming
        else {
            return match end {
                // Nothing is written before there is a connection, and nothing of a request that cannot be built.
                Some(Cause::Broken(error)) if error.is_connect() || error.is_builder() => {
                    Attempt::NotSent(error)
                }
                end => Attempt::Lost {
                    reply: None,
                    cause: end.unwrap_or(Cause::TimeOut),
                },
            };
        };
        self.key.redact_headers(&mut headers);
        let reply = Reply {
            status,
            headers,
            body: self.key.redact(body.into()),
        };
        match end {
            None if reply.status.is_success() => {
                // An odd field, or a 201 where the contract says 200: still an answer.
                let typed = lenient(&reply.body).map(Box::new);
                Attempt::Answered { reply, typed }
            }
            Some(cause) if reply.status.is_success() => Attempt::Lost {
                reply: Some(reply),
                cause,
            },
            // A refusal is one by its status; how its text ends does not matter.
            _ => Attempt::Answered { reply, typed: None },
        }
    }

    /// Reads the answer into `coming` as it comes, so that a time-out loses nothing of it.
    async fn receive(
        &self,
        sent: impl Future<Output = reqwest::Result<reqwest::Response>>,
        coming: &mut Option<Coming>,
    ) -> Result<(), Cause> {
        let mut response = sent.await.map_err(Cause::Broken)?;
        let room = response
            .content_length()
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or_default()
            .min(ROOM);
        let Coming { body, .. } = coming.insert(Coming {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: Vec::with_capacity(room),
        });
        while let Some(chunk) = response.chunk().await.map_err(Cause::Broken)? {
            let left = self.body_cap.saturating_sub(body.len());
            // Copied: a chunk is a piece of its connection's buffer, and whoever kept it would keep all of that.
            body.extend_from_slice(&chunk[..chunk.len().min(left)]);
            if chunk.len() > left {
                return Err(Cause::TooLarge);
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
