//! Follows the `links` of an answer: from a create to its task, to the end of the task, to its pictures.

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    basics::fill_path,
    case::{Case, makes_task},
    report::{CaseReport, Outcome, Topic},
    run::{Answer, Runner, no_answer, read},
};
use crate::{contract::Contract, operation::Operation, pointer};

/// The states of a task, each with whether it is final.
const STATES: &str = "/components/schemas/TaskStatus/x-states";

/// What the contract's runtime expressions for an answer's body begin with.
const BODY_EXPRESSION: &str = "$response.body#";

impl<F: FnMut(&CaseReport)> Runner<'_, F> {
    /// Follows every link of the answer that `case` got.
    pub(super) async fn follow(&mut self, case: &Case, answer: &Answer) {
        let contract = self.suite.contract;
        let Some(body) = answer.json() else {
            return;
        };
        let documented = contract
            .operation(&case.operation)
            .and_then(|operation| operation.answer(answer.status));
        let Some(documented) = documented else {
            return;
        };
        let list = format!("{}/links", documented.pointer);
        let links = contract
            .document()
            .pointer(&list)
            .and_then(Value::as_object);
        for name in links.into_iter().flat_map(|all| all.keys()) {
            let at = pointer::join(&list, name);
            if let Some((operation, next)) = self.link(case, &at, name, &body) {
                Box::pin(self.linked(case, operation, &next, &body)).await;
            }
        }
    }

    /// The operation that the link at `at` leads to, and the case that goes there.
    fn link(
        &self,
        case: &Case,
        at: &str,
        name: &str,
        body: &Value,
    ) -> Option<(&'static Operation, Case)> {
        let contract = self.suite.contract;
        let (at, link) = pointer::follow(contract.document(), at).ok()?;
        let operation = contract.operation(link.get("operationId")?.as_str()?)?;
        let mut next = Case::new(
            operation,
            Topic::Link,
            format!("link {name}"),
            format!("after {} ({})", case.operation, case.subject),
        )
        .about(at);
        let parameters = link.get("parameters").and_then(Value::as_object);
        for value in parameters.into_iter().flat_map(|all| all.values()) {
            let value = evaluate(value, body)?;
            next = next.path(fill_path(operation, value.as_str()?));
        }
        let template = link
            .get("requestBody")
            .or_else(|| link.get("x-request-body"));
        if let Some(template) = template {
            next = next.json(operation, &evaluate(template, body)?);
        }
        Some((operation, next))
    }

    /// Sends what a link leads to; a task is asked for until its end.
    async fn linked(&mut self, case: &Case, operation: &Operation, next: &Case, body: &Value) {
        let begun = Instant::now();
        if makes_task(operation) || operation.method() != Method::GET {
            if let Some(answer) = self.finish(next, begun, None).await {
                self.follow(next, &answer).await;
            }
            return;
        }
        let task = self.wait(next, body, begun).await;
        if let Some(task) = task {
            self.by_business_id(case, next, body).await;
            self.pictures(next, &task).await;
        }
    }

    /// Sends a case once and tells what became of it; `same` is the id that the answer must carry.
    async fn finish(&mut self, case: &Case, begun: Instant, same: Option<&str>) -> Option<Answer> {
        match self.send(case).await {
            Ok(answer) => {
                let fault = case
                    .expect
                    .fault(answer.status)
                    .map(str::to_owned)
                    .or_else(|| {
                        let id = answer.json()?.get("id")?.as_str()?.to_owned();
                        same.filter(|same| *same != id)
                            .map(|same| format!("the answer is about `{id}`, not about `{same}`"))
                    });
                let passed = fault.is_none() && answer.violations.is_empty();
                let outcome = if passed {
                    Outcome::Passed
                } else {
                    Outcome::Failed
                };
                self.tell(case, outcome, fault, Some(&answer), begun.elapsed());
                passed.then_some(answer)
            }
            Err(error) => {
                self.tell_error(case, error, begun);
                None
            }
        }
    }

    /// Asks for a task until it is final, judging each answer; the last one if all went well.
    async fn wait(&mut self, case: &Case, created: &Value, begun: Instant) -> Option<Value> {
        let id = created.get("id").and_then(Value::as_str);
        loop {
            let answer = match self.send(case).await {
                Ok(answer) => answer,
                Err(error) => {
                    self.tell_error(case, error, begun);
                    return None;
                }
            };
            let task = answer.json().unwrap_or_default();
            let fault = case
                .expect
                .fault(answer.status)
                .map(str::to_owned)
                .or_else(|| wrong_id(&task, id))
                .or_else(|| empty_handed(&task));
            let state = task
                .get("status")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let last = self.is_final(state);
            if fault.is_some() || !answer.violations.is_empty() || last {
                let passed = fault.is_none() && answer.violations.is_empty();
                let outcome = if passed {
                    Outcome::Passed
                } else {
                    Outcome::Failed
                };
                self.tell(case, outcome, fault, Some(&answer), begun.elapsed());
                return passed.then_some(task);
            }
            if begun.elapsed() + self.suite.poll > self.suite.deadline {
                let message = format!(
                    "the task is still `{state}` after {:?}",
                    self.suite.deadline
                );
                self.tell(
                    case,
                    Outcome::Failed,
                    Some(message),
                    Some(&answer),
                    begun.elapsed(),
                );
                return None;
            }
            tokio::time::sleep(self.suite.poll).await;
        }
    }

    fn is_final(&self, state: &str) -> bool {
        let at = pointer::join(STATES, state);
        self.suite
            .contract
            .document()
            .pointer(&format!("{at}/final"))
            == Some(&Value::Bool(true))
    }

    /// A task that was created with a `client_business_id` is found by it, too.
    async fn by_business_id(&mut self, created: &Case, found: &Case, body: &Value) {
        let sent: Option<Value> = serde_json::from_slice(&created.body).ok();
        let business_id = sent
            .as_ref()
            .and_then(|sent| sent.get("client_business_id")?.as_str());
        let operation = self.suite.contract.operation(&found.operation);
        if let (Some(business_id), Some(operation)) = (business_id, operation) {
            let case = found.clone().path(fill_path(operation, business_id)).named(
                "client_business_id",
                "finds the task that was created with it",
            );
            let id = body.get("id").and_then(Value::as_str);
            self.finish(&case, Instant::now(), id).await;
        }
    }

    /// The first picture of a completed task is fetched without a key.
    async fn pictures(&mut self, found: &Case, task: &Value) {
        let Some(url) = task.pointer("/result/data/0/url").and_then(Value::as_str) else {
            return;
        };
        let case = found
            .clone()
            .path(crate::mask(url))
            .named("result.data[0].url", "is a picture that needs no key")
            .about("/components/schemas/ResultImage/properties/url");
        let begun = Instant::now();
        let (outcome, message) = match self.fetch(url).await {
            Ok((status, body)) if status.is_success() && is_picture(&body) => {
                (Outcome::Passed, None)
            }
            Ok((status, _)) if !status.is_success() => (
                Outcome::Failed,
                Some(format!("the picture's URL answered {status}")),
            ),
            Ok((_, body)) => (
                Outcome::Failed,
                Some(format!(
                    "{} bytes came, and they are no JPEG, PNG or WebP",
                    body.len()
                )),
            ),
            Err(message) => (Outcome::Failed, Some(message)),
        };
        self.tell(&case, outcome, message, None, begun.elapsed());
    }

    async fn fetch(&self, url: &str) -> Result<(StatusCode, Bytes), String> {
        let request = self.suite.client.get(url).timeout(self.suite.timeout);
        let response = request.send().await.map_err(|error| no_answer(&error))?;
        let status = response.status();
        Ok((status, read(response).await?))
    }
}

