//! Runs a plan: sends each case, waits where the service asks for it, judges every answer.

use std::{collections::BTreeSet, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    budget::{CreateBudget, CreateOutcome},
    case::{Case, Key},
    plan::{Plan, Suite},
    report::{
        CaseReport, Coverage, Outcome, Report, RunError, RunErrorKind, Seen, Source, Summary,
    },
};
use crate::{
    operation::{Operation, StatusRange},
    response::ResponseParts,
    violation::Violation,
};

/// Number of times that a request is sent again after 429, which is free.
const MAX_RATE_LIMIT_RETRIES: u32 = 20;

/// Longest time that one request waits for the rate limit. Longer than the longest window of the contract, a minute.
const MAX_RATE_LIMIT_WAIT: Duration = Duration::from_mins(2);

/// Number of requests in a row without a response after which the service counts as unreachable.
const MAX_LOST_RESPONSES: u32 = 3;

/// Number of requests in a row with the right credential that get 401 after which the credential counts as rejected.
const MAX_UNAUTHORIZED: u32 = 3;

/// The largest body that is read; no picture of the service comes near.
const LARGEST_BODY: usize = 64 << 20;

/// A bearer token of the right form that belongs to nobody.
const WRONG_KEY: &str = "Bearer sk-000000000000000000000000000000000000000000000000";

impl Plan {
    /// Runs every case in order and calls `on_case` after each.
    ///
    /// The run ends early, with [`Report::error`], if the service is unreachable, rejects the credential or keeps responding 429.
    pub async fn run(&self, on_case: impl FnMut(&CaseReport)) -> Report {
        let mut runner = Runner::new(&self.suite, on_case);
        for case in self.cases.iter() {
            runner.case(case).await;
            if runner.error.is_some() {
                break;
            }
        }
        runner.report()
    }
}

/// Why a case has no response.
#[derive(Debug)]
pub(super) enum SendError {
    /// The case was not sent: it could create a task beyond the budget.
    Denied(String),
    /// The case was sent, or could have been, and got no complete response.
    Failed(String),
    /// The whole run ends; [`Runner::error`] says why.
    RunEnded,
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
    budget: CreateBudget,
    error: Option<RunError>,
    /// Requests in a row without a response.
    lost_responses: u32,
    /// Requests in a row with the right credential that got 401.
    unauthorized: u32,
    /// Whether a request that needs a credential succeeded.
    is_authorized: bool,
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
            budget: CreateBudget::new(suite.max_tasks),
            error: None,
            lost_responses: 0,
            unauthorized: 0,
            is_authorized: false,
            run: std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |since| since.as_micros()),
        }
    }

    /// Runs one case, and what its answer leads to.
    async fn case(&mut self, case: &Case) {
        let case = self.with_own_id(case);
        let begun = Instant::now();
        let answer = match self.send(&case).await {
            Ok(answer) => answer,
            Err(error) => return self.tell_error(&case, error, begun),
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

    /// Records a case without a response.
    pub(super) fn tell_error(&mut self, case: &Case, error: SendError, begun: Instant) {
        match error {
            SendError::Denied(why) => {
                self.tell(case, Outcome::Skipped, Some(why), None, Duration::ZERO);
            }
            SendError::Failed(message) => {
                self.tell(case, Outcome::Failed, Some(message), None, begun.elapsed());
            }
            SendError::RunEnded => {}
        }
    }

    /// Sends a case, again after each 429, and judges every answer to it.
    pub(super) async fn send(&mut self, case: &Case) -> Result<Answer, SendError> {
        let mut violations = Vec::new();
        let mut waited = Duration::ZERO;
        for attempt in 0..=MAX_RATE_LIMIT_RETRIES {
            let mut answer = self.send_once(case).await?;
            violations.append(&mut answer.violations);
            if answer.status != StatusCode::TOO_MANY_REQUESTS {
                answer.violations = violations;
                return Ok(answer);
            }
            let wait = retry_after(&answer.headers, attempt);
            waited += wait;
            if waited > MAX_RATE_LIMIT_WAIT {
                break;
            }
            tokio::time::sleep(wait).await;
        }
        let message = format!(
            "the service keeps responding 429 to {} {}",
            case.method, case.path_and_query
        );
        Err(self.end_run(RunErrorKind::RateLimited, message))
    }

    /// Ends the run, unless it has ended before.
    fn end_run(&mut self, kind: RunErrorKind, message: String) -> SendError {
        self.error.get_or_insert(RunError { kind, message });
        SendError::RunEnded
    }

    /// Handles a request without a complete response; `is_connect` if no connection came about, so that nothing was sent.
    fn lost_response(&mut self, case: &Case, message: String, is_connect: bool) -> SendError {
        if case.creates && !is_connect {
            self.budget.record(CreateOutcome::Unknown);
        }
        self.lost_responses += 1;
        if is_connect || self.lost_responses >= MAX_LOST_RESPONSES {
            return self.end_run(
                RunErrorKind::Unreachable,
                format!("the service is unreachable: {message}"),
            );
        }
        SendError::Failed(message)
    }

    /// Ends the run if the service rejects the right credential.
    fn check_credential(&mut self, case: &Case, status: StatusCode) -> Result<(), SendError> {
        let needs_key = self
            .suite
            .contract
            .operation(&case.operation)
            .is_some_and(Operation::needs_key);
        if case.key != Key::Right || !needs_key {
            return Ok(());
        }
        if status != StatusCode::UNAUTHORIZED {
            self.is_authorized |= status.is_success();
            self.unauthorized = 0;
            return Ok(());
        }
        self.unauthorized += 1;
        if self.is_authorized && self.unauthorized < MAX_UNAUTHORIZED {
            return Ok(());
        }
        let message = format!(
            "the service rejects the API key: it responds 401 to {} {}",
            case.method, case.path_and_query
        );
        Err(self.end_run(RunErrorKind::Unauthorized, message))
    }

    async fn send_once(&mut self, case: &Case) -> Result<Answer, SendError> {
        if let Some(why) = self.budget.denial(case) {
            return Err(SendError::Denied(why));
        }
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
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                return Err(self.lost_response(case, no_answer(&error), error.is_connect()));
            }
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let body = match read(response).await {
            Ok(body) => body,
            Err(message) => return Err(self.lost_response(case, message, false)),
        };
        self.lost_responses = 0;
        let contract = self.suite.contract;
        let operation = contract.operation(&case.operation);
        if let Some(answer) = operation.and_then(|operation| operation.answer(status)) {
            self.seen.insert((case.operation.clone(), answer.status));
        }
        if case.creates {
            self.budget
                .record(CreateOutcome::from_response(contract, status, &body));
        }
        self.check_credential(case, status)?;
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
            summary: Summary {
                tasks: self.budget.accepted(),
                unknown_creates: self.budget.unknown(),
                ..self.summary
            },
            error: self.error,
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

/// Returns `Retry-After` in seconds; without it, or if it is not a number, 1 s, doubled for each further attempt.
fn retry_after(headers: &HeaderMap, attempt: u32) -> Duration {
    headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map_or(
            Duration::from_secs(1 << attempt.min(6)),
            Duration::from_secs,
        )
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
