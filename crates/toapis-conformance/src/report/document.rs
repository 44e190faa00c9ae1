//! The report as data; its JSON is the output of `toapis contract --json`.

use schemars::JsonSchema;
use serde::Serialize;
use toapis_contract::Violation;

/// The report of a run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this document's format.
    pub version: u32,
    /// The base URL of the service.
    pub base_url: String,
    /// `info.title` of the contract.
    pub contract: String,
    /// `info.version` of the contract.
    pub contract_version: String,
    /// The counts.
    pub summary: Summary,
    /// The reason why the run ended early. The cases that were not reached are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<RunError>,
    /// The cases in the order in which they ran.
    pub cases: Vec<CaseReport>,
    /// Every documented status of every operation, and whether the run observed it.
    pub coverage: Vec<Coverage>,
}

/// The counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// Cases in which the service kept the contract.
    pub passed: u64,
    /// Cases in which it did not.
    pub failed: u64,
    /// Cases that were not sent, because they could create a task beyond the limit.
    pub skipped: u64,
    /// Tasks that were created, including those of forbidden requests.
    pub tasks: u64,
    /// Creates that the service may have accepted: the response was lost, a server error, or not
    /// readable.
    pub unknown_creates: u64,
    /// Requests that were sent.
    pub requests: u64,
}

/// A condition that ends a run, because every further case would fail for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunError {
    /// The condition.
    pub kind: RunErrorKind,
    /// The message, in one line.
    pub message: String,
}

/// The condition that ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunErrorKind {
    /// The service accepts no connection, or several requests in a row got no response.
    Unreachable,
    /// The service rejects the API key with 401.
    Unauthorized,
    /// The service keeps responding 429.
    RateLimited,
}

/// The subject of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CaseCategory {
    /// An example of the contract.
    Example,
    /// A link from one response to another operation.
    Link,
    /// A missing or invalid credential.
    Credential,
    /// A parameter of path or query.
    Parameter,
    /// A body that cannot be parsed.
    Body,
    /// An upload.
    Multipart,
    /// A model and its aliases.
    Model,
    /// A rule across several fields of a model.
    ModelRule,
    /// A keyword of a schema, at and beyond its bound.
    Constraint,
}

/// The outcome of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The service kept the contract.
    Passed,
    /// The service broke the contract, or sent no complete response.
    Failed,
    /// The request was not sent.
    Skipped,
}

/// The location of a rule in the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Source {
    /// The file, relative to the repository.
    pub file: String,
    /// The JSON pointer, as `#/paths/...`.
    pub pointer: String,
    /// The line, from 1.
    pub line: Option<u64>,
}

/// The report of one case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CaseReport {
    /// The `operationId`.
    pub operation: String,
    /// The category.
    pub category: CaseCategory,
    /// The subject: a model and a field, an example, a parameter.
    pub subject: String,
    /// The value or condition that was tested.
    pub variant: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The reason why the case failed or was skipped.
    pub message: Option<String>,
    /// Method and path.
    pub request: String,
    /// The status of the response, if there was one.
    pub status: Option<u16>,
    /// The duration, including rate limit waits and polling.
    pub milliseconds: u64,
    /// The violations in the responses.
    pub violations: Vec<Violation>,
    /// The location of the tested rule.
    pub source: Source,
}

impl CaseReport {
    /// Returns a name that is the same in every run.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} / {} / {}", self.operation, self.subject, self.variant)
    }
}

/// Whether the run observed a documented status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Observed {
    /// The service sent it.
    Observed,
    /// No case led to it.
    NotObserved,
}

/// One documented status of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Coverage {
    /// The `operationId`.
    pub operation: String,
    /// The status, as in the contract.
    pub status: String,
    /// Whether the run observed it.
    pub observed: Observed,
}

impl Report {
    /// Returns true if the run was complete, no case failed, and no create has an unknown outcome.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.summary.failed == 0 && self.summary.unknown_creates == 0 && self.error.is_none()
    }

    /// Returns the failed cases.
    pub fn failures(&self) -> impl Iterator<Item = &CaseReport> {
        self.cases
            .iter()
            .filter(|case| case.outcome == Outcome::Failed)
    }

    /// Returns the report as JSON, with the schema `schemars::schema_for!(Report)`.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Serialization cannot fail: the report has only strings, numbers and lists.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
