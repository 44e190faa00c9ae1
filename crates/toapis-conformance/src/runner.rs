//! Runs a plan: sends each case, waits for the rate limit, validates each response.

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::Value;
use toapis_contract::{Operation, ResponseParts, StatusRange};
use tokio::time::Instant;

use crate::{
    budget::{CreateBudget, CreateOutcome},
    case::{Case, Credential},
    plan::Plan,
    report::{
        CaseReport, Coverage, Observed, Outcome, Report, RunError, RunErrorKind, Source, Summary,
    },
    response::{Response, lost, read_body},
    suite::Suite,
};

/// Maximum number of times that a request is sent again after 429, which is free.
const MAX_RATE_LIMIT_RETRIES: u32 = 20;

/// Longest time that one request waits for the rate limit; the contract's longest window is a
/// minute.
const MAX_RATE_LIMIT_WAIT: Duration = Duration::from_mins(2);

/// Number of requests in a row without a response that make the service unreachable.
const MAX_LOST_RESPONSES: u32 = 3;

/// Number of 401 responses in a row to the valid credential that end the run.
const MAX_UNAUTHORIZED: u32 = 3;

/// A well-formed bearer token without an account.
const INVALID_AUTHORIZATION: &str = "Bearer sk-000000000000000000000000000000000000000000000000";

/// Not a bearer token.
const MALFORMED_AUTHORIZATION: &str = "Basic bm9ib2R5Om5vYm9keQ==";

/// Shortest `client_business_id` that is replaced; a shorter one tests the length limit.
const MIN_BUSINESS_ID_LENGTH: usize = 8;

impl Plan {
    /// Runs every case in order and calls `on_case` after each.
    ///
    /// The run ends early, with [`Report::error`] set, if the service is unreachable, rejects the
    /// API key, or keeps responding 429.
    pub async fn run(&self, on_case: impl FnMut(&CaseReport)) -> Report {
        let mut runner = Runner::new(&self.suite, on_case);
        for case in self.cases.iter() {
            runner.run_case(case).await;
            if runner.error.is_some() {
                break;
            }
        }
        runner.into_report()
    }
}

/// The reason why a case has no response.
#[derive(Debug)]
pub(crate) enum SendError {
    /// The case was not sent, because it could create a task beyond the budget.
    Denied(String),
    /// The case was sent and got no complete response.
    Failed(String),
    /// The run ends; [`Runner::error`] is set.
    RunEnded,
}

/// The state of a run.
pub(crate) struct Runner<'s, F> {
    pub(crate) suite: &'s Suite,
    on_case: F,
    summary: Summary,
    observed: BTreeSet<(String, StatusRange)>,
    cases: Vec<CaseReport>,
    budget: CreateBudget,
    error: Option<RunError>,
    /// Requests in a row without a response.
    lost_responses: u32,
    /// 401 responses in a row to the valid credential.
    unauthorized: u32,
    /// Whether a request that needs the credential has succeeded.
    is_authorized: bool,
    /// Distinguishes the business ids of this run from those of others.
    run_id: u128,
}

