//! One violation of the contract: its location in the message, the rule, the actual value.

use std::{borrow::Cow, fmt, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{redact::excerpt, source_map::SourceMap};

/// The kind of rule that is violated. A server chooses its response by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ViolationKind {
    /// No operation has this path, or the path is not well-formed.
    Path,
    /// The path is known, but not with this method.
    Method,
    /// The credential is missing or malformed.
    Security,
    /// A parameter of the path or of the query is invalid.
    Parameter,
    /// A header of the request or the response is invalid.
    Header,
    /// The contract does not document the `content-type`.
    MediaType,
    /// The body is missing, or cannot be parsed as its `content-type`.
    Body,
    /// The body violates its JSON Schema.
    Schema,
    /// The body violates a rule across several fields of its model, from `x-models`.
    ModelRule,
    /// The contract does not document the status for the operation.
    Status,
}

/// A part of a request or a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MessagePart {
    /// The method of the request.
    Method,
    /// The path of the request.
    Path,
    /// The query of the request.
    Query,
    /// A header.
    Header,
    /// The body.
    Body,
    /// The status of the response.
    Status,
}

impl MessagePart {
    /// Returns the name that is used in messages and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Body => "body",
            Self::Status => "status",
        }
    }
}

/// The location of a violation in a request or a response.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The part of the message.
    #[serde(rename = "in")]
    pub part: MessagePart,
    /// A JSON pointer for a body (empty for the whole body), a name for a parameter or header,
    /// else empty.
    pub at: String,
}

/// A borrowed [`Location`], so that a valid message needs no allocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LazyLocation<'a> {
    pub(crate) part: MessagePart,
    pub(crate) at: &'a str,
}

impl<'a> LazyLocation<'a> {
    /// The whole body.
    pub(crate) const BODY: LazyLocation<'static> = LazyLocation {
        part: MessagePart::Body,
        at: "",
    };

    pub(crate) fn new(part: MessagePart, at: &'a str) -> Self {
        Self { part, at }
    }
}

impl From<LazyLocation<'_>> for Location {
    fn from(location: LazyLocation<'_>) -> Self {
        Self {
            part: location.part,
            at: location.at.to_owned(),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.part.as_str())?;
        if self.at.is_empty() {
            Ok(())
        } else {
            write!(f, " {}", self.at)
        }
    }
}

/// One violation of the contract.
///
/// Its `Display` is one line without the location of the rule; [`report`](Self::report) adds that.
/// Equality ignores the line, which depends on the text of the contract.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "ViolationDocument", from = "ViolationDocument")]
pub struct Violation {
    kind: ViolationKind,
    location: Location,
    keyword: Cow<'static, str>,
    message: String,
    actual: Option<String>,
    /// Without `#`.
    pointer: String,
    line: Line,
}

/// The line of a rule: looked up in the contract, or read from JSON.
#[derive(Clone)]
enum Line {
    Lookup(Arc<SourceMap>),
    Known(Option<u64>),
}

impl Violation {
    pub(crate) fn new(
        source_map: &Arc<SourceMap>,
        kind: ViolationKind,
        location: impl Into<Location>,
        pointer: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            location: location.into(),
            keyword: Cow::Borrowed("contract"),
            message: String::new(),
            actual: None,
            pointer: pointer.into(),
            line: Line::Lookup(Arc::clone(source_map)),
        }
    }

    pub(crate) fn with_keyword(mut self, keyword: impl Into<Cow<'static, str>>) -> Self {
        self.keyword = keyword.into();
        self
    }

    pub(crate) fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    pub(crate) fn with_actual(mut self, actual: &str) -> Self {
        self.actual = Some(excerpt(actual));
        self
    }

    pub(crate) fn with_actual_json(self, actual: &Value) -> Self {
        self.with_actual(&actual.to_string())
    }

    pub(crate) fn without_actual(mut self) -> Self {
        self.actual = None;
        self
    }

    /// Returns the kind of the violated rule.
    #[must_use]
    pub fn kind(&self) -> ViolationKind {
        self.kind
    }

    /// Returns the location in the request or the response.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Returns the name of the rule.
    ///
    /// It is the JSON Schema keyword (`maxLength`, `enum`, ...), the name of an `x-models` rule
    /// (`sum_max`, ...), or one of `path`, `method`, `operation`, `security`, `media_type`,
    /// `encoding`, `status`, `json`, `text` and `multipart`.
    #[must_use]
    pub fn keyword(&self) -> &str {
        &self.keyword
    }

    /// Returns what is wrong and what is allowed, with credentials redacted.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the actual value, redacted and cut to 120 characters; `None` for a missing value.
    #[must_use]
    pub fn actual(&self) -> Option<&str> {
        self.actual.as_deref()
    }

    /// Returns the JSON pointer of the rule in the contract, as `#/components/...`.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("#{}", self.pointer)
    }

    /// Returns the line of the rule in openapi.yaml, from 1. The first call parses the contract.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        match &self.line {
            Line::Lookup(source_map) => source_map.line(&self.pointer),
            Line::Known(line) => *line,
        }
    }

    /// Returns the violation in one line, with the name and the location of its rule.
    #[must_use]
    pub fn report(&self) -> String {
        match self.line() {
            Some(line) => format!("{self} [{}, openapi.yaml:{line}]", self.keyword),
            None => format!("{self} [{}, {}]", self.keyword, self.pointer()),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.message)?;
        match &self.actual {
            Some(actual) => write!(f, ", got {actual}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Violation")
            .field("kind", &self.kind)
            .field("location", &self.location)
            .field("keyword", &self.keyword)
            .field("message", &self.message)
            .field("actual", &self.actual)
            .field("pointer", &self.pointer())
            .finish_non_exhaustive()
    }
}

