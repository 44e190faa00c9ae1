//! Rules across several fields of a request, which JSON Schema cannot express (`x-models.*.rules`).

use std::sync::Arc;

use serde_json::Value;
use toapis_openapi::{
    extensions::{Condition, ModelRule, keys},
    pointer, reference,
};

use crate::{
    source_map::SourceMap,
    violation::{LazyLocation, MessagePart, Violation, ViolationKind},
};

/// One rule of one model.
#[derive(Debug)]
pub(crate) struct CrossFieldRule {
    pointer: String,
    rule: ModelRule,
    /// The value of each field of a sum if it is not sent.
    defaults: Vec<u64>,
}

impl CrossFieldRule {
    /// Compiles a rule of the model whose schema is at the pointer `schema`.
    pub(crate) fn compile(
        document: &Value,
        schema: &str,
        rule: &ModelRule,
        pointer: String,
    ) -> Self {
        let fields = match rule {
            ModelRule::SumMax { fields, .. } => fields.as_slice(),
            _ => &[],
        };
        let defaults = fields
            .iter()
            .map(|field| default_of(document, schema, field));
        Self {
            pointer,
            rule: rule.clone(),
            defaults: defaults.collect(),
        }
    }

    /// Returns the violation if `body` violates the rule.
    pub(crate) fn validate(&self, source_map: &Arc<SourceMap>, body: &Value) -> Option<Violation> {
        let violation = |field: &str, message: String| {
            let at = pointer_of(field);
            let place = LazyLocation::new(MessagePart::Body, &at);
            Violation::new(source_map, ViolationKind::ModelRule, place, &self.pointer)
                .with_keyword(self.name())
                .with_message(message)
        };
        match &self.rule {
            ModelRule::SumMax { fields, max, .. } => {
                let counts = fields.iter().zip(&self.defaults);
                let sum = counts
                    .map(|(field, default)| count(body, field, *default))
                    .fold(0, u64::saturating_add);
                let first = fields.first().filter(|_| sum > *max)?;
                let message = format!("{} together must be at most {max}", fields.join(" and "));
                Some(violation(first, message).with_actual(&sum.to_string()))
            }
            ModelRule::Requires { when, field, .. } => (holds(when, body)
                && is_empty(at(body, field)))
            .then(|| violation(field, format!("{} requires {field}", describe(when)))),
            ModelRule::OnlySizes { when, sizes, .. } => {
                let size = at(body, "size")?;
                let is_forbidden = size
                    .as_str()
                    .is_some_and(|size| !sizes.iter().any(|one| one == size));
                (holds(when, body) && is_forbidden).then(|| {
                    violation(
                        "size",
                        format!("{} allows the sizes {}", describe(when), sizes.join(", ")),
                    )
                    .with_actual_json(size)
                })
            }
            ModelRule::PixelBounds {
                field,
                min_area,
                max_area,
                max_ratio,
                ..
            } => {
                let size = at(body, field)?;
                let (width, height) = pixels(size.as_str()?)?;
                let area = width.saturating_mul(height);
                let message = if !(*min_area..=*max_area).contains(&area) {
                    format!("the area must be from {min_area} to {max_area} pixels")
                } else if width.max(height)
                    > u64::from(*max_ratio).saturating_mul(width.min(height))
                {
                    format!("no side may be more than {max_ratio} times the other")
                } else {
                    return None;
                };
                Some(violation(field, message).with_actual_json(size))
            }
        }
    }

    fn name(&self) -> &'static str {
        match self.rule {
            ModelRule::SumMax { .. } => "sum_max",
            ModelRule::Requires { .. } => "requires",
            ModelRule::OnlySizes { .. } => "only_sizes",
            ModelRule::PixelBounds { .. } => "pixel_bounds",
        }
    }
}

/// Returns the value of a field in a sum: the length of a list or the value of a number.
fn count(body: &Value, field: &str, default: u64) -> u64 {
    match at(body, field) {
        Some(Value::Array(items)) => u64::try_from(items.len()).unwrap_or(u64::MAX),
        Some(Value::Number(number)) => number.as_u64().unwrap_or(0),
        _ => default,
    }
}

fn holds(condition: &Condition, body: &Value) -> bool {
    let value = at(body, &condition.field).and_then(Value::as_str);
    let mut values = condition.one_of.iter();
    value.is_some_and(|actual| values.any(|value| value.eq_ignore_ascii_case(actual)))
}

/// Describes a condition for a message.
fn describe(condition: &Condition) -> String {
    format!("{} {}", condition.field, condition.one_of.join(" or "))
}

/// Returns the value of a field in dot notation, as `metadata.resolution`.
fn at<'b>(body: &'b Value, field: &str) -> Option<&'b Value> {
    field
        .split('.')
        .try_fold(body, |value, name| value.get(name))
}

fn pointer_of(field: &str) -> String {
    field
        .split('.')
        .fold(String::new(), |at, name| pointer::join(&at, name))
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    }
}

/// Parses `WIDTHxHEIGHT`, in pixels.
fn pixels(size: &str) -> Option<(u64, u64)> {
    let (width, height) = size.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

/// Returns `x-default` of a numeric property: the value that the service uses if it is not sent.
fn default_of(document: &Value, schema: &str, field: &str) -> u64 {
    let property = pointer::join(&format!("{schema}/properties"), field);
    reference::follow(document, &property)
        .ok()
        .and_then(|(_, property)| property.get(keys::DEFAULT)?.as_u64())
        .unwrap_or(0)
}
