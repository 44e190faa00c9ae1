//! The validation report of a request or a response.

use std::{fmt, sync::Arc};

use serde_json::Value;

use crate::{operation::Operation, violation::Violation};

/// The validation report of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValidationReport {
    violations: Vec<Violation>,
}

impl ValidationReport {
    pub(crate) fn new(violations: Vec<Violation>) -> Self {
        Self { violations }
    }

    /// Returns true if the message is valid.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.violations.is_empty()
    }

    /// Returns the violations in the order in which they were found.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Returns the violations, owned.
    #[must_use]
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}

/// One line for each violation, with its rule and the line in openapi.yaml.
impl fmt::Display for ValidationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(&self.violations, f)
    }
}

/// The validation report of a request: its operation, its parsed body, and the violations.
#[derive(Clone, Debug)]
pub struct RequestReport {
    operation: Option<Arc<Operation>>,
    body: Option<Value>,
    violations: Vec<Violation>,
}

impl RequestReport {
    pub(crate) fn new(
        operation: Option<Arc<Operation>>,
        body: Option<Value>,
        violations: Vec<Violation>,
    ) -> Self {
        Self {
            operation,
            body,
            violations,
        }
    }

    /// Returns the `operationId`, or `None` if the path or the method is unknown.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        self.operation.as_ref().map(|operation| operation.id())
    }

    /// Returns true if the message is valid.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.violations.is_empty()
    }

    /// Returns the violations in the order path, credential, parameters, body.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Returns the parsed body, if it is JSON.
    #[must_use]
    pub fn body(&self) -> Option<&Value> {
        self.body.as_ref()
    }

    /// Returns the parsed body, owned.
    #[must_use]
    pub fn into_body(self) -> Option<Value> {
        self.body
    }

    /// Returns the violations, owned.
    #[must_use]
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }

    /// Drops the body and the violations, for a request that was not captured completely.
    #[must_use]
    pub fn without_violations(self) -> Self {
        Self::new(self.operation, None, Vec::new())
    }

    /// Drops the body, which may contain a credential.
    #[must_use]
    pub fn without_body(self) -> Self {
        Self { body: None, ..self }
    }
}

/// One line for each violation, with its rule and the line in openapi.yaml.
impl fmt::Display for RequestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(&self.violations, f)
    }
}

fn display(violations: &[Violation], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if violations.is_empty() {
        return f.write_str("valid");
    }
    for (position, violation) in violations.iter().enumerate() {
        if position > 0 {
            f.write_str("\n")?;
        }
        f.write_str(&violation.report())?;
    }
    Ok(())
}