/// Returns the number of images of each create that the links of an operation's successful response lead to.
pub(super) fn linked_creates(contract: &Contract, operation: &str) -> Vec<u64> {
    let Some(documented) = contract
        .operation(operation)
        .and_then(|operation| operation.answer(StatusCode::OK))
    else {
        return Vec::new();
    };
    let links = contract
        .resolve(&format!("{}/links", documented.pointer))
        .and_then(Value::as_object);
    let create = |link: &Value| {
        let target = contract.operation(link.get("operationId")?.as_str()?)?;
        let count = link
            .pointer("/x-request-body/n")
            .or_else(|| link.pointer("/requestBody/n"));
        makes_task(target).then(|| count.and_then(Value::as_u64).unwrap_or(1).max(1))
    };
    links
        .into_iter()
        .flat_map(|links| links.values())
        .filter_map(create)
        .collect()
}

/// A link's value with its runtime expressions filled from `body`; `None` if the body has not what one names.
fn evaluate(value: &Value, body: &Value) -> Option<Value> {
    match value {
        Value::String(text) => match text.strip_prefix(BODY_EXPRESSION) {
            Some(at) => body.pointer(at).cloned(),
            None => Some(value.clone()),
        },
        Value::Array(items) => items
            .iter()
            .map(|item| evaluate(item, body))
            .collect::<Option<_>>()
            .map(Value::Array),
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| Some((name.clone(), evaluate(value, body)?)))
            .collect::<Option<_>>()
            .map(Value::Object),
        _ => Some(value.clone()),
    }
}

fn wrong_id(task: &Value, wanted: Option<&str>) -> Option<String> {
    let id = task.get("id")?.as_str()?;
    wanted
        .filter(|wanted| *wanted != id)
        .map(|wanted| format!("the answer is about `{id}`, not about `{wanted}`"))
}

/// A completed task has pictures, in `result.data`.
fn empty_handed(task: &Value) -> Option<String> {
    let completed = task.get("status").and_then(Value::as_str) == Some("completed");
    let url = task.pointer("/result/data/0/url").and_then(Value::as_str);
    (completed && url.is_none_or(str::is_empty))
        .then(|| "the task is completed, but `result.data` has no picture".to_owned())
}

/// Whether bytes begin as a JPEG, PNG or WebP does, and end as far as a format says how it ends.
fn is_picture(body: &[u8]) -> bool {
    let png = body.starts_with(b"\x89PNG\r\n\x1a\n") && body.ends_with(b"IEND\xae\x42\x60\x82");
    let jpeg = body.starts_with(b"\xff\xd8\xff") && body.ends_with(b"\xff\xd9");
    let length = body
        .get(4..8)
        .and_then(|bytes| bytes.try_into().ok())
        .map(u32::from_le_bytes);
    let webp = body.starts_with(b"RIFF")
        && body.get(8..12) == Some(b"WEBP".as_slice())
        && length
            .and_then(|length| usize::try_from(length).ok())
            .is_some_and(|length| body.len() >= length.saturating_add(8));
    png || jpeg || webp
}
