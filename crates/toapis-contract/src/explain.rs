//! From a schema's refusal to violations a reader can act on.
//!
//! Where a schema is a choice (`oneOf`, `anyOf`), "no branch matched" helps nobody. The branch that was meant is
//! found first: by the property that tells the branches apart (`model`), else by the form of the value; then that branch's own
//! violations are reported.

use std::{borrow::Cow, sync::Arc};

use jsonschema::{
    ValidationError,
    error::{TypeKind, ValidationErrorKind as Rule},
};
use serde_json::Value;

use crate::{
    lines::Lines,
    pointer,
    schema::{IGNORE_CASE, SchemaId, Schemas},
    violation::{Kind, Location, Part, Place, Violation},
};

/// Judges `value` by a schema; the good case costs no allocation.
pub(crate) fn judge(
    schemas: &Schemas,
    lines: &Arc<Lines>,
    id: SchemaId,
    value: &Value,
    place: Place<'_>,
    kind: Kind,
    violations: &mut Vec<Violation>,
) {
    match schemas.validator(id) {
        Ok(validator) if validator.is_valid(value) => {}
        Ok(validator) => {
            let explain = Explain {
                schemas,
                lines,
                place,
                kind,
            };
            let mut found = Vec::new();
            for error in validator.iter_errors(value) {
                explain.error(&error, &mut found);
            }
            // A value of the wrong type is no allowed one either; once is enough.
            let typed: Vec<Location> = found
                .iter()
                .filter(|violation| violation.rule() == "type")
                .map(|violation| violation.location().clone())
                .collect();
            found.retain(|violation| {
                violation.rule() != "enum" || !typed.contains(violation.location())
            });
            violations.append(&mut found);
        }
        // Loading compiles every schema, so this is a copy of the contract that nobody loaded before.
        Err(error) => violations.push(
            Violation::new(lines, kind, place, schemas.pointer(id))
                .rule_is("schema")
                .says(format!("the contract's schema cannot be compiled: {error}")),
        ),
    }
}

struct Explain<'c> {
    schemas: &'c Schemas,
    lines: &'c Arc<Lines>,
    place: Place<'c>,
    kind: Kind,
}

impl Explain<'_> {
    fn error(&self, error: &ValidationError<'_>, violations: &mut Vec<Violation>) {
        match error.kind() {
            Rule::OneOfNotValid { context } | Rule::AnyOf { context } => {
                match self.meant(error, context) {
                    Some(branch) => branch
                        .iter()
                        .for_each(|error| self.error(error, violations)),
                    None => violations.push(self.violation(error, "", &forms(error, context))),
                }
            }
            Rule::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                // What is missing has no value to show.
                let mut violation = self.violation(error, name, "is missing");
                violation = violation.without_got();
                violations.push(violation);
            }
            Rule::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    violations.push(self.violation(error, name, "is not a field of this object"));
                }
            }
            _ => violations.push(self.violation(error, "", &message(error))),
        }
    }

    /// The violation at `error`, or at its property `below`.
    fn violation(&self, error: &ValidationError<'_>, below: &str, message: &str) -> Violation {
        let location = match self.place.part {
            Part::Body => {
                let mut at = format!("{}{}", self.place.at, error.instance_path().as_str());
                if !below.is_empty() {
                    at = pointer::join(&at, below);
                }
                Location {
                    part: Part::Body,
                    at,
                }
            }
            _ => self.place.into(),
        };
        let schema_path = error.schema_path().as_str();
        let (rule, at): (Cow<'static, str>, Cow<'_, str>) = match error.kind().keyword() {
            IGNORE_CASE => (
                "enum".into(),
                schema_path.replace(IGNORE_CASE, "enum").into(),
            ),
            keyword => (keyword.to_owned().into(), schema_path.into()),
        };
        Violation::new(self.lines, self.kind, location, at)
            .rule_is(rule)
            .says(message)
            .got_value(error.instance())
    }

    /// The branch that `error`'s value was meant for, by its errors; `None` if no branch is nearer than another.
    fn meant<'e>(
        &self,
        error: &ValidationError<'_>,
        context: &'e [Vec<ValidationError<'static>>],
    ) -> Option<&'e [ValidationError<'static>]> {
        let here = error.instance_path().as_str();
        if let Some(property) = self.discriminator(error.schema_path().as_str()) {
            let at = pointer::join(here, &property);
            let chosen = context.iter().find(|errors| {
                !errors.iter().any(|error| {
                    let path = error.instance_path().as_str();
                    path == at || (path == here && is_missing(error, &property))
                })
            });
            // Without a usable value of it every branch says the same of it; the last one is the loosest.
            return chosen.or(context.last()).map(Vec::as_slice);
        }
        let mut fitting: Vec<&Vec<ValidationError<'static>>> = context
            .iter()
            .filter(|errors| !errors.iter().any(|error| is_type_at(error, here)))
            .collect();
        fitting.sort_by_key(|errors| errors.len());
        match fitting.as_slice() {
            [one] => Some(one),
            [first, second, ..] if first.len() < second.len() => Some(first),
            _ => None,
        }
    }

    /// The property that every branch of the choice at `choice` requires and pins to values of its own.
    fn discriminator(&self, choice: &str) -> Option<String> {
        let document = self.schemas.document();
        let branches = document.pointer(choice)?.as_array()?.len();
        let branch =
            |position: usize| pointer::follow(document, &format!("{choice}/{position}")).ok();
        let (_, first) = branch(0)?;
        let mut names = first
            .get("required")?
            .as_array()?
            .iter()
            .filter_map(Value::as_str);
        names
            .find(|name| {
                (0..branches).all(|position| {
                    branch(position).is_some_and(|(at, schema)| self.pins(&at, schema, name))
                })
            })
            .map(str::to_owned)
    }

    fn pins(&self, at: &str, schema: &Value, name: &str) -> bool {
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|names| names.iter().any(|one| one == name));
        let property = pointer::join(&format!("{at}/properties"), name);
        required
            && pointer::follow(self.schemas.document(), &property).is_ok_and(|(_, property)| {
                property.get("enum").is_some() || property.get("not").is_some()
            })
    }
}

