//! Converts schema errors to violations that a reader can act on.
//!
//! For a `oneOf` or `anyOf`, "no branch matched" does not help. The intended branch is found by the
//! property that distinguishes the branches (`model`), else by the type of the value; then the
//! violations of that branch are reported.

use std::{borrow::Cow, sync::Arc};

use jsonschema::{
    ValidationError,
    error::{TypeKind, ValidationErrorKind as ErrorKind},
};
use serde_json::Value;
use toapis_openapi::{extensions::keys::IGNORE_CASE, pointer, reference};

use crate::{
    schema::{SchemaId, Schemas},
    source_map::SourceMap,
    violation::{LazyLocation, Location, MessagePart, Violation, ViolationKind},
};

/// Validates `value` against a schema. A valid value needs no allocation.
pub(crate) fn validate(
    schemas: &Schemas,
    source_map: &Arc<SourceMap>,
    id: SchemaId,
    value: &Value,
    place: LazyLocation<'_>,
    kind: ViolationKind,
    violations: &mut Vec<Violation>,
) {
    match schemas.validator(id) {
        Ok(validator) if validator.is_valid(value) => {}
        Ok(validator) => {
            let explain = Explain {
                schemas,
                source_map,
                place,
                kind,
            };
            let mut found = Vec::new();
            for error in validator.iter_errors(value) {
                explain.error(&error, &mut found);
            }
            // A value of the wrong type is also missing in the `enum`; one violation is enough.
            let typed: Vec<Location> = found
                .iter()
                .filter(|violation| violation.keyword() == "type")
                .map(|violation| violation.location().clone())
                .collect();
            found.retain(|violation| {
                violation.keyword() != "enum" || !typed.contains(violation.location())
            });
            violations.append(&mut found);
        }
        // Parsing a contract compiles every schema; only the embedded one is compiled on use.
        Err(error) => violations.push(
            Violation::new(source_map, kind, place, schemas.pointer(id))
                .with_keyword("schema")
                .with_message(format!("the contract's schema does not compile: {error}")),
        ),
    }
}

struct Explain<'c> {
    schemas: &'c Schemas,
    source_map: &'c Arc<SourceMap>,
    place: LazyLocation<'c>,
    kind: ViolationKind,
}

impl Explain<'_> {
    fn error(&self, error: &ValidationError<'_>, violations: &mut Vec<Violation>) {
        match error.kind() {
            ErrorKind::OneOfNotValid { context } | ErrorKind::AnyOf { context } => {
                match self.intended_branch(error, context) {
                    Some(branch) => branch
                        .iter()
                        .for_each(|error| self.error(error, violations)),
                    None => violations.push(self.violation(
                        error,
                        "",
                        &describe_branches(error, context),
                    )),
                }
            }
            ErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                // A missing property has no actual value.
                let mut violation = self.violation(error, name, "is missing");
                violation = violation.without_actual();
                violations.push(violation);
            }
            ErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    violations.push(self.violation(error, name, "is not a field of this object"));
                }
            }
            _ => violations.push(self.violation(error, "", &message(error))),
        }
    }

    /// Returns the violation for `error`, at its property `below` if that is not empty.
    fn violation(&self, error: &ValidationError<'_>, below: &str, message: &str) -> Violation {
        let location = match self.place.part {
            MessagePart::Body => {
                let mut at = format!("{}{}", self.place.at, error.instance_path().as_str());
                if !below.is_empty() {
                    at = pointer::join(&at, below);
                }
                Location {
                    part: MessagePart::Body,
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
        Violation::new(self.source_map, self.kind, location, at)
            .with_keyword(rule)
            .with_message(message)
            .with_actual_json(error.instance())
    }

    /// Returns the errors of the branch that the value is intended for, or `None` if it is unclear.
    fn intended_branch<'e>(
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
            // Without a valid discriminator any branch reports it; the last one is the loosest.
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

    /// Returns the property that every branch at `choice` requires and restricts to other values.
    fn discriminator(&self, choice: &str) -> Option<String> {
        let document = self.schemas.document();
        let branches = document.pointer(choice)?.as_array()?.len();
        let branch =
            |position: usize| reference::follow(document, &format!("{choice}/{position}")).ok();
        let (_, first) = branch(0)?;
        let mut names = first
            .get("required")?
            .as_array()?
            .iter()
            .filter_map(Value::as_str);
        names
            .find(|name| {
                (0..branches).all(|position| {
                    branch(position).is_some_and(|(at, schema)| self.restricts(&at, schema, name))
                })
            })
            .map(str::to_owned)
    }

    fn restricts(&self, at: &str, schema: &Value, name: &str) -> bool {
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|names| names.iter().any(|one| one == name));
        let property = pointer::join(&format!("{at}/properties"), name);
        required
            && reference::follow(self.schemas.document(), &property).is_ok_and(|(_, property)| {
                property.get("enum").is_some() || property.get("not").is_some()
            })
    }
}

/// Joins the messages of the branches, if each has one about the whole value.
fn describe_branches(
    error: &ValidationError<'_>,
    context: &[Vec<ValidationError<'static>>],
) -> String {
    let here = error.instance_path().as_str();
    let mut messages: Vec<String> = Vec::new();
    for errors in context {
        match errors.as_slice() {
            [one] if one.instance_path().as_str() == here => messages.push(message(one)),
            [first, ..] if is_type_at(first, here) => messages.push(message(first)),
            _ => return "matches no allowed form".to_owned(),
        }
    }
    messages.dedup();
    messages.join(" or ")
}

fn is_type_at(error: &ValidationError<'_>, here: &str) -> bool {
    error.instance_path().as_str() == here && matches!(error.kind(), ErrorKind::Type { .. })
}

fn is_missing(error: &ValidationError<'_>, name: &str) -> bool {
    matches!(error.kind(), ErrorKind::Required { property } if property == name)
}

/// Returns what a keyword demands, without the actual value.
fn message(error: &ValidationError<'_>) -> String {
    let length = || {
        error
            .instance()
            .as_str()
            .map_or(0, |text| text.chars().count())
    };
    let items = || error.instance().as_array().map_or(0, Vec::len);
    match error.kind() {
        ErrorKind::Type { kind } => format!("must be of type {}", types(kind)),
        ErrorKind::Enum { options } => format!("must be {}", choices(options)),
        ErrorKind::MaxLength { limit } => {
            format!("has {} characters, at most {limit} are allowed", length())
        }
        ErrorKind::MinLength { limit } => {
            format!("has {} characters, at least {limit} are needed", length())
        }
        ErrorKind::MaxItems { limit } => {
            format!("has {} items, at most {limit} are allowed", items())
        }
        ErrorKind::MinItems { limit } => {
            format!("has {} items, at least {limit} are needed", items())
        }
        ErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ErrorKind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        ErrorKind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        ErrorKind::Pattern { pattern } => format!("must match {pattern}"),
        ErrorKind::Format { format } => format!("must be a {format}"),
        ErrorKind::Not { .. } => "is not allowed here".to_owned(),
        ErrorKind::OneOfMultipleValid { .. } => {
            "matches more than one form, but exactly one is allowed".to_owned()
        }
        ErrorKind::Custom { message, .. } => message.clone(),
        // The library's message is clear for the other keywords; it must not repeat the value.
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

/// Lists the allowed values as they are written in JSON, strings without quotes.
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
