//! The guard that every request passes, so that a path parameter stays in its place, and the way to the exchange.

use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};

use crate::operations::OPERATIONS;
use crate::{Client, Error, Inner, Operation};

/// Lets a request pass that goes where its operation lies.
///
/// # Errors
///
/// [`Error::InvalidRequest`] if a path parameter climbed out of its place.
#[expect(
    clippy::result_large_err,
    reason = "the error is the generator's, and every function of the client returns it"
)]
pub(crate) fn guard(request: &reqwest::Request, info: &OperationInfo) -> Result<(), Error<()>> {
    let operation = operation(info);
    let path = request.url().path();
    if fits(operation.path, path) {
        return Ok(());
    }
    Err(Error::InvalidRequest(format!(
        "`{path}` is not a path of {}, `{}`: a path parameter is empty, `.` or `..`",
        operation.id, operation.path,
    )))
}

impl ClientHooks<Inner> for Client {
    async fn exec(
        &self,
        request: reqwest::Request,
        info: &OperationInfo,
    ) -> reqwest::Result<reqwest::Response> {
        self.inner()
            .exchange()
            .exchange(self.client(), request, operation(info))
            .await
    }
}

/// What the contract says of the operation that the generator names.
fn operation(info: &OperationInfo) -> &'static Operation {
    OPERATIONS
        .iter()
        .find(|operation| operation.function == info.operation_id)
        .expect("both lists are generated from one contract, and a test holds the hand-written operations against it")
}

/// Does `path` end in the template of the operation, each parameter filled by exactly one segment?
///
/// URL parsers resolve `.` and `..` before a request is built, and the generator does not escape them: a task id of `..`
/// would send the key to the parent path. By then the only trace is that the path no longer fits. Compared from the end,
/// since a base URL may have a path of its own.
fn fits(template: &str, path: &str) -> bool {
    if !template.contains('{') {
        return path.ends_with(template);
    }
    let (Some((above, expected)), Some((given, segment))) =
        (template.rsplit_once('/'), path.rsplit_once('/'))
    else {
        return false;
    };
    let same = if expected.starts_with('{') {
        !segment.is_empty()
    } else {
        expected == segment
    };
    same && fits(above, given)
}

#[cfg(test)]
mod tests {
    use super::fits;

    const TEMPLATE: &str = "/v1/images/generations/{task_id}";

    #[test]
    fn a_filled_template_fits_behind_any_base() {
        assert!(fits(TEMPLATE, "/v1/images/generations/task_1"));
        assert!(fits(TEMPLATE, "/gateway/v1/images/generations/task_1"));
        assert!(fits("/v1/balance", "/v1/balance"));
    }

    #[test]
    fn a_parameter_that_was_resolved_away_does_not_fit() {
        for path in [
            "/v1/images/generations/",
            "/v1/images/",
            "/v1/images",
            "/",
            "/v1/images/generations/a/b",
        ] {
            assert!(!fits(TEMPLATE, path), "{path}");
        }
    }

    #[test]
    fn a_static_segment_is_compared() {
        assert!(!fits("/v1/balance", "/v1/models"));
    }
}
