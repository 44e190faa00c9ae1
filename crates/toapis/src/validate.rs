//! Why was it refused: walks a request by the rules of its model, and tells everything that is wrong at once.

mod words;

use std::fmt;

use serde_json::{Map, Value};

use crate::generated::models::UNLISTED;
use crate::generated::sizes::Size;
use crate::tables::{CrossRule, Field, ModelRow, Rule, Text, When};
use words::{allowed, show};

/// A field that breaks a rule.
///
/// ```
/// use toapis::ImageRequest;
/// let error = ImageRequest::new("").size("7:7").check().unwrap_err();
/// let fields: Vec<_> = error.violations().iter().map(|violation| violation.field.as_str()).collect();
/// assert_eq!(fields, ["prompt", "size"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Where it stands in the request, such as `metadata.resolution`.
    pub field: String,
    /// The rule that it breaks.
    pub rule: RuleKind,
    /// What was given, shortened.
    pub got: String,
    /// What is allowed.
    pub allowed: String,
}

/// The rules that a field can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RuleKind {
    /// It must be given.
    Required,
    /// This model has no such field.
    NotTaken,
    /// It must be of another type.
    Type,
    /// It must be one of a list.
    OneOf,
    /// It has too few or too many characters.
    Length,
    /// It has too few or too many items.
    Count,
    /// It is too small or too large.
    Range,
    /// It is not written as it must be.
    Pattern,
    /// It does not go together with another field.
    Together,
}

impl fmt::Display for RuleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Required => "required",
            Self::NotTaken => "not taken",
            Self::Type => "type",
            Self::OneOf => "one of",
            Self::Length => "length",
            Self::Count => "count",
            Self::Range => "range",
            Self::Pattern => "pattern",
            Self::Together => "together",
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}): got {}, allowed {}",
            self.field, self.rule, self.got, self.allowed
        )
    }
}

/// Everything that is wrong with a request body, by the rules of its model, or by the loose ones of a model that the
/// contract does not list.
pub(crate) fn check(
    model: Option<&ModelRow>,
    operation: &str,
    body: &Map<String, Value>,
) -> Vec<Violation> {
    let mut found = Found(Vec::new());
    let fields = match model {
        Some(row) => row.fields,
        None => UNLISTED
            .iter()
            .find(|row| row.operation == operation)
            .map_or(&[][..], |row| row.fields),
    };
    found.object("", fields, body);
    if let Some(row) = model {
        if row.operation != operation {
            found.add(
                "model",
                RuleKind::OneOf,
                row.name,
                format!(
                    "a model that {operation} takes; this one belongs to {}",
                    row.operation
                ),
            );
        }
        found.untaken(row, body);
        for rule in row.rules {
            found.cross(rule, body);
        }
    }
    found.0
}

struct Found(Vec<Violation>);

impl Found {
    fn add(
        &mut self,
        field: impl Into<String>,
        rule: RuleKind,
        got: impl Into<String>,
        allowed: impl Into<String>,
    ) {
        self.0.push(Violation {
            field: field.into(),
            rule,
            got: got.into(),
            allowed: allowed.into(),
        });
    }

    fn object(&mut self, path: &str, fields: &'static [Field], object: &Map<String, Value>) {
        for field in fields {
            let name = join(path, field.name);
            match object.get(field.name) {
                Some(value) => self.value(&name, field.rule, value),
                None if field.required => {
                    self.add(name, RuleKind::Required, "nothing", allowed(field.rule));
                }
                None => {}
            }
        }
    }

    fn value(&mut self, path: &str, rule: &'static Rule, value: &Value) {
        let wrong = match (rule, value) {
            (Rule::Any, _) | (Rule::Flag, Value::Bool(_)) => None,
            (Rule::Text(text), Value::String(given)) => text_breaks(text, given),
            (Rule::Integer { min, max, one_of }, Value::Number(given)) => match given.as_i64() {
                None => Some(RuleKind::Type),
                Some(given) if !one_of.is_empty() => {
                    (!one_of.contains(&given)).then_some(RuleKind::OneOf)
                }
                Some(given) => {
                    let inside =
                        min.is_none_or(|min| given >= min) && max.is_none_or(|max| given <= max);
                    (!inside).then_some(RuleKind::Range)
                }
            },
            (Rule::Number { min, max }, Value::Number(given)) => {
                let given = given.as_f64().unwrap_or(f64::NAN);
                let inside =
                    min.is_none_or(|min| given >= min) && max.is_none_or(|max| given <= max);
                (!inside).then_some(RuleKind::Range)
            }
            (Rule::List { min, max, item }, Value::Array(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.value(&format!("{path}[{index}]"), item, value);
                }
                let inside = items.len() >= *min as usize
                    && max.is_none_or(|max| items.len() <= max as usize);
                (!inside).then_some(RuleKind::Count)
            }
            (Rule::Object(fields), Value::Object(object)) => {
                self.object(path, fields, object);
                None
            }
            (Rule::OneOf(choices), _) => return self.one_of(path, choices, value),
            _ => Some(RuleKind::Type),
        };
        if let Some(wrong) = wrong {
            self.add(path, wrong, show(value), allowed(rule));
        }
    }

