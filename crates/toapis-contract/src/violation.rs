//! One breach of the contract: where in the exchange, which rule, what was found, and where the rule is written.

use std::{borrow::Cow, fmt, sync::Arc};

use schemars::JsonSchema;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::Value;

use crate::{lines::Lines, mask::mask};

/// How much of a value is repeated in a violation, in characters.
const GOT_LIMIT: usize = 120;

/// Which of the contract's promises was broken; a server picks its answer by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// No operation has this path, or the path is not well-formed.
    Path,
    /// The path is known, the method on it is not.
    Method,
    /// The credential that the operation asks for is missing or of another form.
    Security,
    /// A parameter of the path or of the query.
    Parameter,
    /// A header of the request or of the answer.
    Header,
    /// The `content-type` is none that the contract names.
    MediaType,
    /// The body is missing, or cannot be read as what its `content-type` says.
    Body,
    /// The body can be read, and its JSON Schema refuses it.
    Schema,
    /// A rule across several fields of a model, from `x-models`.
    ModelRule,
    /// The contract documents no such status for the operation.
    Status,
}

/// The part of an exchange in which something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
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
    /// The status of the answer.
    Status,
}

impl Part {
    /// The word used in messages and in JSON.
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

/// Where in an exchange a violation is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Location {
    /// The part of the exchange.
    #[serde(rename = "in")]
    pub part: Part,
    /// Inside it: a JSON pointer for a body (empty for the whole), a name for a parameter or header, else empty.
    pub at: String,
}

/// A [`Location`] that nobody has needed yet: the good case allocates nothing for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) part: Part,
    pub(crate) at: &'a str,
}

impl<'a> Place<'a> {
    /// The body as a whole.
    pub(crate) const BODY: Place<'static> = Place {
        part: Part::Body,
        at: "",
    };

    pub(crate) fn new(part: Part, at: &'a str) -> Self {
        Self { part, at }
    }
}

impl From<Place<'_>> for Location {
    fn from(place: Place<'_>) -> Self {
        Self {
            part: place.part,
            at: place.at.to_owned(),
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

/// One breach of the contract.
///
/// Its `Display` is one line, with neither the contract's pointer nor its line: [`report`](Self::report) adds them.
#[derive(Clone)]
pub struct Violation {
    kind: Kind,
    location: Location,
    rule: Cow<'static, str>,
    message: String,
    got: Option<String>,
    pointer: String,
    lines: Arc<Lines>,
}

impl Violation {
    pub(crate) fn new(
        lines: &Arc<Lines>,
        kind: Kind,
        location: impl Into<Location>,
        pointer: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            location: location.into(),
            rule: Cow::Borrowed("contract"),
            message: String::new(),
            got: None,
            pointer: pointer.into(),
            lines: Arc::clone(lines),
        }
    }

    pub(crate) fn rule_is(mut self, rule: impl Into<Cow<'static, str>>) -> Self {
        self.rule = rule.into();
        self
    }

    pub(crate) fn says(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    pub(crate) fn got_text(mut self, got: &str) -> Self {
        self.got = Some(shorten(&mask(got)));
        self
    }

    pub(crate) fn got_value(self, got: &Value) -> Self {
        self.got_text(&got.to_string())
    }

    pub(crate) fn without_got(mut self) -> Self {
        self.got = None;
        self
    }

    /// Which promise was broken.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Where in the exchange it is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The rule's name: the JSON Schema keyword (`maxLength`, `enum`, ...), the name of an `x-models` rule
    /// (`sum_max`, ...), or `path`, `method`, `security`, `media_type`, `status`, `json`, `multipart`.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// What is wrong and what is allowed, for people; keys are masked.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What was found, shortened to 120 characters, keys masked; `None` where nothing was.
    #[must_use]
    pub fn got(&self) -> Option<&str> {
        self.got.as_deref()
    }

    /// The JSON pointer of the rule in the contract, as `#/components/...`.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("#{}", self.pointer)
    }

    /// The line of the rule in openapi.yaml, from 1. The first call reads the text of the contract.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.lines.line(&self.pointer)
    }

    /// The violation on one line, with the pointer and the line of its rule.
    #[must_use]
    pub fn report(&self) -> String {
        match self.line() {
            Some(line) => format!("{self} [{}, openapi.yaml:{line}]", self.rule),
            None => format!("{self} [{}, {}]", self.rule, self.pointer()),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.message)?;
        match &self.got {
            Some(got) => write!(f, ", got {got}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Violation")
            .field("kind", &self.kind)
            .field("location", &self.location)
            .field("rule", &self.rule)
            .field("message", &self.message)
            .field("got", &self.got)
            .field("pointer", &self.pointer())
            .finish_non_exhaustive()
    }
}

/// The fields of a violation as JSON has them; only the schema is derived from it.
#[derive(JsonSchema)]
#[schemars(rename = "Violation", deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "stands for the shape that `Serialize` writes by hand, line included"
)]
struct Shape {
    /// Which promise was broken.
    kind: Kind,
    /// Where in the exchange it is.
    location: Location,
    /// The rule's name.
    rule: String,
    /// What is wrong and what is allowed.
    message: String,
    /// What was found, shortened, keys masked.
    got: Option<String>,
    /// The JSON pointer of the rule in the contract.
    pointer: String,
    /// The line of the rule in openapi.yaml, from 1.
    line: Option<u64>,
}

impl Serialize for Violation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shape = serializer.serialize_struct("Violation", 7)?;
        shape.serialize_field("kind", &self.kind)?;
        shape.serialize_field("location", &self.location)?;
        shape.serialize_field("rule", &self.rule)?;
        shape.serialize_field("message", &self.message)?;
        shape.serialize_field("got", &self.got)?;
        shape.serialize_field("pointer", &self.pointer())?;
        shape.serialize_field("line", &self.line())?;
        shape.end()
    }
}

impl JsonSchema for Violation {
    fn schema_name() -> Cow<'static, str> {
        Shape::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Shape::json_schema(generator)
    }
}

/// At most [`GOT_LIMIT`] characters of `text`, with an ellipsis where it was cut.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(GOT_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample() -> Violation {
        let lines = Arc::new(Lines::new("a:\n  b: 1\n"));
        Violation::new(
            &lines,
            Kind::Schema,
            Place::new(Part::Body, "/size"),
            "/a/b/enum",
        )
        .rule_is("enum")
        .says("is none of the allowed values")
        .got_value(&json!("sk-0123456789"))
    }

    #[test]
    fn a_violation_is_one_line_that_names_the_place_the_rule_and_its_line_and_no_key() {
        assert_eq!(
            sample().report(),
            r#"body /size: is none of the allowed values, got "sk-***" [enum, openapi.yaml:2]"#
        );
    }

    #[test]
    fn its_json_has_the_shape_that_its_schema_says() {
        let schema = serde_json::to_value(schemars::schema_for!(Violation)).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let json = serde_json::to_value(sample()).unwrap();
        assert!(validator.is_valid(&json), "{json}");
        assert_eq!(json["line"], 2);
        assert_eq!(json["location"], json!({"in": "body", "at": "/size"}));
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let cut = shorten(&"猫".repeat(200));
        assert_eq!(cut.chars().count(), GOT_LIMIT + 1);
        assert!(cut.ends_with('…'));
    }
}
