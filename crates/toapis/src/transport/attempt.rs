//! One request on its way: signed, timed, and its answer kept whole whatever it is.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};
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
        let response = match tokio::time::timeout_at(self.until, client.execute(request)).await {
            Err(_) => return Seen::Lost(None, Cause::TimeOut),
            // Nothing is written before there is a connection, and nothing of a request that cannot be built.
            Ok(Err(error)) if error.is_connect() || error.is_builder() => {
                return Seen::NotSent(error);
            }
            Ok(Err(error)) => return Seen::Lost(None, Cause::Broken(error)),
            Ok(Ok(response)) => response,
        };
        let mut reply = Reply {
            status: response.status(),
            headers: response.headers().clone(),
            body: Bytes::new(),
        };
        let (body, end) = self.read(response).await;
        reply.body = self.key.redact(body);
        self.key.redact_headers(&mut reply.headers);
        match end {
            None => Seen::Answer(reply),
            // A refusal is one by its status; how its text ends does not matter.
            Some(_) if !reply.status.is_success() => Seen::Answer(reply),
            Some(cause) => Seen::Lost(Some(reply), cause),
        }
    }

    async fn read(&self, mut response: reqwest::Response) -> (Bytes, Option<Cause>) {
        let mut first = None;
        let mut more = BytesMut::new();
        let end = loop {
            match tokio::time::timeout_at(self.until, response.chunk()).await {
                Err(_) => break Some(Cause::TimeOut),
                Ok(Err(error)) => break Some(Cause::Broken(error)),
                Ok(Ok(None)) => break None,
                // Most answers are one chunk, which needs no copy.
                Ok(Ok(Some(chunk))) if first.is_none() && chunk.len() <= self.body_cap => {
                    first = Some(chunk);
                }
                Ok(Ok(Some(chunk))) => {
                    if more.is_empty() {
                        more.extend_from_slice(first.as_deref().unwrap_or_default());
                    }
                    let room = self.body_cap.saturating_sub(more.len());
                    more.extend_from_slice(&chunk[..chunk.len().min(room)]);
                    first.get_or_insert_default();
                    if chunk.len() > room {
                        break Some(Cause::TooLarge);
                    }
                }
            }
        };
        (
            if more.is_empty() {
                first.unwrap_or_default()
            } else {
                more.freeze()
            },
            end,
        )
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
            let seen = self.send(client, request).await;
            let response = match &seen {
                Seen::Answer(reply) => {
                    let mut response = http::Response::new(reply.body.clone());
                    *response.status_mut() = reply.status;
                    response
                }
                // The parser has nothing to do; what there is to know is in `seen`.
                Seen::NotSent(_) | Seen::Lost(..) => {
                    let mut response = http::Response::new(Bytes::new());
                    *response.status_mut() = StatusCode::BAD_GATEWAY;
                    response
                }
            };
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
            Ok(response.into())
        })
    }
}
