//! What the contract says of the simulator's own answers. One that it has allowed before is not read again.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http::{StatusCode, header::CONTENT_TYPE};
use toapis_contract::{Contract, ResponseParts, Violation};

use super::{Answer, Op, answer::JSON};

/// How many answers are remembered, and the longest of them, in bytes.
const REMEMBERED: usize = 256;
const LONGEST: usize = 4 << 10;

/// Judges answers.
pub(crate) struct Judge {
    contract: &'static Contract,
    hasher: RandomState,
    allowed: Vec<Mutex<Option<Allowed>>>,
}

/// An answer without headers of its own, byte for byte: all that a verdict depends on.
#[derive(PartialEq, Eq)]
struct Allowed {
    op: Op,
    status: StatusCode,
    body: Bytes,
}

impl Judge {
    pub(crate) fn new(contract: &'static Contract) -> Self {
        Self {
            contract,
            hasher: RandomState::new(),
            allowed: (0..REMEMBERED).map(|_| Mutex::default()).collect(),
        }
    }

    /// Everything that is wrong with an answer to `op`.
    pub(super) fn violations(&self, op: Op, answer: &Answer) -> Vec<Violation> {
        let place = self.place(op, answer);
        if place.is_some_and(|place| holds(place, op, answer)) {
            return Vec::new();
        }
        let parts = ResponseParts {
            status: answer.status,
            headers: &answer.headers,
            body: &answer.body,
        };
        let verdict = self.contract.check_response(op.id(), &parts);
        if let Some(place) = place.filter(|_| verdict.is_ok()) {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(Allowed {
                op,
                status: answer.status,
                body: answer.body.clone(),
            });
        }
        verdict.into_violations()
    }

    /// Where an answer is remembered, if it is: the one of a create never comes twice.
    fn place(&self, op: Op, answer: &Answer) -> Option<&Mutex<Option<Allowed>>> {
        let plain = answer.headers.len() == 1
            && answer
                .headers
                .get(CONTENT_TYPE)
                .is_some_and(|name| name == JSON);
        if op.makes_a_task() || !plain || answer.body.len() > LONGEST {
            return None;
        }
        let hash = self.hasher.hash_one(&answer.body);
        self.allowed.get(usize::try_from(hash).ok()? % REMEMBERED)
    }
}

fn holds(place: &Mutex<Option<Allowed>>, op: Op, answer: &Answer) -> bool {
    let allowed = place.lock().unwrap_or_else(PoisonError::into_inner);
    allowed.as_ref().is_some_and(|allowed| {
        (allowed.op, allowed.status) == (op, answer.status) && allowed.body == answer.body
    })
}

#[cfg(test)]
mod tests {
    use http::header::RETRY_AFTER;
    use http::{HeaderValue, StatusCode};
    use serde_json::{Value, json};
    use toapis_contract::Contract;

    use super::{Answer, Judge, Op};

    fn task(progress: &Value) -> Answer {
        let task = json!({ "id": "img_1", "object": "generation.task", "status": "queued", "progress": progress });
        Answer::json(StatusCode::OK, &task)
    }

    /// The rules that an answer breaks, in the judge's words.
    fn broken(judge: &Judge, op: Op, answer: &Answer) -> Vec<String> {
        let violations = judge.violations(op, answer);
        violations.iter().map(|one| one.rule().to_owned()).collect()
    }

    #[test]
    fn a_wrong_answer_is_found_every_time_however_often_right_ones_came_before() {
        let judge = Judge::new(Contract::embedded());
        let (right, wrong) = (task(&json!(50)), task(&json!("50")));
        for _ in 0..3 {
            assert_eq!(broken(&judge, Op::Status, &right), [] as [&str; 0]);
            assert_eq!(broken(&judge, Op::Status, &wrong), ["type"]);
        }
    }

    #[test]
    fn the_same_bytes_are_judged_anew_for_another_operation_status_or_header() {
        let judge = Judge::new(Contract::embedded());
        let right = task(&json!(50));
        assert_eq!(broken(&judge, Op::Status, &right), [] as [&str; 0]);
        assert!(!broken(&judge, Op::KeyBalance, &right).is_empty());
        let mut other = right.clone();
        other.status = StatusCode::NOT_FOUND;
        assert!(!broken(&judge, Op::Status, &other).is_empty());
        other.status = StatusCode::IM_A_TEAPOT;
        assert_eq!(broken(&judge, Op::Status, &other), ["status"]);
        let mut other = right.clone();
        let html = HeaderValue::from_static("text/html");
        other.headers.insert("content-type", html);
        assert_eq!(broken(&judge, Op::Status, &other), ["media_type"]);
        let limited = json!({ "error": { "code": "rate_limit_exceeded", "message": "m" } });
        let limited = Answer::json(StatusCode::TOO_MANY_REQUESTS, &limited);
        assert_eq!(broken(&judge, Op::Status, &limited), [] as [&str; 0]);
        let soon = limited.header(&RETRY_AFTER, HeaderValue::from_static("soon"));
        assert_eq!(broken(&judge, Op::Status, &soon), ["type"]);
    }
}