    /// Good if any choice takes it; else what the choice for its type has to say, or that its type is wrong.
    fn one_of(&mut self, path: &str, choices: &'static [&'static Rule], value: &Value) {
        let mut closest: Option<Vec<Violation>> = None;
        for choice in choices {
            let mut tried = Found(Vec::new());
            tried.value(path, choice, value);
            if tried.0.is_empty() {
                return;
            }
            let is_type = tried
                .0
                .iter()
                .any(|violation| violation.field == path && violation.rule == RuleKind::Type);
            if !is_type && closest.is_none() {
                closest = Some(tried.0);
            }
        }
        match closest {
            // Several choices of one type: each of them is an offer.
            Some(violations) if violations.len() == 1 && violations[0].field == path => {
                let offers: Vec<_> = choices.iter().map(|choice| allowed(choice)).collect();
                self.add(path, violations[0].rule, show(value), offers.join(", or "));
            }
            Some(violations) => self.0.extend(violations),
            None => {
                let offers: Vec<_> = choices.iter().map(|choice| allowed(choice)).collect();
                self.add(path, RuleKind::Type, show(value), offers.join(", or "));
            }
        }
    }

    /// A size, a reference or a resolution for a model that takes none would be dropped in silence, and paid.
    fn untaken(&mut self, row: &ModelRow, body: &Map<String, Value>) {
        let mut names: Vec<&'static str> = Vec::new();
        names.extend(row.field("size").is_none().then_some("size"));
        for known in crate::generated::models::MODELS {
            names.extend(known.references.as_ref().map(|references| references.field));
            names.extend(known.resolution.as_ref().map(|resolution| resolution.field));
        }
        names.sort_unstable();
        names.dedup();
        for name in names {
            if row.field(name).is_none()
                && let Some(value) = at(body, name)
            {
                self.add(
                    name,
                    RuleKind::NotTaken,
                    show(value),
                    format!("nothing: {} has no such field", row.name),
                );
            }
        }
    }

    fn cross(&mut self, rule: &CrossRule, body: &Map<String, Value>) {
        match rule {
            CrossRule::SumMax { fields, max, .. } => {
                let sum: u64 = fields
                    .iter()
                    .filter_map(|field| at(body, field))
                    .map(amount)
                    .sum();
                if sum > u64::from(*max) {
                    self.add(
                        fields.join(" + "),
                        RuleKind::Together,
                        sum.to_string(),
                        format!("at most {max} together"),
                    );
                }
            }
            CrossRule::Requires { when, field, .. } => {
                let there = at(body, field).is_some_and(|value| {
                    amount(value) > 0 || value.is_string() || value.is_object()
                });
                if holds(when, body) && !there {
                    let why = format!(
                        "something, since {} is {}",
                        when.field,
                        shown(body, when.field)
                    );
                    self.add(*field, RuleKind::Together, "nothing", why);
                }
            }
            CrossRule::OnlySizes { when, sizes, .. } => {
                if holds(when, body)
                    && let Some(Value::String(size)) = body.get("size")
                    && !sizes.iter().any(|allowed| allowed.as_str() == size)
                {
                    let names: Vec<_> = sizes.iter().map(Size::as_str).collect();
                    let why = format!(
                        "{}, since {} is {}",
                        names.join(", "),
                        when.field,
                        shown(body, when.field)
                    );
                    self.add(
                        "size",
                        RuleKind::Together,
                        show(&Value::from(size.as_str())),
                        why,
                    );
                }
            }
            CrossRule::PixelBounds {
                field,
                min_area,
                max_area,
                max_ratio,
                ..
            } => {
                let Some(Value::String(size)) = at(body, field) else {
                    return;
                };
                let Some((width, height)) = pixels(size) else {
                    return;
                };
                let (long, short) = (width.max(height), width.min(height));
                let area = width.saturating_mul(height);
                if area < *min_area
                    || area > *max_area
                    || long > short.saturating_mul(u64::from(*max_ratio))
                {
                    let why = format!(
                        "an area of {min_area} to {max_area} pixels, and at most {max_ratio}:1"
                    );
                    self.add(*field, RuleKind::Range, size.as_str(), why);
                }
            }
        }
    }
}

/// Which rule of a text this one breaks, if any.
fn text_breaks(text: &Text, given: &str) -> Option<RuleKind> {
    let chars = given.chars().count();
    if !text.one_of.is_empty() {
        let taken = text.one_of.iter().any(|value| {
            *value == given || (text.ignore_case && value.eq_ignore_ascii_case(given))
        });
        return (!taken).then_some(RuleKind::OneOf);
    }
    if chars < text.min_chars as usize || text.max_chars.is_some_and(|max| chars > max as usize) {
        return Some(RuleKind::Length);
    }
    text.pattern
        .is_some_and(|pattern| !matches_pattern(pattern, given))
        .then_some(RuleKind::Pattern)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The value at a path such as `metadata.resolution`; `None` for null as for nothing.
pub(crate) fn at<'v>(body: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let mut parts = path.split('.');
    let first = body.get(parts.next()?)?;
    parts
        .try_fold(first, |value, part| value.get(part))
        .filter(|value| !value.is_null())
}

/// What a field adds to a sum: itself as a number, or how many items it has.
fn amount(value: &Value) -> u64 {
    match value {
        Value::Number(number) => number.as_u64().unwrap_or(0),
        Value::Array(items) => items.len() as u64,
        _ => 0,
    }
}

fn holds(when: &When, body: &Map<String, Value>) -> bool {
    let Some(Value::String(value)) = at(body, when.field) else {
        return false;
    };
    when.one_of
        .iter()
        .any(|one| one.eq_ignore_ascii_case(value))
}

fn shown(body: &Map<String, Value>, field: &str) -> String {
    at(body, field).map(show).unwrap_or_default()
}

/// Width and height of a size written as `1024x768`.
pub(crate) fn pixels(size: &str) -> Option<(u64, u64)> {
    let (width, height) = size.split_once(['x', 'X', '*'])?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

/// Whether a text matches one of the contract's patterns.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    // A pattern that this engine cannot read refuses nothing: the service judges.
    regex_lite::Regex::new(pattern).map_or(true, |regex| regex.is_match(text))
}
