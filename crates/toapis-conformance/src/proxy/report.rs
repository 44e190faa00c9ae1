//! The validation report of one exchange, and the counts of all.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::Serialize;
use toapis_contract::{Exchange, ExchangeReport, Violation};

/// One exchange, with credentials redacted, and its validation report.
#[derive(Clone, Debug)]
pub struct ProxiedExchange {
    /// The exchange; without a complete response, with the status that the client received.
    pub exchange: Exchange,
    /// The report on both messages; one that could not be validated has no violations, and `note`
    /// says why.
    pub report: ExchangeReport,
    /// The reason why a message was not validated or not forwarded completely.
    pub note: Option<String>,
}

impl ProxiedExchange {
    /// Returns the violations of the request, then those of the response.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        let ExchangeReport { request, response } = &self.report;
        request.violations().iter().chain(response.violations())
    }
}

/// One line for the exchange, and one for each violation with its line in openapi.yaml.
impl fmt::Display for ProxiedExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exchange {
            method,
            uri,
            status,
            elapsed,
            ..
        } = &self.exchange;
        let mark = if self.report.is_ok() { "ok  " } else { "BAD " };
        write!(
            f,
            "{mark} {method} {uri} {} {} ms",
            status.as_u16(),
            elapsed.as_millis()
        )?;
        for violation in self.report.request.violations() {
            write!(f, "\n      request {}", violation.report())?;
        }
        for violation in self.report.response.violations() {
            write!(f, "\n      response {}", violation.report())?;
        }
        match &self.note {
            Some(note) => write!(f, "\n      note: {note}"),
            None => Ok(()),
        }
    }
}

/// The counts of the forwarded exchanges, by operation.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ProxyStats {
    /// By `operationId`; `-` for exchanges of no known operation.
    pub operations: BTreeMap<String, OperationStats>,
}

/// The counts of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OperationStats {
    /// Exchanges.
    pub exchanges: u64,
    /// Exchanges with an invalid request.
    pub invalid_requests: u64,
    /// Exchanges with an invalid response.
    pub invalid_responses: u64,
    /// Exchanges that were not validated completely.
    pub incomplete: u64,
}

impl ProxyStats {
    pub(super) fn count(&mut self, exchange: &ProxiedExchange) {
        let operation = exchange
            .report
            .request
            .operation()
            .unwrap_or("-")
            .to_owned();
        let row = self.operations.entry(operation).or_default();
        row.exchanges += 1;
        row.invalid_requests += u64::from(!exchange.report.request.is_ok());
        row.invalid_responses += u64::from(!exchange.report.response.is_ok());
        row.incomplete += u64::from(exchange.note.is_some());
    }

    /// Returns true if every validated message was valid.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.operations
            .values()
            .all(|row| row.invalid_requests == 0 && row.invalid_responses == 0)
    }
}

/// A table with one line for each operation.
impl fmt::Display for ProxyStats {
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
            "{:width$}  exchanges  invalid requests  invalid responses  incomplete",
            "operation"
        )?;
        for (operation, row) in &self.operations {
            write!(
                f,
                "\n{operation:width$}  {:>9}  {:>16}  {:>17}  {:>10}",
                row.exchanges, row.invalid_requests, row.invalid_responses, row.incomplete
            )?;
        }
        Ok(())
    }
}