impl<'s, F: FnMut(&CaseReport)> Runner<'s, F> {
    fn new(suite: &'s Suite, on_case: F) -> Self {
        Self {
            suite,
            on_case,
            summary: Summary::default(),
            observed: BTreeSet::new(),
            cases: Vec::new(),
            budget: CreateBudget::new(suite.contract, suite.max_tasks),
            error: None,
            lost_responses: 0,
            unauthorized: 0,
            is_authorized: false,
            run_id: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_micros()),
        }
    }

    /// Runs one case and follows the links of its response.
    async fn run_case(&mut self, case: &Case) {
        let case = self.with_unique_business_id(case);
        let started = Instant::now();
        let response = match self.send(&case).await {
            Ok(response) => response,
            Err(error) => return self.record_error(&case, error, started),
        };
        let message = case.expect.mismatch(response.status);
        let message = message.map(|message| response.describe(message));
        self.record_response(&case, message, &response, started);
        if case.follow && response.status.is_success() {
            self.follow(&case, &response).await;
        }
    }

    /// Sends a case, again after each 429, and validates every response.
    pub(crate) async fn send(&mut self, case: &Case) -> Result<Response, SendError> {
        let mut violations = Vec::new();
        let mut waited = Duration::ZERO;
        for attempt in 0..=MAX_RATE_LIMIT_RETRIES {
            let mut response = self.send_once(case).await?;
            violations.append(&mut response.violations);
            if response.status != StatusCode::TOO_MANY_REQUESTS {
                response.violations = violations;
                return Ok(response);
            }
            let wait = response.retry_after(attempt);
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

    async fn send_once(&mut self, case: &Case) -> Result<Response, SendError> {
        if let Some(reason) = self.budget.denial(case) {
            return Err(SendError::Denied(reason));
        }
        self.summary.requests += 1;
        let response = match self.request(case).send().await {
            Ok(response) => response,
            Err(error) => {
                return Err(self.lost_response(case, lost(&error), error.is_connect()));
            }
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let body = match read_body(response).await {
            Ok(body) => body,
            Err(message) => return Err(self.lost_response(case, message, false)),
        };
        self.lost_responses = 0;
        let contract = self.suite.contract;
        if case.creates {
            self.budget.record(self.budget.outcome(status, &body));
        }
        self.check_credential(case, status)?;
        let documented = contract
            .operation(&case.operation)
            .and_then(|operation| operation.response(status));
        if let Some(documented) = documented {
            self.observed
                .insert((case.operation.clone(), documented.status()));
        }
        let parts = ResponseParts {
            status,
            headers: &headers,
            body: &body,
        };
        let violations = contract
            .validate_response(&case.operation, &parts)
            .into_violations();
        Ok(Response {
            status,
            headers,
            body,
            violations,
        })
    }

    fn request(&self, case: &Case) -> reqwest::RequestBuilder {
        let base_url = self.suite.base_url.as_str().trim_end_matches('/');
        let mut request = self
            .suite
            .client
            .request(
                case.method.clone(),
                format!("{base_url}{}", case.path_and_query),
            )
            .headers(case.headers.clone())
            .timeout(self.suite.request_timeout);
        request = match case.credential {
            Credential::Valid => {
                request.header(header::AUTHORIZATION, self.suite.authorization.clone())
            }
            Credential::Invalid => request.header(header::AUTHORIZATION, INVALID_AUTHORIZATION),
            Credential::Malformed => request.header(header::AUTHORIZATION, MALFORMED_AUTHORIZATION),
            Credential::Missing => request,
        };
        if case.body.is_empty() {
            request
        } else {
            request.body(case.body.clone())
        }
    }

    /// Handles a request without a complete response. With `is_connect` nothing was sent.
    fn lost_response(&mut self, case: &Case, message: String, is_connect: bool) -> SendError {
        if case.creates && !is_connect {
            self.budget.record(CreateOutcome::Unknown);
        }
        self.lost_responses += 1;
        if is_connect || self.lost_responses >= MAX_LOST_RESPONSES {
            let message = format!("the service is unreachable: {message}");
            return self.end_run(RunErrorKind::Unreachable, message);
        }
        SendError::Failed(message)
    }

    /// Ends the run if the service rejects the valid credential.
    fn check_credential(&mut self, case: &Case, status: StatusCode) -> Result<(), SendError> {
        let operation = self.suite.contract.operation(&case.operation);
        let requires_auth = operation.is_some_and(Operation::requires_auth);
        if case.credential != Credential::Valid || !requires_auth {
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

    fn end_run(&mut self, kind: RunErrorKind, message: String) -> SendError {
        self.error.get_or_insert(RunError { kind, message });
        SendError::RunEnded
    }

    /// Gives the case a `client_business_id` of this run; the contract does not say what a second
    /// create with the same id does.
    fn with_unique_business_id(&self, case: &Case) -> Case {
        let mut case = case.clone();
        if let Ok(mut body) = serde_json::from_slice::<Value>(&case.body)
            && let Some(Value::String(id)) = body.get_mut("client_business_id")
            && id.len() >= MIN_BUSINESS_ID_LENGTH
        {
            *id = format!("contract_{:x}_{}", self.run_id, self.summary.requests);
            case.body = Bytes::from(body.to_string());
        }
        case
    }

    /// Records a case with a response: passed if there is neither a message nor a violation.
    ///
    /// Returns true if it passed.
    pub(crate) fn record_response(
        &mut self,
        case: &Case,
        message: Option<String>,
        response: &Response,
        started: Instant,
    ) -> bool {
        let passed = message.is_none() && response.violations.is_empty();
        let outcome = if passed {
            Outcome::Passed
        } else {
            Outcome::Failed
        };
        self.record(case, outcome, message, Some(response), started.elapsed());
        passed
    }

    /// Records a case without a response.
    pub(crate) fn record_error(&mut self, case: &Case, error: SendError, started: Instant) {
        match error {
            SendError::Denied(reason) => {
                self.record(case, Outcome::Skipped, Some(reason), None, Duration::ZERO);
            }
            SendError::Failed(message) => {
                let elapsed = started.elapsed();
                self.record(case, Outcome::Failed, Some(message), None, elapsed);
            }
            SendError::RunEnded => {}
        }
    }

    /// Records the outcome of a case and passes it to the callback.
    pub(crate) fn record(
        &mut self,
        case: &Case,
        outcome: Outcome,
        message: Option<String>,
        response: Option<&Response>,
        elapsed: Duration,
    ) {
        match outcome {
            Outcome::Passed => self.summary.passed += 1,
            Outcome::Failed => self.summary.failed += 1,
            Outcome::Skipped => self.summary.skipped += 1,
        }
        let violations = response.map(|response| response.violations.clone());
        let report = CaseReport {
            operation: case.operation.clone(),
            category: case.category,
            subject: case.subject.clone(),
            variant: case.variant.clone(),
            outcome,
            message,
            request: format!("{} {}", case.method, case.path_and_query),
            status: response.map(|response| response.status.as_u16()),
            milliseconds: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            violations: violations.unwrap_or_default(),
            source: Source {
                file: "openapi.yaml".to_owned(),
                pointer: case.pointer.clone(),
                line: self.suite.contract.line(&case.pointer),
            },
        };
        (self.on_case)(&report);
        self.cases.push(report);
    }

    fn into_report(self) -> Report {
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
            base_url: self.suite.base_url.to_string(),
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
        let key = (operation.id().to_owned(), status);
        Coverage {
            status: status.to_string(),
            observed: if self.observed.contains(&key) {
                Observed::Observed
            } else {
                Observed::NotObserved
            },
            operation: key.0,
        }
    }
}
