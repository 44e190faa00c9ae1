//! One case: what is sent, and what the contract lets a service answer.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::Value;

use super::report::Topic;
use crate::operation::Operation;

/// One request of the plan.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) operation: String,
    pub(super) topic: Topic,
    /// What is tried: a model, a field, an example.
    pub(super) subject: String,
    /// How it is tried.
    pub(super) what: String,
    /// Where the rule stands in the contract, without `#`.
    pub(super) pointer: String,
    pub(super) method: Method,
    pub(super) path_and_query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) key: Key,
    pub(super) expect: Expect,
    /// Whether a service that accepts it creates a task.
    pub(super) creates: bool,
    /// Number of images that a service with valid credentials bills if it accepts the case.
    pub(super) pictures: u64,
    /// Whether the links of the answer are followed.
    pub(super) follow: bool,
}

/// The credential that a case is sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The one that the suite was given.
    Right,
    /// One of the right form that no account has.
    Wrong,
    /// Something that is no bearer token.
    Malformed,
    /// None.
    Missing,
}

/// What the contract lets a service answer. Whatever it answers must be documented and of its documented form besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// 2xx.
    Accepted,
    /// A 4xx that is about the request itself.
    Refused,
    /// 401.
    Unauthorized,
    /// The contract leaves it to the service, as for a model it does not know: any answer but a failure of the server.
    Either,
}

impl Expect {
    /// Why `status` is not what the contract promises, if it is not.
    pub(super) fn fault(self, status: StatusCode) -> Option<&'static str> {
        let fault = match self {
            Self::Accepted if status.is_success() => return None,
            Self::Accepted => "the contract allows this request, the service refused it",
            Self::Refused if is_refusal(status) => return None,
            Self::Refused if status.is_success() => {
                "the contract forbids this request, the service accepted it"
            }
            Self::Refused => {
                "a request that the contract forbids is to be refused with 400 or the like"
            }
            Self::Unauthorized if status == StatusCode::UNAUTHORIZED => return None,
            Self::Unauthorized if status.is_success() => {
                "the service accepted a request without a valid key"
            }
            Self::Unauthorized => "a request without a valid key is to be refused with 401",
            Self::Either
                if !status.is_server_error() || status == StatusCode::SERVICE_UNAVAILABLE =>
            {
                return None;
            }
            Self::Either => "the service failed",
        };
        Some(fault)
    }
}

/// Whether a status says that the request itself was bad, not its sender, nor its time.
fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error()
        && !matches!(
            status,
            StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::TOO_MANY_REQUESTS
        )
}

impl Case {
    /// A case that sends nothing but its path, with the right key.
    pub(super) fn new(
        operation: &Operation,
        topic: Topic,
        subject: impl Into<String>,
        what: impl Into<String>,
    ) -> Self {
        Self {
            operation: operation.id().to_owned(),
            topic,
            subject: subject.into(),
            what: what.into(),
            pointer: operation.pointer.clone(),
            method: operation.method().clone(),
            path_and_query: operation.path().to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            key: Key::Right,
            expect: Expect::Accepted,
            creates: makes_task(operation),
            pictures: 0,
            follow: false,
        }
    }

    /// A name that stays the same from run to run.
    pub(super) fn name(&self) -> String {
        format!("{} / {} / {}", self.operation, self.subject, self.what)
    }

    /// The same request under another name.
    pub(super) fn named(mut self, subject: &str, what: &str) -> Self {
        subject.clone_into(&mut self.subject);
        what.clone_into(&mut self.what);
        self
    }

    pub(super) fn expect(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }

    pub(super) fn about(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = pointer.into();
        self
    }

    pub(super) fn keyed(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    pub(super) fn path(mut self, path_and_query: impl Into<String>) -> Self {
        self.path_and_query = path_and_query.into();
        self
    }

    /// A JSON body. A create is paid by the picture.
    pub(super) fn json(mut self, operation: &Operation, body: &Value) -> Self {
        if makes_task(operation) {
            self.pictures = body.get("n").and_then(Value::as_u64).unwrap_or(1).max(1);
        }
        self.bytes("application/json", Bytes::from(body.to_string()))
    }

    pub(super) fn bytes(mut self, content_type: &'static str, body: Bytes) -> Self {
        self.headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body;
        self
    }

    pub(super) fn followed(mut self) -> Self {
        self.follow = true;
        self
    }
}

/// Whether an operation makes a task, and so costs money: the contract says that it is not to be repeated.
pub(super) fn makes_task(operation: &Operation) -> bool {
    operation.extension("x-safe-to-repeat") == Some(&Value::Bool(false))
}
