//! The report as text: the failed cases, then a table by operation.

use std::fmt;

use super::document::{CaseReport, Observed, Outcome, Report, Source, Summary};

/// Formats a count with its noun: `1 task`, `2 tasks`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => write!(f, "{}{}", self.file, self.pointer),
        }
    }
}

/// One line for the case; below it, if it did not pass, why.
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
            write!(f, "\n      {} responded {status}", self.request)?;
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

/// The failed cases, then passed, failed and skipped cases and statuses by operation.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in self.failures() {
            writeln!(f, "{case}")?;
        }
        let operations = self.operations();
        let width = operations.iter().map(|name| name.len()).max();
        let width = width.unwrap_or(0).max(9);
        writeln!(
            f,
            "{:width$}  passed  failed  skipped  statuses",
            "operation"
        )?;
        for operation in operations {
            writeln!(
                f,
                "{operation:width$}  {:>6}  {:>6}  {:>7}  {}",
                self.count_cases(operation, Outcome::Passed),
                self.count_cases(operation, Outcome::Failed),
                self.count_cases(operation, Outcome::Skipped),
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
            "{passed} passed, {failed} failed, {skipped} skipped; {}, {} created",
            count(requests, "request"),
            count(tasks, "task"),
        )?;
        if unknown_creates > 0 {
            let creates = count(unknown_creates, "create");
            write!(f, ", {creates} with unknown outcome")?;
        }
        Ok(())
    }
}

impl Report {
    /// Returns the operations in the order of the contract.
    pub(super) fn operations(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .coverage
            .iter()
            .map(|status| status.operation.as_str())
            .collect();
        names.dedup();
        names
    }

    fn count_cases(&self, operation: &str, outcome: Outcome) -> usize {
        self.cases
            .iter()
            .filter(|case| case.operation == operation && case.outcome == outcome)
            .count()
    }

    /// Returns the documented statuses of an operation; those not observed in parentheses.
    fn statuses(&self, operation: &str) -> String {
        let statuses: Vec<String> = self
            .coverage
            .iter()
            .filter(|status| status.operation == operation)
            .map(|status| match status.observed {
                Observed::Observed => status.status.clone(),
                Observed::NotObserved => format!("({})", status.status),
            })
            .collect();
        statuses.join(" ")
    }
}
