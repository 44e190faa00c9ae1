//! What the proxy tells of one exchange, and what it counts of all.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::Serialize;

use crate::{exchange::Exchange, exchange::ExchangeVerdict, violation::Violation};

/// One exchange that passed, keys masked, and what the contract says of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The exchange; what was no whole answer has the status that the client was given.
    pub exchange: Exchange,
    /// The verdict on both sides; what could not be judged has no violations, and `note` says why.
    pub verdict: ExchangeVerdict,
    /// Why one side was not judged, or not passed whole.
    pub note: Option<String>,
}

impl Judged {
    /// The violations of request and answer, in this order.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        let ExchangeVerdict { request, response } = &self.verdict;
        request.violations().iter().chain(response.violations())
    }
}

/// One line for the exchange, one more for each violation, with its line in openapi.yaml.
impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exchange {
            method,
            uri,
            status,
            elapsed,
            ..
        } = &self.exchange;
        let mark = if self.verdict.is_ok() { "ok  " } else { "BAD " };
        write!(
            f,
            "{mark} {method} {uri} {} {} ms",
            status.as_u16(),
            elapsed.as_millis()
        )?;
        for violation in self.verdict.request.violations() {
            write!(f, "\n      request {}", violation.report())?;
        }
        for violation in self.verdict.response.violations() {
            write!(f, "\n      answer {}", violation.report())?;
        }
        match &self.note {
            Some(note) => write!(f, "\n      note: {note}"),
            None => Ok(()),
        }
    }
}

/// The counts of what passed, by operation.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Tally {
    /// By `operationId`; what belongs to no operation stands under `-`.
    pub operations: BTreeMap<String, TallyRow>,
}

/// The counts of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TallyRow {
    /// Exchanges that passed.
    pub exchanges: u64,
    /// Those whose request was not as the contract says.
    pub bad_requests: u64,
    /// Those whose answer was not as the contract says.
    pub bad_answers: u64,
    /// Those that were not judged whole.
    pub notes: u64,
}

impl Tally {
    pub(super) fn count(&mut self, judged: &Judged) {
        let operation = judged.verdict.request.operation().unwrap_or("-").to_owned();
        let row = self.operations.entry(operation).or_default();
        row.exchanges += 1;
        row.bad_requests += u64::from(!judged.verdict.request.is_ok());
        row.bad_answers += u64::from(!judged.verdict.response.is_ok());
        row.notes += u64::from(judged.note.is_some());
    }

    /// Whether nothing that passed was wrong.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.operations
            .values()
            .all(|row| row.bad_requests == 0 && row.bad_answers == 0)
    }
}

/// A table, one line an operation.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .operations
            .keys()
            .map(String::len)
            .max()
            .unwrap_or(0)
            .max(9);
        write!(
            f,
            "{:width$}  exchanges  bad requests  bad answers  not judged",
            "operation"
        )?;
        for (operation, row) in &self.operations {
            write!(
                f,
                "\n{operation:width$}  {:>9}  {:>12}  {:>11}  {:>10}",
                row.exchanges, row.bad_requests, row.bad_answers, row.notes
            )?;
        }
        Ok(())
    }
}
