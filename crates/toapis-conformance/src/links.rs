//! Follows OpenAPI links: from a create to its task, to the task's final status, to its image.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::Value;
use toapis_contract::{Operation, redact};
use toapis_openapi::{
    extensions::{Extension, TaskStatuses},
    pointer,
};
use tokio::time::Instant;

use crate::{
    case::{Case, creates_task},
    cases::fill_path,
    report::{CaseCategory, CaseReport, Outcome},
    response::{Response, lost, read_body},
    runner::Runner,
};

/// Prefix of a runtime expression for a value of the response body.
const BODY_EXPRESSION: &str = "$response.body#";

impl<F: FnMut(&CaseReport)> Runner<'_, F> {
    /// Follows every link of the response to `case`.
    pub(crate) async fn follow(&mut self, case: &Case, response: &Response) {
        let contract = self.suite.contract;
        let Some(body) = response.json() else {
            return;
        };
        let documented = contract
            .operation(&case.operation)
            .and_then(|operation| operation.response(response.status));
        let Some(documented) = documented else {
            return;
        };
        let list = format!("{}/links", documented.pointer());
        let links = contract.resolve(&list).and_then(Value::as_object);
        for name in links.into_iter().flat_map(|all| all.keys()) {
            let at = pointer::join(&list, name);
            if let Some((operation, next)) = self.link(case, &at, name, &body) {
                Box::pin(self.follow_link(case, operation, &next, &body)).await;
            }
        }
    }

    /// Returns the operation of the link at `at`, and the case for it.
    fn link(
        &self,
        case: &Case,
        at: &str,
        name: &str,
        body: &Value,
    ) -> Option<(&'static Operation, Case)> {
        let contract = self.suite.contract;
        let (at, link) = contract.resolve_pointer(at)?;
        let operation = contract.operation(link.get("operationId")?.as_str()?)?;
        let mut next = Case::new(
            operation,
            CaseCategory::Link,
            format!("link {name}"),
            format!("after {} ({})", case.operation, case.subject),
        )
        .with_pointer(at);
        let parameters = link.get("parameters").and_then(Value::as_object);
        for value in parameters.into_iter().flat_map(|all| all.values()) {
            let value = evaluate(value, body)?;
            next = next.with_path(fill_path(operation, value.as_str()?));
        }
        let template = link
            .get("requestBody")
            .or_else(|| link.get("x-request-body"));
        if let Some(template) = template {
            next = next.with_json(&evaluate(template, body)?);
        }
        Some((operation, next))
    }

    /// Sends the case of a link; polls a task until its status is final.
    async fn follow_link(&mut self, case: &Case, operation: &Operation, next: &Case, body: &Value) {
        let started = Instant::now();
        if creates_task(operation) || operation.method() != Method::GET {
            if let Some(response) = self.send_linked(next, started, None).await {
                self.follow(next, &response).await;
            }
            return;
        }
        if let Some(task) = self.poll_task(next, body, started).await {
            self.find_by_business_id(case, next, body).await;
            self.fetch_image(next, &task).await;
        }
    }

    /// Sends a case once and records it; with `id`, the response must be about that task.
    async fn send_linked(
        &mut self,
        case: &Case,
        started: Instant,
        id: Option<&str>,
    ) -> Option<Response> {
        match self.send(case).await {
            Ok(response) => {
                let message = case
                    .expect
                    .mismatch(response.status)
                    .map(str::to_owned)
                    .or_else(|| other_task(&response.json()?, id));
                self.record_response(case, message, &response, started)
                    .then_some(response)
            }
            Err(error) => {
                self.record_error(case, error, started);
                None
            }
        }
    }

    /// Polls a task until its status is final; returns it if all responses were valid.
    async fn poll_task(&mut self, case: &Case, created: &Value, started: Instant) -> Option<Value> {
        let id = created.get("id").and_then(Value::as_str);
        let statuses = TaskStatuses::find(self.suite.contract.document());
        let statuses = statuses
            .ok()
            .flatten()
            .map_or_else(BTreeMap::new, |all| all.0);
        loop {
            let response = match self.send(case).await {
                Ok(response) => response,
                Err(error) => {
                    self.record_error(case, error, started);
                    return None;
                }
            };
            let task = response.json().unwrap_or_default();
            let message = case
                .expect
                .mismatch(response.status)
                .map(str::to_owned)
                .or_else(|| other_task(&task, id))
                .or_else(|| missing_result(&task));
            let status = task.get("status").and_then(Value::as_str);
            let status = status.unwrap_or_default();
            let is_final = statuses.get(status).is_some_and(|row| row.is_final);
            if message.is_some() || !response.violations.is_empty() || is_final {
                return self
                    .record_response(case, message, &response, started)
                    .then_some(task);
            }
            let timeout = self.suite.task_timeout;
            if started.elapsed() + self.suite.poll_interval > timeout {
                let message = format!("timed out: the task is still `{status}` after {timeout:?}");
                self.record_response(case, Some(message), &response, started);
                return None;
            }
            tokio::time::sleep(self.suite.poll_interval).await;
        }
    }

    /// Finds a task by the `client_business_id` of its create.
    async fn find_by_business_id(&mut self, created: &Case, found: &Case, body: &Value) {
        let sent: Option<Value> = serde_json::from_slice(&created.body).ok();
        let business_id = sent
            .as_ref()
            .and_then(|sent| sent.get("client_business_id")?.as_str());
        let operation = self.suite.contract.operation(&found.operation);
        if let (Some(business_id), Some(operation)) = (business_id, operation) {
            let case = found
                .clone()
                .with_path(fill_path(operation, business_id))
                .with_name("client_business_id", "finds the task created with it");
            let id = body.get("id").and_then(Value::as_str);
            self.send_linked(&case, Instant::now(), id).await;
        }
    }

    /// Fetches the first image of a completed task, without a credential.
    async fn fetch_image(&mut self, found: &Case, task: &Value) {
        let Some(url) = task.pointer("/result/data/0/url").and_then(Value::as_str) else {
            return;
        };
        let case = found
            .clone()
            .with_path(redact(url))
            .with_name("result.data[0].url", "is an image and needs no credential")
            .with_pointer("#/components/schemas/ResultImage/properties/url");
        let started = Instant::now();
        let message = match self.fetch(url).await {
            Ok((status, _)) if !status.is_success() => {
                Some(format!("the image URL responded {status}"))
            }
            Ok((_, body)) if is_image(&body) => None,
            Ok((_, body)) => Some(format!(
                "the {} bytes received are not a complete JPEG, PNG or WebP image",
                body.len()
            )),
            Err(message) => Some(message),
        };
        let outcome = match message {
            None => Outcome::Passed,
            Some(_) => Outcome::Failed,
        };
        self.record(&case, outcome, message, None, started.elapsed());
    }

    async fn fetch(&self, url: &str) -> Result<(StatusCode, Bytes), String> {
        let request = self.suite.client.get(url);
        let request = request.timeout(self.suite.request_timeout);
        let response = request.send().await.map_err(|error| lost(&error))?;
        let status = response.status();
        Ok((status, read_body(response).await?))
    }
}

/// Fills the runtime expressions of a link's value from `body`; `None` if a value is missing there.
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

fn other_task(task: &Value, expected: Option<&str>) -> Option<String> {
    let id = task.get("id")?.as_str()?;
    expected
        .filter(|expected| *expected != id)
        .map(|expected| format!("the response is about task `{id}`, expected `{expected}`"))
}

fn missing_result(task: &Value) -> Option<String> {
    let completed = task.get("status").and_then(Value::as_str) == Some("completed");
    let url = task.pointer("/result/data/0/url").and_then(Value::as_str);
    (completed && url.is_none_or(str::is_empty))
        .then(|| "the task is completed, but `result.data` has no image".to_owned())
}

/// Returns true for a JPEG, PNG or WebP image that is complete as far as its format shows.
fn is_image(body: &[u8]) -> bool {
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
