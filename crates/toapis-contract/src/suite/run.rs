//! Runs a plan: sends each case, waits where the service asks for it, judges every answer.

use std::{collections::BTreeSet, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    case::{Case, Key, makes_task},
    plan::{Plan, Suite},
    report::{CaseReport, Coverage, Outcome, Report, Seen, Source, Summary},
};
use crate::{
    operation::{Operation, StatusRange},
    response::ResponseParts,
    violation::Violation,
};

/// How often a case is sent again after 429, which is free.
const LIMITED: u32 = 20;

/// The longest that a `Retry-After` is obeyed.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The largest body that is read; no picture of the service comes near.
const LARGEST_BODY: usize = 64 << 20;

/// A bearer token of the right form that belongs to nobody.
const WRONG_KEY: &str = "Bearer sk-000000000000000000000000000000000000000000000000";

impl Plan {
    /// Runs every case in order; `on_case` is told of each as it ends.
    pub async fn run(&self, on_case: impl FnMut(&CaseReport)) -> Report {
        let mut runner = Runner::new(&self.suite, on_case);
        for case in &self.cases {
            runner.case(case).await;
        }
        runner.report()
    }
}

/// An answer, with what was wrong with it and with those before it.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) violations: Vec<Violation>,
}

impl Answer {
    /// The body as JSON.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// A run under way.
pub(super) struct Runner<'s, F> {
    pub(super) suite: &'s Suite,
    on_case: F,
    summary: Summary,
    seen: BTreeSet<(String, StatusRange)>,
    cases: Vec<CaseReport>,
    /// Told apart from those of every other run.
    run: u128,
}

