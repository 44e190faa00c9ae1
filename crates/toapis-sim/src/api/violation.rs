//! Violations of the contract, as the service reports them.

use toapis_contract::{Violation, ViolationKind};

use super::{error::ApiError, upload};
use crate::{operation::Operation, state::AppState};

/// Converts a violation of the contract to the error that the service returns.
pub(super) fn invalid_request(
    app: &AppState,
    operation: Operation,
    violation: &Violation,
    body: &[u8],
) -> ApiError {
    let path = violation.location().at.trim_start_matches('/');
    let violation_message = violation.message();
    if operation == Operation::Upload {
        return match violation.keyword() {
            "encoding" => upload::unsupported_type(app),
            _ if path.is_empty() => ApiError::UploadUnreadable {
                message: violation_message.to_owned(),
            },
            _ => ApiError::UploadUnreadable {
                message: format!("{path}: {violation_message}"),
            },
        };
    }
    let message = match violation.kind() {
        // The message of a rule across fields names the fields.
        ViolationKind::ModelRule => violation_message.to_owned(),
        ViolationKind::MediaType => format!("the `Content-Type` header {violation_message}"),
        _ if path.is_empty() => violation_message.to_owned(),
        _ => format!("{path} {violation_message}"),
    };
    let field = path.split('/').next().unwrap_or_default();
    if field.ends_with("image_urls") || field.ends_with("reference_images") {
        let is_item = path.contains('/');
        let has_data_url = body.windows(5).any(|window| window == b"data:");
        // For a reference that is not a web URL, the service's own messages are known.
        let message = match (is_item, has_data_url) {
            (true, true) => "base64 image is not allowed".to_owned(),
            (true, false) => "invalid image_url".to_owned(),
            (false, _) => message,
        };
        return ApiError::InvalidReferences {
            message,
            param: Some(field.to_owned()),
        };
    }
    ApiError::InvalidRequest {
        param: (!path.is_empty()).then(|| path.to_owned()),
        message,
    }
}