impl PartialEq for Violation {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.location == other.location
            && self.keyword == other.keyword
            && self.message == other.message
            && self.actual == other.actual
            && self.pointer == other.pointer
    }
}

impl Eq for Violation {}

/// The JSON of a violation.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Violation", deny_unknown_fields)]
struct ViolationDocument {
    /// The kind of the violated rule.
    kind: ViolationKind,
    /// The location in the request or the response.
    location: Location,
    /// The name of the rule.
    keyword: String,
    /// What is wrong and what is allowed.
    message: String,
    /// The actual value, redacted and cut.
    actual: Option<String>,
    /// The JSON pointer of the rule in the contract.
    pointer: String,
    /// The line of the rule in openapi.yaml, from 1.
    line: Option<u64>,
}

impl From<Violation> for ViolationDocument {
    fn from(violation: Violation) -> Self {
        Self {
            line: violation.line(),
            pointer: violation.pointer(),
            kind: violation.kind,
            location: violation.location,
            keyword: violation.keyword.into_owned(),
            message: violation.message,
            actual: violation.actual,
        }
    }
}

impl From<ViolationDocument> for Violation {
    fn from(document: ViolationDocument) -> Self {
        Self {
            kind: document.kind,
            location: document.location,
            keyword: Cow::Owned(document.keyword),
            message: document.message,
            actual: document.actual,
            pointer: document.pointer.trim_start_matches('#').to_owned(),
            line: Line::Known(document.line),
        }
    }
}

impl JsonSchema for Violation {
    fn schema_name() -> Cow<'static, str> {
        ViolationDocument::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        ViolationDocument::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample() -> Violation {
        let source_map = Arc::new(SourceMap::new("a:\n  b: 1\n"));
        Violation::new(
            &source_map,
            ViolationKind::Schema,
            LazyLocation::new(MessagePart::Body, "/size"),
            "/a/b/enum",
        )
        .with_keyword("enum")
        .with_message("must be one of 1:1, 3:2")
        .with_actual_json(&json!("sk-0123456789"))
    }

    #[test]
    fn report_is_one_line_with_location_rule_and_line() {
        assert_eq!(
            sample().report(),
            r#"body /size: must be one of 1:1, 3:2, got "sk-***" [enum, openapi.yaml:2]"#
        );
    }

    #[test]
    fn json_matches_its_schema() {
        let schema = serde_json::to_value(schemars::schema_for!(Violation)).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let json = serde_json::to_value(sample()).unwrap();
        assert!(validator.is_valid(&json), "{json}");
        assert_eq!(json["line"], 2);
        assert_eq!(json["location"], json!({"in": "body", "at": "/size"}));
    }

    #[test]
    fn json_round_trip_keeps_the_violation_and_its_line() {
        let json = serde_json::to_string(&sample()).unwrap();
        let parsed: Violation = serde_json::from_str(&json).unwrap();
        assert_eq!(parsed, sample());
        assert_eq!(parsed.report(), sample().report());
    }
}
