//! One request of the plan, and the status that the contract allows for it.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::Value;
use toapis_contract::Operation;
use toapis_openapi::extensions::keys;

use crate::report::CaseCategory;

/// One request of the plan.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) operation: String,
    pub(crate) category: CaseCategory,
    /// A model, a field or an example.
    pub(crate) subject: String,
    /// The value or the condition that is tested on the subject.
    pub(crate) variant: String,
    /// Pointer of the rule in the contract, with `#`.
    pub(crate) pointer: String,
    pub(crate) method: Method,
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) credential: Credential,
    pub(crate) expect: Expect,
    /// Whether a service that accepts the request creates a task.
    pub(crate) creates: bool,
    /// Number of images that the account is billed for if the service accepts the request.
    pub(crate) images: u64,
    /// Whether the links of the response are followed.
    pub(crate) follow: bool,
}

/// The credential of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// The API key of the suite.
    Valid,
    /// A well-formed key without an account.
    Invalid,
    /// Not a bearer token.
    Malformed,
    /// No credential.
    Missing,
}

/// The status that the contract allows. In every case the response must match its documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// 2xx.
    Accepted,
    /// A 4xx about the request itself.
    Rejected,
    /// 401.
    Unauthorized,
    /// Any status except a server error: the contract leaves the decision to the service, for
    /// example for an unknown model.
    Either,
}

impl Expect {
    /// Returns what is wrong with `status`, or `None` if the contract allows it.
    pub(crate) fn mismatch(self, status: StatusCode) -> Option<&'static str> {
        let message = match self {
            Self::Accepted if status.is_success() => return None,
            Self::Accepted => "the contract allows this request, but the service rejected it",
            Self::Rejected if is_rejection(status) => return None,
            Self::Rejected if status.is_success() => {
                "the contract forbids this request, but the service accepted it"
            }
            Self::Rejected => "expected a 4xx status such as 400 for an invalid request",
            Self::Unauthorized if status == StatusCode::UNAUTHORIZED => return None,
            Self::Unauthorized if status.is_success() => {
                "the service accepted a request without a valid credential"
            }
            Self::Unauthorized => "expected status 401 for a request without a valid credential",
            Self::Either
                if !status.is_server_error() || status == StatusCode::SERVICE_UNAVAILABLE =>
            {
                return None;
            }
            Self::Either => "server error",
        };
        Some(message)
    }
}

/// Returns true if a status is about the request, not about its sender or the rate limit.
fn is_rejection(status: StatusCode) -> bool {
    status.is_client_error()
        && !matches!(
            status,
            StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::TOO_MANY_REQUESTS
        )
}

impl Case {
    /// Creates a case without a body, with the valid credential.
    pub(crate) fn new(
        operation: &Operation,
        category: CaseCategory,
        subject: impl Into<String>,
        variant: impl Into<String>,
    ) -> Self {
        Self {
            operation: operation.id().to_owned(),
            category,
            subject: subject.into(),
            variant: variant.into(),
            pointer: operation.pointer(),
            method: operation.method().clone(),
            path_and_query: operation.path().to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            credential: Credential::Valid,
            expect: Expect::Accepted,
            creates: creates_task(operation),
            images: 0,
            follow: false,
        }
    }

    /// Returns a name that is the same in every run.
    pub(crate) fn name(&self) -> String {
        format!("{} / {} / {}", self.operation, self.subject, self.variant)
    }

    pub(crate) fn with_name(mut self, subject: &str, variant: &str) -> Self {
        subject.clone_into(&mut self.subject);
        variant.clone_into(&mut self.variant);
        self
    }

    pub(crate) fn with_expect(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }

    pub(crate) fn with_pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = pointer.into();
        self
    }

    pub(crate) fn with_credential(mut self, credential: Credential) -> Self {
        self.credential = credential;
        self
    }

    pub(crate) fn with_path(mut self, path_and_query: impl Into<String>) -> Self {
        self.path_and_query = path_and_query.into();
        self
    }

    /// Sets a JSON body. A create is billed by the image.
    pub(crate) fn with_json(mut self, body: &Value) -> Self {
        if self.creates {
            self.images = body.get("n").and_then(Value::as_u64).unwrap_or(1).max(1);
        }
        self.with_body("application/json", Bytes::from(body.to_string()))
    }

    pub(crate) fn with_body(mut self, content_type: &'static str, body: Bytes) -> Self {
        self.headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body;
        self
    }

    pub(crate) fn with_follow(mut self) -> Self {
        self.follow = true;
        self
    }
}

/// Returns true if an operation creates a task, which costs money: the contract says so by
/// `x-safe-to-repeat: false`.
pub(crate) fn creates_task(operation: &Operation) -> bool {
    operation.extension(keys::SAFE_TO_REPEAT) == Some(&Value::Bool(false))
}
