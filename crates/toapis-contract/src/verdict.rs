//! What the contract says of one request or one answer.

use std::{fmt, sync::Arc};

use serde_json::Value;

use crate::{operation::Operation, violation::Violation};

/// What the contract says of an answer.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    violations: Vec<Violation>,
}

impl Verdict {
    pub(crate) fn new(violations: Vec<Violation>) -> Self {
        Self { violations }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.violations.is_empty()
    }

    /// Everything that is wrong, in the order in which it was found.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// The violations, owned.
    #[must_use]
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}

/// One line a violation, with the rule and its line in openapi.yaml.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(&self.violations, f)
    }
}

/// What the contract says of a request: the operation it is for, its body once read, and everything that is wrong.
#[derive(Clone, Debug)]
pub struct RequestVerdict {
    operation: Option<Arc<Operation>>,
    body: Option<Value>,
    violations: Vec<Violation>,
}

impl RequestVerdict {
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

    /// The `operationId` of the operation the request is for; `None` if its path or method is unknown.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        self.operation.as_ref().map(|operation| operation.id())
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.violations.is_empty()
    }

    /// Everything that is wrong, in the order in which it was found: path, key, parameters, body.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// The body as JSON, if it is JSON; it is read once, here, and need not be read again.
    #[must_use]
    pub fn body(&self) -> Option<&Value> {
        self.body.as_ref()
    }

    /// Takes the body out: see [`body`](Self::body).
    #[must_use]
    pub fn into_body(self) -> Option<Value> {
        self.body
    }

    /// The violations, owned.
    #[must_use]
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }

    /// The operation alone, of a request whose body nobody saw whole.
    #[cfg(feature = "proxy")]
    pub(crate) fn unjudged(self) -> Self {
        Self::new(self.operation, None, Vec::new())
    }

    /// The verdict without the body, which may hold a key.
    #[cfg(feature = "proxy")]
    pub(crate) fn without_body(self) -> Self {
        Self { body: None, ..self }
    }
}

/// One line a violation, with the rule and its line in openapi.yaml.
impl fmt::Display for RequestVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(&self.violations, f)
    }
}

fn display(violations: &[Violation], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if violations.is_empty() {
        return f.write_str("as the contract says");
    }
    for (position, violation) in violations.iter().enumerate() {
        if position > 0 {
            f.write_str("\n")?;
        }
        f.write_str(&violation.report())?;
    }
    Ok(())
}
