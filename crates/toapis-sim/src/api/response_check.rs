//! Validation of the simulator's own responses against the contract. Responses that were valid
//! before are cached.

use std::hash::{BuildHasher as _, RandomState};

use bytes::Bytes;
use http::StatusCode;
use parking_lot::Mutex;
use toapis_contract::{Contract, ResponseParts, Violation};

use crate::{operation::Operation, server::BufferedResponse};

/// The number of cached responses.
const CACHE_SLOTS: usize = 256;

/// The maximum size of a cached response body.
const MAX_CACHED_BYTES: usize = 4 << 10;

/// A validator of responses.
pub(crate) struct ResponseValidator {
    contract: &'static Contract,
    hasher: RandomState,
    valid: Vec<Mutex<Option<ValidResponse>>>,
}

/// A valid response without further headers: everything that its validity depends on.
#[derive(PartialEq, Eq)]
struct ValidResponse {
    operation: Operation,
    status: StatusCode,
    body: Bytes,
}

impl ResponseValidator {
    pub(crate) fn new(contract: &'static Contract) -> Self {
        Self {
            contract,
            hasher: RandomState::new(),
            valid: (0..CACHE_SLOTS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Returns how a response to an operation violates the contract.
    pub(super) fn violations(
        &self,
        operation: Operation,
        response: &BufferedResponse,
    ) -> Vec<Violation> {
        let slot = self.slot(operation, response);
        if slot.is_some_and(|slot| contains(slot, operation, response)) {
            return Vec::new();
        }
        let parts = ResponseParts {
            status: response.status,
            headers: &response.headers,
            body: &response.body,
        };
        let verdict = self.contract.validate_response(operation.id(), &parts);
        if let Some(slot) = slot.filter(|_| verdict.is_ok()) {
            *slot.lock() = Some(ValidResponse {
                operation,
                status: response.status,
                body: response.body.clone(),
            });
        }
        verdict.into_violations()
    }

    /// Returns the cache slot of a response. Responses to creates never repeat and have none.
    fn slot(
        &self,
        operation: Operation,
        response: &BufferedResponse,
    ) -> Option<&Mutex<Option<ValidResponse>>> {
        let is_plain = response.headers.len() == 1 && response.is_json();
        if operation.is_create() || !is_plain || response.body.len() > MAX_CACHED_BYTES {
            return None;
        }
        let hash = self.hasher.hash_one(&response.body);
        self.valid.get(usize::try_from(hash).ok()? % CACHE_SLOTS)
    }
}

fn contains(
    slot: &Mutex<Option<ValidResponse>>,
    operation: Operation,
    response: &BufferedResponse,
) -> bool {
    slot.lock().as_ref().is_some_and(|valid| {
        (valid.operation, valid.status) == (operation, response.status)
            && valid.body == response.body
    })
}

#[cfg(test)]
mod tests {
    use http::header::RETRY_AFTER;
    use http::{HeaderValue, StatusCode};
    use serde_json::{Value, json};
    use toapis_contract::Contract;

    use super::{BufferedResponse, Operation, ResponseValidator};

    fn task(progress: &Value) -> BufferedResponse {
        let task = json!({ "id": "img_1", "object": "generation.task", "status": "queued", "progress": progress });
        BufferedResponse::json(StatusCode::OK, &task)
    }

    /// Returns the names of the violated rules.
    fn violated_rules(
        validator: &ResponseValidator,
        operation: Operation,
        response: &BufferedResponse,
    ) -> Vec<String> {
        let violations = validator.violations(operation, response);
        violations
            .iter()
            .map(|one| one.keyword().to_owned())
            .collect()
    }

    #[test]
    fn invalid_responses_are_found_after_valid_ones() {
        let validator = ResponseValidator::new(Contract::embedded());
        let (valid, invalid) = (task(&json!(50)), task(&json!("50")));
        for _ in 0..3 {
            assert_eq!(
                violated_rules(&validator, Operation::Status, &valid),
                [] as [&str; 0]
            );
            assert_eq!(
                violated_rules(&validator, Operation::Status, &invalid),
                ["type"]
            );
        }
    }

    #[test]
    fn same_body_is_validated_for_each_operation_status_and_header() {
        let validator = ResponseValidator::new(Contract::embedded());
        let valid = task(&json!(50));
        assert_eq!(
            violated_rules(&validator, Operation::Status, &valid),
            [] as [&str; 0]
        );
        assert!(!violated_rules(&validator, Operation::KeyBalance, &valid).is_empty());
        let mut other = valid.clone();
        other.status = StatusCode::NOT_FOUND;
        assert!(!violated_rules(&validator, Operation::Status, &other).is_empty());
        other.status = StatusCode::IM_A_TEAPOT;
        assert_eq!(
            violated_rules(&validator, Operation::Status, &other),
            ["status"]
        );
        let mut other = valid.clone();
        let html = HeaderValue::from_static("text/html");
        other.headers.insert("content-type", html);
        assert_eq!(
            violated_rules(&validator, Operation::Status, &other),
            ["media_type"]
        );
        let limited = json!({ "error": { "code": "rate_limit_exceeded", "message": "m" } });
        let limited = BufferedResponse::json(StatusCode::TOO_MANY_REQUESTS, &limited);
        assert_eq!(
            violated_rules(&validator, Operation::Status, &limited),
            [] as [&str; 0]
        );
        let soon = limited.with_header(&RETRY_AFTER, HeaderValue::from_static("soon"));
        assert_eq!(
            violated_rules(&validator, Operation::Status, &soon),
            ["type"]
        );
    }
}