impl<'s, F: FnMut(&CaseReport)> Runner<'s, F> {
    fn new(suite: &'s Suite, on_case: F) -> Self {
        Self {
            suite,
            on_case,
            summary: Summary::default(),
            seen: BTreeSet::new(),
            cases: Vec::new(),
            run: std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |since| since.as_micros()),
        }
    }

    /// Runs one case, and what its answer leads to.
    async fn case(&mut self, case: &Case) {
        if let Some(why) = self.too_dear(case.pictures) {
            self.tell(case, Outcome::Skipped, Some(why), None, Duration::ZERO);
            return;
        }
        let case = self.with_own_id(case);
        let begun = Instant::now();
        let answer = match self.send(&case).await {
            Ok(answer) => answer,
            Err(message) => {
                self.tell(&case, Outcome::Failed, Some(message), None, begun.elapsed());
                return;
            }
        };
        let fault = case.expect.fault(answer.status);
        let passed = fault.is_none() && answer.violations.is_empty();
        let outcome = if passed {
            Outcome::Passed
        } else {
            Outcome::Failed
        };
        let message = fault.map(|fault| with_word(fault, &answer));
        self.tell(&case, outcome, message, Some(&answer), begun.elapsed());
        if case.follow && answer.status.is_success() {
            self.follow(&case, &answer).await;
        }
    }

    /// Why a case that may create a task is not run, if the allowance is used up.
    pub(super) fn too_dear(&self, pictures: u64) -> Option<String> {
        if pictures == 0 || self.summary.tasks < self.suite.max_tasks {
            return None;
        }
        Some(match self.suite.max_tasks {
            0 => "it may create a task, which costs money; allow some to run it".to_owned(),
            most => format!("the {most} tasks that were allowed are created"),
        })
    }

    /// Sends a case, again after each 429, and judges every answer to it.
    pub(super) async fn send(&mut self, case: &Case) -> Result<Answer, String> {
        let mut violations = Vec::new();
        for _ in 0..LIMITED {
            let mut answer = self.send_once(case).await?;
            violations.append(&mut answer.violations);
            if answer.status != StatusCode::TOO_MANY_REQUESTS {
                answer.violations = violations;
                return Ok(answer);
            }
            tokio::time::sleep(retry_after(&answer.headers)).await;
        }
        Err(format!("the service answered 429 to it {LIMITED} times"))
    }

    async fn send_once(&mut self, case: &Case) -> Result<Answer, String> {
        let url = format!(
            "{}{}",
            self.suite.base.as_str().trim_end_matches('/'),
            case.path_and_query
        );
        let mut request = self
            .suite
            .client
            .request(case.method.clone(), url)
            .headers(case.headers.clone())
            .timeout(self.suite.timeout);
        request = match case.key {
            Key::Right => request.header(header::AUTHORIZATION, self.suite.key.clone()),
            Key::Wrong => request.header(header::AUTHORIZATION, WRONG_KEY),
            Key::Malformed => request.header(header::AUTHORIZATION, "Basic bm9ib2R5Om5vYm9keQ=="),
            Key::Missing => request,
        };
        if !case.body.is_empty() {
            request = request.body(case.body.clone());
        }
        self.summary.requests += 1;
        let response = request.send().await.map_err(|error| no_answer(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(response).await?;
        let contract = self.suite.contract;
        let operation = contract.operation(&case.operation);
        if let Some(answer) = operation.and_then(|operation| operation.answer(status)) {
            self.seen.insert((case.operation.clone(), answer.status));
        }
        if status.is_success() && operation.is_some_and(makes_task) {
            self.summary.tasks += 1;
        }
        let parts = ResponseParts {
            status,
            headers: &headers,
            body: &body,
        };
        let violations = contract
            .check_response(&case.operation, &parts)
            .into_violations();
        Ok(Answer {
            status,
            headers,
            body,
            violations,
        })
    }

    /// The case with a `client_business_id` of this run's own: what a repeated one does, nobody knows.
    fn with_own_id(&self, case: &Case) -> Case {
        let mut case = case.clone();
        if let Ok(mut body) = serde_json::from_slice::<Value>(&case.body)
            && let Some(Value::String(id)) = body.get_mut("client_business_id")
            // A short one is a case about its length.
            && id.len() >= 8
        {
            *id = format!("contract_{:x}_{}", self.run, self.summary.requests);
            case.body = Bytes::from(body.to_string());
        }
        case
    }

    /// Keeps what became of a case, and tells it.
    pub(super) fn tell(
        &mut self,
        case: &Case,
        outcome: Outcome,
        message: Option<String>,
        answer: Option<&Answer>,
        took: Duration,
    ) {
        match outcome {
            Outcome::Passed => self.summary.passed += 1,
            Outcome::Failed => self.summary.failed += 1,
            Outcome::Skipped => self.summary.skipped += 1,
        }
        let report = CaseReport {
            operation: case.operation.clone(),
            topic: case.topic,
            subject: case.subject.clone(),
            what: case.what.clone(),
            outcome,
            message,
            request: format!("{} {}", case.method, case.path_and_query),
            status: answer.map(|answer| answer.status.as_u16()),
            milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            violations: answer
                .map(|answer| answer.violations.clone())
                .unwrap_or_default(),
            source: Source {
                file: "openapi.yaml".to_owned(),
                pointer: format!("#{}", case.pointer),
                line: self.suite.contract.line(&case.pointer),
            },
        };
        (self.on_case)(&report);
        self.cases.push(report);
    }

    fn report(self) -> Report {
        let contract = self.suite.contract;
        let info = |name: &str| {
            let value = contract.document().pointer(&format!("/info/{name}"));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let coverage = contract
            .operations()
            .flat_map(|operation| operation.statuses().map(move |status| (operation, status)))
            .map(|(operation, status)| self.coverage(operation, status))
            .collect();
        Report {
            version: 1,
            base_url: self.suite.base.to_string(),
            contract: info("title"),
            contract_version: info("version"),
            summary: self.summary,
            coverage,
            cases: self.cases,
        }
    }

    fn coverage(&self, operation: &Operation, status: StatusRange) -> Coverage {
        let seen = self.seen.contains(&(operation.id().to_owned(), status));
        Coverage {
            operation: operation.id().to_owned(),
            status: status.to_string(),
            seen: if seen { Seen::Seen } else { Seen::NotProvoked },
        }
    }
}

/// Reads a body, but not one without an end.
pub(super) async fn read(mut response: reqwest::Response) -> Result<Bytes, String> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(format!(
                "the answer is larger than {} MiB, and was not read further",
                LARGEST_BODY >> 20
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// What an answer says of itself, behind what is wrong with it.
fn with_word(fault: &str, answer: &Answer) -> String {
    let body = answer.json();
    let word = body.as_ref().and_then(|body| {
        ["/error/message", "/message", "/error"]
            .iter()
            .find_map(|at| body.pointer(at)?.as_str())
    });
    match word {
        Some(word) if !word.is_empty() => {
            format!("{fault}: {}", crate::violation::shorten(&crate::mask(word)))
        }
        _ => fault.to_owned(),
    }
}

/// `Retry-After` in seconds; a second without it. A date is not expected here.
fn retry_after(headers: &HeaderMap) -> Duration {
    headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map_or(Duration::from_secs(1), Duration::from_secs)
        .min(LONGEST_WAIT)
}

/// Why there was no answer, to the last cause.
pub(super) fn no_answer(error: &reqwest::Error) -> String {
    let mut said = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        "no whole answer".to_owned()
    };
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        said = format!("{said}: {inner}");
        cause = inner.source();
    }
    said
}
