//! Rejects a request whose path parameter changed the path: every request passes it.

use progenitor_client::OperationInfo;

use crate::operations::OPERATIONS;
use crate::{Error, Operation};

/// Checks that the path of `request` matches the path template of its operation.
///
/// # Errors
///
/// [`Error::InvalidRequest`] if a path parameter is empty, `.` or `..`.
#[expect(
    clippy::result_large_err,
    reason = "every function of the generated client returns this error type"
)]
pub(crate) fn check_path(
    request: &reqwest::Request,
    info: &OperationInfo,
) -> Result<(), Error<()>> {
    let operation = find_operation(info);
    let path = request.url().path();
    if matches_template(operation.path, path) {
        return Ok(());
    }
    Err(Error::InvalidRequest(format!(
        "`{path}` does not match `{}`, the path of {}: a path parameter is empty, `.` or `..`",
        operation.path, operation.id,
    )))
}

/// Returns the contract's entry for the operation that the generated code names.
fn find_operation(info: &OperationInfo) -> &'static Operation {
    OPERATIONS
        .iter()
        .find(|operation| operation.function == info.operation_id)
        .expect("client and operations are generated from the same contract")
}

/// Returns true if `path` ends with `template`, each parameter replaced by exactly one segment.
///
/// URL parsers resolve `.` and `..` while a request is built, and the generated code does not
/// escape them: with a task id of `..`, the API key would be sent to the parent path. After that,
/// the only trace is a path that does not match. Segments are compared from the end because a base
/// URL may have a path of its own.
fn matches_template(template: &str, path: &str) -> bool {
    if !template.contains('{') {
        return path.ends_with(template);
    }
    let (Some((template_parent, expected)), Some((parent, segment))) =
        (template.rsplit_once('/'), path.rsplit_once('/'))
    else {
        return false;
    };
    let matches_segment = if expected.starts_with('{') {
        !segment.is_empty()
    } else {
        expected == segment
    };
    matches_segment && matches_template(template_parent, parent)
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::matches_template;

    const TEMPLATE: &str = "/v1/images/generations/{task_id}";

    #[test_case(TEMPLATE, "/v1/images/generations/task_1"; "no prefix")]
    #[test_case(TEMPLATE, "/gateway/v1/images/generations/task_1"; "prefix")]
    #[test_case("/v1/balance", "/v1/balance"; "no parameter")]
    fn filled_template_matches(template: &str, path: &str) {
        assert!(matches_template(template, path));
    }

    #[test_case("/v1/images/generations/"; "empty")]
    #[test_case("/v1/images/"; "parent with slash")]
    #[test_case("/v1/images"; "parent")]
    #[test_case("/"; "root")]
    #[test_case("/v1/images/generations/a/b"; "two segments")]
    fn resolved_parameter_does_not_match(path: &str) {
        assert!(!matches_template(TEMPLATE, path));
    }

    #[test]
    fn other_static_segment_does_not_match() {
        assert!(!matches_template("/v1/balance", "/v1/models"));
    }
}
