//! Turns a changed body into a case, once the contract itself agrees that it is legal or that it is not.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;

use super::{
    basics,
    case::{Case, Expect},
    report::Topic,
    value,
};
use crate::{
    contract::Contract,
    operation::Operation,
    pointer,
    request::RequestParts,
    violation::{Kind, Violation},
};

/// A legal body of one branch of an operation, and the cases that are made by changing it.
pub(super) struct Probe<'p> {
    pub(super) contract: &'p Contract,
    pub(super) operation: &'p Operation,
    pub(super) topic: Topic,
    /// The model, or whatever else tells this body from the operation's others.
    pub(super) label: String,
    /// The schema of the branch.
    pub(super) schema: String,
    /// What is to be expected of a legal body.
    pub(super) legal: Expect,
    pub(super) cases: &'p mut Vec<Case>,
}

impl Probe<'_> {
    /// Adds a case whose body the contract allows; `false` if it does not, even after what a rule asks for was added.
    pub(super) fn inside(
        &mut self,
        place: &str,
        what: String,
        pointer: String,
        body: Value,
    ) -> bool {
        let Some(body) = self.repaired(body) else {
            return false;
        };
        self.push(place, what, pointer, &body, self.legal);
        true
    }

    /// Adds a case whose body the contract forbids; nothing if it allows it.
    pub(super) fn outside(&mut self, place: &str, what: String, pointer: String, body: &Value) {
        if !self.takes(body) {
            self.push(place, what, pointer, body, Expect::Refused);
        }
    }

    fn push(&mut self, place: &str, what: String, pointer: String, body: &Value, expect: Expect) {
        let subject = format!("{} {place}", self.label);
        let case = Case::new(self.operation, self.topic, subject.trim_end(), what);
        self.cases.push(
            case.about(pointer)
                .json(self.operation, body)
                .expect(expect),
        );
    }

    /// `body`, if it is legal as it is or with the fields that a rule asks for beside it.
    pub(super) fn repaired(&self, mut body: Value) -> Option<Value> {
        for _ in 0..2 {
            if self.takes(&body) {
                return Some(body);
            }
            for violation in self.violations(&body) {
                if violation.kind() != Kind::ModelRule || violation.rule() != "requires" {
                    return None;
                }
                let field = violation.location().at.trim_start_matches('/');
                let schema = pointer::join(&format!("{}/properties", self.schema), field);
                let sample = value::sample(self.contract, &schema);
                body = value::set(&body, &violation.location().at, sample);
            }
        }
        None
    }

    fn takes(&self, body: &Value) -> bool {
        basics::json_media(self.operation)
            .is_some_and(|media| self.contract.takes(self.operation, media, body))
    }

    fn violations(&self, body: &Value) -> Vec<Violation> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_static("Bearer sk-probe"),
        );
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        let body = Bytes::from(body.to_string());
        self.contract
            .check_request(&RequestParts {
                method: self.operation.method(),
                path_and_query: self.operation.path(),
                headers: &headers,
                body: &body,
            })
            .into_violations()
    }
}

/// A branch of a body's schema: its label, its schema, whether the contract knows its model.
pub(super) struct Branch {
    pub(super) label: String,
    pub(super) schema: String,
    pub(super) legal: Expect,
}

/// The branches of an operation's JSON body: one for each model's family where it is a choice, else the body itself.
pub(super) fn branches(contract: &Contract, operation: &Operation) -> Vec<Branch> {
    let Some(media) = basics::json_media(operation) else {
        return Vec::new();
    };
    let whole = format!("{}/schema", media.pointer);
    let Ok((at, schema)) = pointer::follow(contract.document(), &whole) else {
        return Vec::new();
    };
    let Some(choice) = schema.get("oneOf").and_then(Value::as_array) else {
        return vec![Branch {
            label: String::new(),
            schema: at,
            legal: Expect::Accepted,
        }];
    };
    let branch = |position: usize| {
        let (schema, object) =
            pointer::follow(contract.document(), &format!("{at}/oneOf/{position}")).ok()?;
        let model = object
            .pointer("/properties/model/enum/0")
            .and_then(Value::as_str);
        Some(Branch {
            label: model.unwrap_or("an unknown model").to_owned(),
            schema,
            legal: if model.is_some() {
                Expect::Accepted
            } else {
                Expect::Either
            },
        })
    };
    (0..choice.len()).filter_map(branch).collect()
}
