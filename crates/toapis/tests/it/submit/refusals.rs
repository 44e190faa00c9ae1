//! Creates that made no task for certain, and how that is told.

use serde_json::json;
use toapis::ErrorKind;

use super::cases::{Case, Told, case, error};
use crate::script::{answer, html, json as reply};

/// Answers after which it is certain that no task was made.
pub(crate) fn refused() -> Vec<Case> {
    let limited = |headers: &[(&str, &str)]| {
        answer(
            429,
            headers,
            r#"{"error":{"code":"rate_limit_exceeded","message":"slow"}}"#,
        )
    };
    vec![
        case(
            "503, the limiter is down",
            error(503, "rate_limit_unavailable"),
            false,
            Told::Again,
        ),
        case("429", limited(&[]), false, Told::Again),
        case("429 with a number", error(429, "429"), false, Told::Again),
        case(
            "429 with seconds",
            limited(&[("retry-after", "3")]),
            false,
            Told::Again,
        ),
        case(
            "429 with a date",
            limited(&[
                ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
                ("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"),
            ]),
            false,
            Told::Again,
        ),
        case(
            "429 that means money",
            error(429, "insufficient_quota"),
            false,
            Told::Rejected(ErrorKind::InsufficientQuota),
        ),
        case(
            "503, nobody serves the model",
            error(503, "model_not_found"),
            false,
            Told::Rejected(ErrorKind::ModelUnavailable),
        ),
        case(
            "400",
            error(400, "invalid_request"),
            false,
            Told::Rejected(ErrorKind::BadRequest),
        ),
        case(
            "401",
            reply(401, json!({"error": {"code": 401, "message": "no"}})),
            false,
            Told::Rejected(ErrorKind::Unauthorized),
        ),
        case(
            "402",
            error(402, "insufficient_quota"),
            false,
            Told::Rejected(ErrorKind::InsufficientQuota),
        ),
        case(
            "403 about money",
            error(403, "insufficient_user_quota"),
            false,
            Told::Rejected(ErrorKind::InsufficientQuota),
        ),
        case(
            "403 HTML",
            html(403),
            false,
            Told::Rejected(ErrorKind::Forbidden),
        ),
        case(
            "422",
            error(422, "content_policy_violation"),
            false,
            Told::Rejected(ErrorKind::Moderation),
        ),
        case(
            "404 HTML, of a path that is not the API's",
            html(404),
            false,
            Told::Rejected(ErrorKind::NotFound),
        ),
    ]
}

/// Statuses by which HTTP itself says that the request was not taken up.
pub(crate) fn not_taken_up() -> Vec<Case> {
    let rejected = Told::Rejected(ErrorKind::BadRequest);
    [
        ("405", 405),
        ("407", 407),
        ("411", 411),
        ("413", 413),
        ("414", 414),
        ("415", 415),
        ("417", 417),
        ("421", 421),
        ("422 of a gateway", 422),
        ("426", 426),
        ("428", 428),
        ("431", 431),
    ]
    .map(|(name, status)| case(name, html(status), false, rejected))
    .into()
}
