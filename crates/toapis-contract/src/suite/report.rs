//! What a run found: for people as a table, for programs as JSON.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::violation::Violation;

/// What a run found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this document's form.
    pub version: u32,
    /// The service that was run.
    pub base_url: String,
    /// `info.title` of the contract.
    pub contract: String,
    /// `info.version` of the contract.
    pub contract_version: String,
    /// The counts.
    pub summary: Summary,
    /// Why the run ended early; the cases after that point are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<RunError>,
    /// Every case, in the order in which it ran.
    pub cases: Vec<CaseReport>,
    /// Every documented status of every operation, and whether the run saw it.
    pub coverage: Vec<Coverage>,
}

/// The counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// Cases in which the service kept the contract.
    pub passed: u64,
    /// Cases in which it did not.
    pub failed: u64,
    /// Cases that were not run, because they cost money or an earlier answer was missing.
    pub skipped: u64,
    /// Tasks that were created, those of forbidden requests included.
    pub tasks: u64,
    /// Creates that the service may have accepted: the response was lost, a server error, or not readable.
    pub unknown_creates: u64,
    /// Requests that were sent.
    pub requests: u64,
}

/// A condition that ends a run, because every further case would fail by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunError {
    /// The condition.
    pub kind: RunErrorKind,
    /// What happened, in one line.
    pub message: String,
}

/// The condition that ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunErrorKind {
    /// The service accepts no connection, or several requests in a row got no response.
    Unreachable,
    /// The service rejects the credential with 401.
    Unauthorized,
    /// The service keeps responding 429.
    RateLimited,
}

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Topic {
    /// An example of the contract.
    Example,
    /// A link from one answer to another operation.
    Link,
    /// A key that is missing or wrong.
    Key,
    /// A parameter of path or query.
    Parameter,
    /// A body that cannot be read.
    Body,
    /// An upload.
    Form,
    /// A model and its aliases.
    Model,
    /// A rule across fields.
    ModelRule,
    /// A keyword of a schema, inside or outside.
    Constraint,
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The service kept the contract.
    Passed,
    /// It did not, or gave no answer.
    Failed,
    /// It was not asked.
    Skipped,
}

/// Where in the contract a case's rule stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Source {
    /// The file, as the repository names it.
    pub file: String,
    /// The JSON pointer in it, as `#/paths/...`.
    pub pointer: String,
    /// The line, from 1.
    pub line: Option<u64>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => write!(f, "{}{}", self.file, self.pointer),
        }
    }
}

/// One case and how it ended.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CaseReport {
    /// The `operationId`.
    pub operation: String,
    /// What it is about.
    pub topic: Topic,
    /// What was tried: a model and a field, an example, a parameter.
    pub subject: String,
    /// How it was tried.
    pub what: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed or was left out.
    pub message: Option<String>,
    /// Method and path.
    pub request: String,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// How long it took, waiting included.
    pub milliseconds: u64,
    /// What was wrong with the answers.
    pub violations: Vec<Violation>,
    /// Where the rule of the case stands.
    pub source: Source,
}

impl CaseReport {
    /// A name that stays the same from run to run.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} / {} / {}", self.operation, self.subject, self.what)
    }
}

/// One line for a finished case, with what is wrong below it.
impl fmt::Display for CaseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.outcome {
            Outcome::Passed => "pass",
            Outcome::Failed => "FAIL",
            Outcome::Skipped => "skip",
        };
        write!(f, "{mark}  {}", self.name())?;
        if self.outcome == Outcome::Passed {
            return Ok(());
        }
        if let Some(status) = self.status {
            write!(f, "\n      {} answered {status}", self.request)?;
        }
        if let Some(message) = &self.message {
            write!(f, "\n      {message} [{}]", self.source)?;
        }
        for violation in &self.violations {
            write!(f, "\n      {}", violation.report())?;
        }
        Ok(())
    }
}

/// Whether a documented status was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// The service answered it.
    Seen,
    /// Nothing in this run led to it.
    NotProvoked,
}

/// One documented status of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Coverage {
    /// The `operationId`.
    pub operation: String,
    /// The status, as the contract writes it.
    pub status: String,
    /// Whether the run saw it.
    pub seen: Seen,
}

impl Report {
    /// Returns true if the run came to its end, no case failed, and the outcome of each create is known.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.summary.failed == 0 && self.summary.unknown_creates == 0 && self.error.is_none()
    }

    /// The cases that failed.
    pub fn failures(&self) -> impl Iterator<Item = &CaseReport> {
        self.cases
            .iter()
            .filter(|case| case.outcome == Outcome::Failed)
    }

    /// The report as JSON; its schema is `schemars::schema_for!(Report)`.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists alone: there is nothing in it that JSON cannot hold.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// The failures, then a table: passed, failed and skipped by operation, and the statuses that were seen.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in self.failures() {
            writeln!(f, "{case}")?;
        }
        let operations = self.operations();
        let width = operations
            .iter()
            .map(|name| name.len())
            .max()
            .unwrap_or(0)
            .max(9);
        writeln!(
            f,
            "{:width$}  passed  failed  skipped  statuses",
            "operation"
        )?;
        for operation in operations {
            let count = |outcome| {
                let of_it = self.cases.iter().filter(|case| case.operation == operation);
                of_it.filter(|case| case.outcome == outcome).count()
            };
            writeln!(
                f,
                "{operation:width$}  {:>6}  {:>6}  {:>7}  {}",
                count(Outcome::Passed),
                count(Outcome::Failed),
                count(Outcome::Skipped),
                self.statuses(operation),
            )?;
        }
        let Summary {
            passed,
            failed,
            skipped,
            tasks,
            unknown_creates,
            requests,
        } = self.summary;
        write!(
            f,
            "{passed} passed, {failed} failed, {skipped} skipped; {requests} requests, {tasks} tasks created"
        )?;
        if unknown_creates > 0 {
            write!(f, ", {unknown_creates} creates with unknown outcome")?;
        }
        Ok(())
    }
}

impl Report {
    fn operations(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .coverage
            .iter()
            .map(|one| one.operation.as_str())
            .collect();
        names.dedup();
        names
    }

    /// The statuses of an operation; those that were not seen in parentheses.
    fn statuses(&self, operation: &str) -> String {
        let words: Vec<String> = self
            .coverage
            .iter()
            .filter(|one| one.operation == operation)
            .map(|one| match one.seen {
                Seen::Seen => one.status.clone(),
                Seen::NotProvoked => format!("({})", one.status),
            })
            .collect();
        words.join(" ")
    }
}
