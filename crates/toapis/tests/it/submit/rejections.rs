//! Responses to a create that prove that no task was created.

use serde_json::json;
use toapis::ErrorKind;

use super::cases::{Case, Expected, case, error};
use toapis_test_support::server::{html_response, json_response, response};

/// Error responses of the service after which no task exists.
pub(crate) fn rejected() -> Vec<Case> {
    let limited = |headers: &[(&str, &str)]| {
        response(
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
            Expected::Retried,
        ),
        case("429", limited(&[]), false, Expected::Retried),
        case(
            "429 with a number",
            error(429, "429"),
            false,
            Expected::Retried,
        ),
        case(
            "429 with seconds",
            limited(&[("retry-after", "3")]),
            false,
            Expected::Retried,
        ),
        case(
            "429 with a date",
            limited(&[
                ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
                ("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"),
            ]),
            false,
            Expected::Retried,
        ),
        case(
            "429 that means money",
            error(429, "insufficient_quota"),
            false,
            Expected::Rejected(ErrorKind::InsufficientQuota),
        ),
        case(
            "503, nobody serves the model",
            error(503, "model_not_found"),
            false,
            Expected::Rejected(ErrorKind::ModelUnavailable),
        ),
        case(
            "400",
            error(400, "invalid_request"),
            false,
            Expected::Rejected(ErrorKind::BadRequest),
        ),
        case(
            "401",
            json_response(401, json!({"error": {"code": 401, "message": "no"}})),
            false,
            Expected::Rejected(ErrorKind::Unauthorized),
        ),
        case(
            "402",
            error(402, "insufficient_quota"),
            false,
            Expected::Rejected(ErrorKind::InsufficientQuota),
        ),
        case(
            "403 about money",
            error(403, "insufficient_user_quota"),
            false,
            Expected::Rejected(ErrorKind::InsufficientQuota),
        ),
        case(
            "403 HTML",
            html_response(403),
            false,
            Expected::Rejected(ErrorKind::Forbidden),
        ),
        case(
            "422",
            error(422, "content_policy_violation"),
            false,
            Expected::Rejected(ErrorKind::Moderation),
        ),
        case(
            "404 HTML, of a path that is not the API's",
            html_response(404),
            false,
            Expected::Rejected(ErrorKind::NotFound),
        ),
    ]
}

/// Statuses that mean, by HTTP itself, that the request was not processed.
pub(crate) fn not_processed() -> Vec<Case> {
    let rejected = Expected::Rejected(ErrorKind::BadRequest);
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
    .map(|(name, status)| case(name, html_response(status), false, rejected))
    .into()
}
