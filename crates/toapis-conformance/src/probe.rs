//! Makes cases of changed bodies. The contract itself decides whether a body is valid.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;
use toapis_contract::{Contract, Operation, RequestBody, RequestParts, Violation, ViolationKind};
use toapis_openapi::pointer;

use crate::{
    case::{Case, Expect},
    report::CaseCategory,
    sample,
};

/// A valid body of one branch of an operation, and the cases made by changing it.
pub(crate) struct Probe<'p> {
    pub(crate) contract: &'p Contract,
    pub(crate) operation: &'p Operation,
    pub(crate) category: CaseCategory,
    /// The branch: the name of its model.
    pub(crate) label: String,
    /// Pointer of the branch's schema.
    pub(crate) schema: String,
    /// The expectation for a valid body.
    pub(crate) expect_valid: Expect,
    pub(crate) cases: &'p mut Vec<Case>,
}

impl Probe<'_> {
    /// Adds a case with a valid body, completed with the fields that a rule requires.
    ///
    /// Returns false, and adds nothing, if the body is invalid even so.
    pub(crate) fn add_valid(
        &mut self,
        place: &str,
        variant: String,
        pointer: String,
        body: Value,
    ) -> bool {
        let Some(body) = self.complete(body) else {
            return false;
        };
        self.push(place, variant, pointer, &body, self.expect_valid);
        true
    }

    /// Adds a case with an invalid body; adds nothing if the contract allows the body.
    pub(crate) fn add_invalid(
        &mut self,
        place: &str,
        variant: String,
        pointer: String,
        body: &Value,
    ) {
        if !self.is_valid(body) {
            self.push(place, variant, pointer, body, Expect::Rejected);
        }
    }

    fn push(
        &mut self,
        place: &str,
        variant: String,
        pointer: String,
        body: &Value,
        expect: Expect,
    ) {
        let subject = format!("{} {place}", self.label);
        let case = Case::new(self.operation, self.category, subject.trim_end(), variant);
        self.cases.push(
            case.with_pointer(pointer)
                .with_json(body)
                .with_expect(expect),
        );
    }

    /// Returns `body` with the fields that a `requires` rule demands; `None` if it stays invalid.
    pub(crate) fn complete(&self, mut body: Value) -> Option<Value> {
        for _ in 0..2 {
            if self.is_valid(&body) {
                return Some(body);
            }
            for violation in self.violations(&body) {
                if violation.kind() != ViolationKind::ModelRule || violation.keyword() != "requires"
                {
                    return None;
                }
                let place = &violation.location().at;
                let field = place.trim_start_matches('/');
                let schema = pointer::join(&format!("{}/properties", self.schema), field);
                body = sample::set(&body, place, sample::sample(self.contract, &schema));
            }
        }
        None
    }

    fn is_valid(&self, body: &Value) -> bool {
        self.contract.is_valid_body(self.operation, body)
    }

    fn violations(&self, body: &Value) -> Vec<Violation> {
        let headers = HeaderMap::from_iter([
            (
                header::AUTHORIZATION,
                HeaderValue::from_static("Bearer sk-probe"),
            ),
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            ),
        ]);
        let body = Bytes::from(body.to_string());
        self.contract
            .validate_request(&RequestParts {
                method: self.operation.method(),
                path_and_query: self.operation.path(),
                headers: &headers,
                body: &body,
            })
            .into_violations()
    }
}

/// One branch of a body's schema.
pub(crate) struct Branch {
    /// The name of the model.
    pub(crate) label: String,
    /// Pointer of the schema.
    pub(crate) schema: String,
    /// [`Expect::Either`] for a model that the contract does not know.
    pub(crate) expect_valid: Expect,
}

/// Returns the branches of an operation's JSON body: those of its `oneOf`, else the body itself.
pub(crate) fn branches(contract: &Contract, operation: &Operation) -> Vec<Branch> {
    let Some(media) = operation.request_body().and_then(RequestBody::json) else {
        return Vec::new();
    };
    let body = format!("{}/schema", media.pointer());
    let Some((at, schema)) = contract.resolve_pointer(&body) else {
        return Vec::new();
    };
    let Some(choice) = schema.get("oneOf").and_then(Value::as_array) else {
        return vec![Branch {
            label: String::new(),
            schema: at,
            expect_valid: Expect::Accepted,
        }];
    };
    let branch = |position: usize| {
        let (schema, object) = contract.resolve_pointer(&format!("{at}/oneOf/{position}"))?;
        let model = object.pointer("/properties/model/enum/0");
        let model = model.and_then(Value::as_str);
        Some(Branch {
            label: model.unwrap_or("an unknown model").to_owned(),
            schema,
            expect_valid: match model {
                Some(_) => Expect::Accepted,
                None => Expect::Either,
            },
        })
    };
    (0..choice.len()).filter_map(branch).collect()
}
