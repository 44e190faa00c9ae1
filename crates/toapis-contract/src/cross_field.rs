//! Rules across several fields of a request, which JSON Schema cannot express (`x-models.*.rules`).

use std::sync::Arc;

use serde_json::Value;

use crate::{
    error::LoadError,
    pointer,
    source_map::SourceMap,
    violation::{LazyLocation, MessagePart, Violation, ViolationKind},
};

/// One rule of one model.
#[derive(Debug)]
pub(crate) struct CrossFieldRule {
    pointer: String,
    check: Check,
}

#[derive(Debug)]
enum Check {
    /// The sum of `fields` (the length of a list, the value of a number) is at most `max`.
    SumMax { fields: Vec<SummedField>, max: u64 },
    /// If `when` holds, `field` must not be missing or empty.
    Requires { when: When, field: String },
    /// If `when` holds, `size` must be one of `sizes`.
    OnlySizes { when: When, sizes: Vec<String> },
    /// A size in pixels is limited in its area and in the ratio of its sides.
    PixelBounds {
        field: String,
        min_area: u64,
        max_area: u64,
        max_ratio: u64,
    },
}

/// A field of a sum, and its value if it is not sent.
#[derive(Debug)]
struct SummedField {
    field: String,
    absent: u64,
}

/// The condition that a field has one of the values, in any case.
#[derive(Debug)]
struct When {
    field: String,
    values: Vec<String>,
}

impl CrossFieldRule {
    pub(crate) fn compile(
        document: &Value,
        schema: &str,
        rule: &Value,
        at: String,
    ) -> Result<Self, LoadError> {
        let name = rule.get("rule").and_then(Value::as_str).unwrap_or_default();
        let text = |field: &str| {
            rule.get(field)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .ok_or_else(|| LoadError::at(&at, format!("`{name}` needs `{field}`, a string")))
        };
        let number = |field: &str| {
            rule.get(field)
                .and_then(Value::as_u64)
                .ok_or_else(|| LoadError::at(&at, format!("`{name}` needs `{field}`, an integer")))
        };
        let strings = |field: &str| {
            let list: Vec<String> = words(rule.get(field));
            (!list.is_empty()).then_some(list).ok_or_else(|| {
                LoadError::at(&at, format!("`{name}` needs `{field}`, a list of strings"))
            })
        };
        let check = match name {
            "sum_max" => Check::SumMax {
                fields: strings("fields")?
                    .into_iter()
                    .map(|field| SummedField {
                        absent: default_of(document, schema, &field),
                        field,
                    })
                    .collect(),
                max: number("max")?,
            },
            "requires" => Check::Requires {
                when: When::compile(rule, &at)?,
                field: text("field")?,
            },
            "only_sizes" => Check::OnlySizes {
                when: When::compile(rule, &at)?,
                sizes: strings("sizes")?,
            },
            "pixel_bounds" => Check::PixelBounds {
                field: text("field")?,
                min_area: number("min_area")?,
                max_area: number("max_area")?,
                max_ratio: number("max_ratio")?,
            },
            _ => {
                return Err(LoadError::at(
                    at,
                    format!(
                        "unknown rule `{name}`; expected sum_max, requires, only_sizes or pixel_bounds"
                    ),
                ));
            }
        };
        Ok(Self { pointer: at, check })
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
        match &self.check {
            Check::SumMax { fields, max } => {
                let sum = fields
                    .iter()
                    .map(|one| one.count(body))
                    .fold(0, u64::saturating_add);
                (sum > *max).then(|| {
                    let names: Vec<&str> = fields.iter().map(|one| one.field.as_str()).collect();
                    violation(
                        names[0],
                        format!("{} together must be at most {max}", names.join(" and ")),
                    )
                    .with_actual(&sum.to_string())
                })
            }
            Check::Requires { when, field } => (when.holds(body) && is_empty(at(body, field)))
                .then(|| violation(field, format!("{when} requires {field}"))),
            Check::OnlySizes { when, sizes } => {
                let size = at(body, "size")?;
                let refused = size
                    .as_str()
                    .is_some_and(|size| !sizes.iter().any(|one| one == size));
                (when.holds(body) && refused).then(|| {
                    violation(
                        "size",
                        format!("{when} allows the sizes {}", sizes.join(", ")),
                    )
                    .with_actual_json(size)
                })
            }
            Check::PixelBounds {
                field,
                min_area,
                max_area,
                max_ratio,
            } => {
                let size = at(body, field)?;
                let (width, height) = pixels(size.as_str()?)?;
                let area = width.saturating_mul(height);
                let message = if !(*min_area..=*max_area).contains(&area) {
                    format!("the area must be from {min_area} to {max_area} pixels")
                } else if width.max(height) > max_ratio.saturating_mul(width.min(height)) {
                    format!("no side may be more than {max_ratio} times the other")
                } else {
                    return None;
                };
                Some(violation(field, message).with_actual_json(size))
            }
        }
    }

    fn name(&self) -> &'static str {
        match self.check {
            Check::SumMax { .. } => "sum_max",
            Check::Requires { .. } => "requires",
            Check::OnlySizes { .. } => "only_sizes",
            Check::PixelBounds { .. } => "pixel_bounds",
        }
    }
}

impl SummedField {
    fn count(&self, body: &Value) -> u64 {
        match at(body, &self.field) {
            Some(Value::Array(items)) => u64::try_from(items.len()).unwrap_or(u64::MAX),
            Some(Value::Number(number)) => number.as_u64().unwrap_or(0),
            _ => self.absent,
        }
    }
}

impl When {
    fn compile(rule: &Value, at: &str) -> Result<Self, LoadError> {
        let mut conditions = rule
            .get("when")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        match (conditions.next(), conditions.next()) {
            (Some((field, values)), None) => Ok(Self {
                field: field.clone(),
                values: words(Some(values)),
            }),
            _ => Err(LoadError::at(
                at,
                "`when` must be one field with a list of values",
            )),
        }
    }

    fn holds(&self, body: &Value) -> bool {
        at(body, &self.field)
            .and_then(Value::as_str)
            .is_some_and(|given| {
                self.values
                    .iter()
                    .any(|value| value.eq_ignore_ascii_case(given))
            })
    }
}

impl std::fmt::Display for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.field, self.values.join(" or "))
    }
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

fn words(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect()
}

/// Returns `x-default` of a numeric property: the value that the service uses if it is not sent.
fn default_of(document: &Value, schema: &str, field: &str) -> u64 {
    let property = pointer::join(&format!("{schema}/properties"), field);
    pointer::resolve(document, &property)
        .ok()
        .and_then(|(_, property)| property.get("x-default")?.as_u64())
        .unwrap_or(0)
}