/// What any of the branches would have taken, as long as each says it of the value as a whole.
fn forms(error: &ValidationError<'_>, context: &[Vec<ValidationError<'static>>]) -> String {
    let here = error.instance_path().as_str();
    let mut said: Vec<String> = Vec::new();
    for errors in context {
        match errors.as_slice() {
            [one] if one.instance_path().as_str() == here => said.push(message(one)),
            [first, ..] if is_type_at(first, here) => said.push(message(first)),
            _ => return "has none of the allowed forms".to_owned(),
        }
    }
    said.dedup();
    said.join(" or ")
}

fn is_type_at(error: &ValidationError<'_>, here: &str) -> bool {
    error.instance_path().as_str() == here && matches!(error.kind(), Rule::Type { .. })
}

fn is_missing(error: &ValidationError<'_>, name: &str) -> bool {
    matches!(error.kind(), Rule::Required { property } if property == name)
}

/// What a keyword asks for, in words; the value itself is told apart from it.
fn message(error: &ValidationError<'_>) -> String {
    let length = || {
        error
            .instance()
            .as_str()
            .map_or(0, |text| text.chars().count())
    };
    let items = || error.instance().as_array().map_or(0, Vec::len);
    match error.kind() {
        Rule::Type { kind } => format!("must be of type {}", types(kind)),
        Rule::Enum { options } => format!("must be {}", choices(options)),
        Rule::MaxLength { limit } => {
            format!("has {} characters, at most {limit} are allowed", length())
        }
        Rule::MinLength { limit } => {
            format!("has {} characters, at least {limit} are needed", length())
        }
        Rule::MaxItems { limit } => format!("has {} items, at most {limit} are allowed", items()),
        Rule::MinItems { limit } => format!("has {} items, at least {limit} are needed", items()),
        Rule::Maximum { limit } => format!("must be at most {limit}"),
        Rule::Minimum { limit } => format!("must be at least {limit}"),
        Rule::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Rule::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Rule::Pattern { pattern } => format!("must match {pattern}"),
        Rule::Format { format } => format!("must be a {format}"),
        Rule::Not { .. } => "is excluded here".to_owned(),
        Rule::OneOfMultipleValid { .. } => {
            "fits more than one of forms that exclude each other".to_owned()
        }
        Rule::Custom { message, .. } => message.clone(),
        // The rest say enough themselves once the value is hidden.
        _ => error.masked_with("the value").to_string(),
    }
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(several) => several
            .iter()
            .map(|one| one.to_string())
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

/// The allowed values, the way they are typed.
fn choices(options: &Value) -> String {
    let words: Vec<String> = options
        .as_array()
        .into_iter()
        .flatten()
        .map(|option| {
            option
                .as_str()
                .map_or_else(|| option.to_string(), str::to_owned)
        })
        .collect();
    match words.as_slice() {
        [one] => one.clone(),
        several => format!("one of {}", several.join(", ")),
    }
}
