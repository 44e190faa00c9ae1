//! The API key of a request.

use http::{HeaderMap, header::AUTHORIZATION};

use super::language::Language;

/// What is wrong with the credentials of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyProblem {
    /// No `Authorization` header.
    Missing,
    /// An `Authorization` header that does not contain a bearer key.
    NotBearer,
    /// A key that no account has.
    Unknown,
}

impl KeyProblem {
    /// Returns the service's message, with the reason.
    pub(super) fn message(self, language: Language) -> String {
        let (english, chinese) = match self {
            Self::Missing => (
                "the `Authorization` header is missing; send `Authorization: Bearer KEY`",
                "缺少 `Authorization` 请求头，请发送 `Authorization: Bearer KEY`",
            ),
            Self::NotBearer => (
                "the `Authorization` header must be `Bearer KEY`",
                "`Authorization` 请求头必须为 `Bearer KEY`",
            ),
            Self::Unknown => (
                "the key is not one of this simulator's keys",
                "该密钥不属于此模拟器",
            ),
        };
        match language {
            Language::English => format!("Invalid API key: {english}"),
            Language::Chinese => format!("无效的 API 密钥：{chinese}"),
        }
    }
}

/// Returns the bearer key of a request.
pub(super) fn bearer_key(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Returns why a request without a valid key is not authenticated.
pub(super) fn key_problem(headers: &HeaderMap) -> KeyProblem {
    if !headers.contains_key(AUTHORIZATION) {
        KeyProblem::Missing
    } else if bearer_key(headers).is_none() {
        KeyProblem::NotBearer
    } else {
        KeyProblem::Unknown
    }
}
