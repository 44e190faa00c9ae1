//! Validates a request by the rules of its model and reports all violations at once.

mod cross_field;
mod describe;
mod fields;
mod path;
mod reference;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use toapis_client::types;

use crate::catalog::ModelRow;
use crate::generated::models::UNLISTED;

pub(crate) use reference::reference_url;

use describe::show;
use path::Path;

/// A field that breaks a rule of its model.
///
/// ```
/// use toapis::ImageRequest;
/// let error = ImageRequest::new("").size("7:7").validate().unwrap_err();
/// let fields: Vec<_> = error.violations().iter().map(|v| v.field.as_str()).collect();
/// assert_eq!(fields, ["prompt", "size"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Violation {
    /// The path of the field, for example `metadata.resolution`.
    pub field: String,
    /// The constraint that the field breaks.
    pub rule: Constraint,
    /// A description of the given value.
    pub actual: String,
    /// A description of the allowed values.
    pub expected: String,
}

/// A constraint that a field can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Constraint {
    /// The field is required.
    Required,
    /// The model does not support the field.
    Unsupported,
    /// The type is wrong.
    Type,
    /// The value is not in the list of allowed values.
    OneOf,
    /// The string is too short or too long.
    Length,
    /// The array has too few or too many items.
    ItemCount,
    /// The number is too small or too large.
    Range,
    /// The string does not match a pattern.
    Pattern,
    /// The field contradicts another field.
    Conflict,
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Required => "required",
            Self::Unsupported => "unsupported",
            Self::Type => "type",
            Self::OneOf => "one of",
            Self::Length => "length",
            Self::ItemCount => "item count",
            Self::Range => "range",
            Self::Pattern => "pattern",
            Self::Conflict => "conflict",
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}): {}; expected {}",
            self.field, self.rule, self.actual, self.expected
        )
    }
}

/// Returns the violations of a request body, by the rules of its model, or by general rules for a
/// model that the contract does not list.
pub(crate) fn check(
    model: Option<&ModelRow>,
    operation: &str,
    body: &types::ImageRequest,
) -> Vec<Violation> {
    let mut found = Violations(Vec::new());
    let fields = match model {
        Some(row) => row.fields,
        None => UNLISTED
            .iter()
            .find(|row| row.operation == operation)
            .map_or(&[][..], |row| row.fields),
    };
    found.object(Path::Root, fields, |name| body.field(name));
    if let Some(row) = model {
        if row.operation != operation {
            found.add(
                "model",
                Constraint::OneOf,
                row.name,
                format!("a model of {operation}; this one is of {}", row.operation),
            );
        }
        found.reject_unsupported(row, body);
        for rule in row.rules {
            found.cross(rule, body);
        }
    }
    found.0
}

/// Checks the fields that the caller set by name, over the typed ones.
///
/// The model and the prompt are required, so a value of another type can't replace them.
pub(crate) fn check_extra_fields(
    extra: &Map<String, Value>,
    body: &types::ImageRequest,
) -> Vec<Violation> {
    let mut found = Violations(Vec::new());
    for (name, value) in extra {
        let sent = body.field(name);
        if !value.is_null() && sent.is_some_and(|sent| Value::from(sent) != *value) {
            found.add(name, Constraint::Type, show(&value.into()), "a string");
        }
    }
    found.0
}

/// Checks the URLs of references, each given with the path of its field.
pub(crate) fn check_references(
    references: impl Iterator<Item = (String, Option<(String, String)>)>,
) -> Vec<Violation> {
    let mut found = Violations(Vec::new());
    for (field, violation) in references {
        if let Some((actual, expected)) = violation {
            found.add(field, Constraint::Pattern, actual, expected);
        }
    }
    found.0
}

/// The violations found so far.
struct Violations(Vec<Violation>);

impl Violations {
    fn add(
        &mut self,
        field: impl fmt::Display,
        rule: Constraint,
        actual: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.0.push(Violation {
            field: field.to_string(),
            rule,
            actual: actual.into(),
            expected: expected.into(),
        });
    }
}
