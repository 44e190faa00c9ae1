//! One request on its way: signed, timed, and its answer kept whole whatever it is.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::ResponseBuilderExt as _;
use toapis_client::{Exchange, ExchangeFuture, Operation};
use tokio::time::Instant;

use super::lenient::lenient;
use crate::key::ApiKey;

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
    /// A whole answer; `typed` if it is a success that parses.
    Answered { reply: Reply, typed: Option<T> },
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

/// What the exchange saw.
enum Seen {
    Answer(Reply),
    NotSent(reqwest::Error),
    Lost(Option<Reply>, Cause),
}

/// What has come of an answer so far.
struct Coming {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// The most room that is made for a body before any of it has come: its length is only what the other side says.
const ROOM: usize = 64 * 1024;

/// The exchange of one attempt: signs and sends, and keeps everything it sees.
pub(crate) struct Wire {
    key: ApiKey,
    pub(crate) authorization: HeaderValue,
    pub(crate) user_agent: HeaderValue,
    pub(crate) until: Instant,
    pub(crate) body_cap: usize,
    seen: Mutex<Option<Seen>>,
}

impl Wire {
    pub(crate) fn new(
        key: ApiKey,
        authorization: HeaderValue,
        user_agent: HeaderValue,
        until: Instant,
        body_cap: usize,
    ) -> Arc<Self> {
        Arc::new(Self {
            key,
            authorization,
            user_agent,
            until,
            body_cap,
            seen: Mutex::new(None),
        })
    }

    /// What became of the request, joined with what the generated client made of the answer.
    pub(crate) fn outcome<T: serde::de::DeserializeOwned>(
        &self,
        parsed: Result<toapis_client::ResponseValue<T>, toapis_client::Error<()>>,
    ) -> Attempt<T> {
        let seen = self
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match seen {
            Some(Seen::Answer(reply)) => {
                let typed = match parsed {
                    Ok(value) => Some(value.into_inner()),
                    // An odd field, or a 201 where the contract says 200: still an answer.
                    Err(_) if reply.status.is_success() => lenient(&reply.body),
                    Err(_) => None,
                };
                Attempt::Answered { reply, typed }
            }
            Some(Seen::NotSent(error)) => Attempt::NotSent(error),
            Some(Seen::Lost(reply, cause)) => Attempt::Lost { reply, cause },
            None => Attempt::Unsendable(match parsed {
                Err(toapis_client::Error::InvalidRequest(why)) => why,
                Err(error) => error.to_string(),
                Ok(_) => "no request was made".to_owned(),
            }),
        }
    }

    async fn send(&self, client: &reqwest::Client, mut request: reqwest::Request) -> Seen {
        request
            .headers_mut()
            .insert(AUTHORIZATION, self.authorization.clone());
        request
            .headers_mut()
            .insert(USER_AGENT, self.user_agent.clone());
        let mut coming = None;
        let received = self.receive(client, request, &mut coming);
        let end = match tokio::time::timeout_at(self.until, received).await {
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
                    Seen::NotSent(error)
                }
                end => Seen::Lost(None, end.unwrap_or(Cause::TimeOut)),
            };
        };
        self.key.redact_headers(&mut headers);
        let reply = Reply {
            status,
            headers,
            body: self.key.redact(body.into()),
        };
        match end {
            None => Seen::Answer(reply),
            // A refusal is one by its status; how its text ends does not matter.
            Some(_) if !reply.status.is_success() => Seen::Answer(reply),
            Some(cause) => Seen::Lost(Some(reply), cause),
        }
    }

    /// Sends, and reads the answer into `coming` as it comes, so that a time-out loses nothing of it.
    async fn receive(
        &self,
        client: &reqwest::Client,
        request: reqwest::Request,
        coming: &mut Option<Coming>,
    ) -> Result<(), Cause> {
        let mut response = client.execute(request).await.map_err(Cause::Broken)?;
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

impl Exchange for Wire {
    fn exchange<'a>(
        &'a self,
        client: &'a reqwest::Client,
        request: reqwest::Request,
        _operation: &'static Operation,
    ) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let url = request.url().clone();
            let seen = self.send(client, request).await;
            let (status, body) = match &seen {
                Seen::Answer(reply) => (reply.status, reply.body.clone()),
                // The parser has nothing to do; what there is to know is in `seen`.
                Seen::NotSent(_) | Seen::Lost(..) => (StatusCode::BAD_GATEWAY, Bytes::new()),
            };
            // With the URL, since `reqwest` would parse one of its own for a response that has none.
            let response = http::Response::builder().status(status).url(url).body(body);
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
            // Nothing of it can be wrong; an empty response would only leave the parsing to `outcome`.
            Ok(response.unwrap_or_default().into())
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
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
        let raw = client.task("t").status().await.unwrap().raw;
        let kept = raw.try_into_mut().expect("nobody else holds a part of it");
        assert!(kept.capacity() <= 2 * kept.len(), "{}", kept.capacity());
    }
}
