//! Descriptions of rules and values for messages.

use std::fmt;

use serde_json::Value;
use toapis_client::FieldValue;

use crate::catalog::{Rule, Text};

/// Describes what a rule allows.
pub(super) fn describe_rule(rule: &Rule) -> String {
    match rule {
        Rule::Any => "anything".to_owned(),
        Rule::Flag => "true or false".to_owned(),
        Rule::Text(text) if !text.one_of.is_empty() => text.one_of.join(", "),
        Rule::Text(Text {
            pattern: Some(pattern),
            ..
        }) => describe_pattern(pattern),
        Rule::Text(text) => match (text.min_chars, text.max_chars) {
            (0, None) => "a string".to_owned(),
            (min, None) => format!("at least {}", count(min, "character")),
            (min, Some(max)) => format!("{min} to {max} characters"),
        },
        Rule::Integer { one_of, .. } if !one_of.is_empty() => one_of
            .iter()
            .map(i64::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        Rule::Integer { min, max, .. } => bounds("an integer", min.as_ref(), max.as_ref()),
        Rule::Number { min, max } => bounds("a number", min.as_ref(), max.as_ref()),
        Rule::List { min, max: None, .. } => format!("at least {}", count(*min, "item")),
        Rule::List {
            min,
            max: Some(max),
            ..
        } => format!("{min} to {max} items"),
        Rule::Object(_) => "an object".to_owned(),
        Rule::OneOf(choices) => choices
            .iter()
            .map(|choice| describe_rule(choice))
            .collect::<Vec<_>>()
            .join(", or "),
    }
}

fn bounds<T: fmt::Display>(what: &str, min: Option<&T>, max: Option<&T>) -> String {
    match (min, max) {
        (None, None) => what.to_owned(),
        (Some(min), None) => format!("{what} from {min}"),
        (None, Some(max)) => format!("{what} up to {max}"),
        (Some(min), Some(max)) => format!("{what} from {min} to {max}"),
    }
}

fn count(number: u32, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Describes a value briefly; a long string by its length.
pub(super) fn show(value: &FieldValue<'_>) -> String {
    match value {
        FieldValue::String(text) if text.chars().count() > 40 => {
            format!("{} characters", text.chars().count())
        }
        FieldValue::Array(items) => count(u32::try_from(items.len()).unwrap_or(u32::MAX), "item"),
        FieldValue::Object(_) => "an object".to_owned(),
        other => Value::from(other.clone()).to_string(),
    }
}

/// Describes a pattern.
fn describe_pattern(pattern: &str) -> String {
    format!("a string that matches {pattern}")
}
