//! Classifies failures: by the contract's table of codes, then by the HTTP status.

use http::StatusCode;

use super::{Envelope, ErrorKind};
use crate::catalog::ErrorRow;
use crate::generated::errors::{ERRORS, ErrorCategory, MESSAGES, TASK_ERRORS};

/// Words that indicate moderation if the code doesn't. Inferred from messages seen; a miss only
/// affects the kind.
const MODERATION_WORDS: &[&str] = &[
    "content policy",
    "content_policy",
    "safety",
    "moderation",
    "prohibited content",
    "sensitive",
    "nsfw",
    "违规",
    "敏感",
    "审核",
];

/// Words that indicate missing credits instead of a rate limit in a 403 or 429. Inferred likewise.
const QUOTA_WORDS: &[&str] = &[
    "insufficient",
    "not enough",
    "balance",
    "credit",
    "quota is",
    "quota exhausted",
    "额度",
    "余额",
    "欠费",
];

/// Returns the kind of a failed response.
pub(crate) fn classify(status: StatusCode, envelope: &Envelope) -> ErrorKind {
    let code = envelope.code.as_deref().unwrap_or_default();
    let message = envelope.message.as_deref().unwrap_or_default();
    if let Some(row) = find_error_row(status, code) {
        return kind_of(row.category);
    }
    if let Some(row) = MESSAGES.iter().find(|row| message.contains(row.message)) {
        return kind_of(row.category);
    }
    // A code that the contract lists with another status keeps its meaning, except in 5xx: the
    // code may come from another server.
    if !status.is_server_error()
        && let Some(row) = ERRORS.iter().find(|row| row.code == code)
    {
        return kind_of(row.category);
    }
    by_status(status, message)
}

/// Returns the kind of a failed task.
pub(crate) fn classify_task(envelope: &Envelope) -> ErrorKind {
    let code = envelope.code.as_deref().unwrap_or_default();
    match TASK_ERRORS
        .iter()
        .find(|row| row.code == code)
        .map(|row| kind_of(row.category))
    {
        Some(kind) if kind != ErrorKind::TaskFailed => kind,
        _ if contains_any(
            envelope.message.as_deref().unwrap_or_default(),
            MODERATION_WORDS,
        ) =>
        {
            ErrorKind::Moderation
        }
        _ => ErrorKind::TaskFailed,
    }
}

fn by_status(status: StatusCode, message: &str) -> ErrorKind {
    match status.as_u16() {
        401 => ErrorKind::Unauthorized,
        402 => ErrorKind::InsufficientQuota,
        403 | 429 if contains_any(message, QUOTA_WORDS) => ErrorKind::InsufficientQuota,
        403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        408 | 504 => ErrorKind::Timeout,
        422 if contains_any(message, MODERATION_WORDS) => ErrorKind::Moderation,
        429 => ErrorKind::RateLimited,
        400..=499 => ErrorKind::BadRequest,
        500.. => ErrorKind::Server,
        _ => ErrorKind::Decode,
    }
}

fn contains_any(message: &str, words: &[&str]) -> bool {
    let message = message.to_lowercase();
    words.iter().any(|word| message.contains(word))
}

/// Returns the contract's row for a status and a code.
pub(crate) fn find_error_row(status: StatusCode, code: &str) -> Option<&'static ErrorRow> {
    ERRORS
        .iter()
        .find(|row| row.status == status.as_u16() && row.code == code)
}

/// Converts the contract's kind.
fn kind_of(category: ErrorCategory) -> ErrorKind {
    match category {
        ErrorCategory::InvalidRequest | ErrorCategory::WebhookNotConfigured => {
            ErrorKind::BadRequest
        }
        ErrorCategory::InvalidReferences => ErrorKind::InvalidReference,
        ErrorCategory::Auth => ErrorKind::Unauthorized,
        ErrorCategory::Forbidden => ErrorKind::Forbidden,
        ErrorCategory::Quota => ErrorKind::InsufficientQuota,
        ErrorCategory::NotFound => ErrorKind::NotFound,
        ErrorCategory::Moderation => ErrorKind::Moderation,
        ErrorCategory::RateLimited => ErrorKind::RateLimited,
        ErrorCategory::Server | ErrorCategory::Unavailable => ErrorKind::Server,
        ErrorCategory::ModelUnavailable => ErrorKind::ModelUnavailable,
        ErrorCategory::Failed => ErrorKind::TaskFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, body: &str) -> ErrorKind {
        classify(
            StatusCode::from_u16(status).unwrap(),
            &Envelope::read(body.as_bytes()),
        )
    }

    #[test]
    fn kinds_of_errors_are_distinguished() {
        use ErrorKind as K;
        for (status, body, expected) in [
            (
                400,
                r#"{"error":{"code":"invalid_request","message":"n"}}"#,
                K::BadRequest,
            ),
            (
                400,
                r#"{"error":{"code":"x","message":"base64 image is not allowed"}}"#,
                K::InvalidReference,
            ),
            (400, r#"{"message":"task_not_exist"}"#, K::NotFound),
            (
                401,
                r#"{"error":{"code":401,"message":"no","type":"authentication_error"}}"#,
                K::Unauthorized,
            ),
            (
                402,
                r#"{"error":{"code":402,"message":"pay"}}"#,
                K::InsufficientQuota,
            ),
            (
                403,
                r#"{"error":{"code":"insufficient_user_quota","message":"用户额度不足"}}"#,
                K::InsufficientQuota,
            ),
            (
                403,
                r#"{"error":{"message":"用户额度不足, 剩余额度: 0"}}"#,
                K::InsufficientQuota,
            ),
            (
                403,
                r#"{"error":{"code":"x","message":"no access to this model"}}"#,
                K::Forbidden,
            ),
            (403, "<html>403</html>", K::Forbidden),
            (
                404,
                r#"{"error":{"code":404,"message":"Task not found"}}"#,
                K::NotFound,
            ),
            (
                422,
                r#"{"error":{"code":"content_policy_violation","message":"no"}}"#,
                K::Moderation,
            ),
            (
                422,
                r#"{"error":{"message":"blocked by safety system"}}"#,
                K::Moderation,
            ),
            (
                429,
                r#"{"error":{"code":"rate_limit_exceeded","message":"slow"}}"#,
                K::RateLimited,
            ),
            (
                429,
                r#"{"error":{"code":429,"message":"slow","type":"rate_limit_error"}}"#,
                K::RateLimited,
            ),
            (
                429,
                r#"{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}"#,
                K::InsufficientQuota,
            ),
            (429, "", K::RateLimited),
            (500, "", K::Server),
            (
                500,
                r#"{"error":{"code":"insufficient_quota","message":"x"}}"#,
                K::Server,
            ),
            (502, "<html>", K::Server),
            (
                503,
                r#"{"error":{"code":"model_not_found","message":"no channel"}}"#,
                K::ModelUnavailable,
            ),
            (504, "", K::Timeout),
            (302, "", K::Decode),
        ] {
            assert_eq!(kind(status, body), expected, "{status} {body}");
        }
    }
}
