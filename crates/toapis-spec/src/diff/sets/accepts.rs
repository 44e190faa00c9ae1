//! Validates one value.

use std::cell::RefCell;
use std::collections::HashMap;

use regex_lite::Regex;
use serde_json::Value;

use super::conjunct::{Assumption, Conjunct, ValueSet};
use super::decimal::Decimal;
use super::values::{type_of, types, values};
use crate::diff::context::MessageRole;
use toapis_openapi::Node;

/// Excluded schemas are read as in requests, where an enum that may grow limits the values.
const EXCLUDED: MessageRole = MessageRole::Request;

/// Returns true if all hold, false if one does not; `None` if that is unknown.
fn all(outcomes: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for outcome in outcomes {
        match outcome {
            Some(false) => return Some(false),
            None => result = None,
            Some(true) => {}
        }
    }
    result
}

fn not(outcome: Option<bool>) -> Option<bool> {
    outcome.map(|holds| !holds)
}

/// Returns whether a set holds a value; `None` if unknown.
pub(super) fn set(set: &ValueSet<'_>, value: &Value, role: MessageRole) -> Option<bool> {
    match set {
        ValueSet::Never => Some(false),
        ValueSet::All {
            nodes,
            chosen,
            without,
        } => {
            if chosen.is_empty() {
                let nodes = nodes.iter().map(|node| schema(*node, value, role));
                return all(nodes.chain([Some(!without.contains(value))]));
            }
            let alternatives = super::conjunct::expand(set)?;
            let outcomes = alternatives.iter().map(|one| conjunct(one, value, role));
            not(all(outcomes.map(not)))
        }
    }
}

/// Returns whether an alternative holds a value; `None` if unknown.
pub(super) fn conjunct(one: &Conjunct<'_>, value: &Value, role: MessageRole) -> Option<bool> {
    let parts = one.parts.iter().map(|part| keywords(*part, value, role));
    let excluded = one
        .excluded
        .iter()
        .map(|node| not(schema(*node, value, EXCLUDED)));
    let without = Some(!one.without.contains(value));
    let assumed = one.assumed.iter().map(|(name, assumption)| {
        let property = value.get(name);
        Some(match assumption {
            Assumption::Absent => property.is_none(),
            Assumption::Present => property.is_some(),
            Assumption::Equals(expected) => property == Some(expected),
            Assumption::OneOfTheOthers(values) => {
                property.is_some_and(|property| !values.contains(property))
            }
        })
    });
    all(parts.chain(excluded).chain([without]).chain(assumed))
}

/// Returns whether a schema holds a value.
pub(super) fn schema(node: Node<'_>, value: &Value, role: MessageRole) -> Option<bool> {
    let node = node.resolve();
    let branches = |keyword: &str| -> Vec<_> {
        let nodes = node.get(keyword).into_iter().flat_map(Node::items);
        nodes.map(|branch| schema(branch, value, role)).collect()
    };
    let any_of = branches("anyOf");
    let any = any_of
        .is_empty()
        .then_some(true)
        .or_else(|| not(all(any_of.into_iter().map(not))));
    let one_of = branches("oneOf");
    let matching = one_of
        .iter()
        .filter(|outcome| **outcome == Some(true))
        .count();
    let is_unknown = one_of.iter().any(Option::is_none);
    let one = match matching {
        _ if one_of.is_empty() => Some(true),
        0 | 1 if is_unknown => None,
        count => Some(count == 1),
    };
    let excluded = node
        .get("not")
        .map(|node| not(schema(node, value, EXCLUDED)));
    let every = branches("allOf");
    all([
        keywords(node, value, role),
        any,
        one,
        excluded.unwrap_or(Some(true)),
    ]
    .into_iter()
    .chain(every))
}

/// Returns whether a schema's own keywords, without `allOf`, `anyOf`, `oneOf` and `not`, allow a
/// value.
fn keywords(part: Node<'_>, value: &Value, role: MessageRole) -> Option<bool> {
    if types(part) & type_of(value) == 0 {
        return Some(false);
    }
    let listed = values(part, role).is_none_or(|values| {
        let is_same = |other: &Value| match (other.as_number(), value.as_number()) {
            (Some(left), Some(right)) => Decimal::from_number(left) == Decimal::from_number(right),
            _ => other == value,
        };
        values.iter().any(is_same) || is_other_case(part, &values, value)
    });
    if !listed {
        return Some(false);
    }
    let number = |keyword: &str| part.get(keyword)?.as_number().map(Decimal::from_number);
    match value {
        Value::Null | Value::Bool(_) => Some(true),
        Value::Number(revision) => {
            let revision = Decimal::from_number(revision);
            let multiple = number("multipleOf").is_none_or(|base| revision.is_multiple_of(base));
            let one = Conjunct {
                parts: vec![part],
                ..Conjunct::default()
            };
            let low = one.limit(false, false).is_none_or(|limit| {
                revision > limit.value || (revision == limit.value && !limit.is_exclusive)
            });
            let high = one.limit(true, false).is_none_or(|limit| {
                revision < limit.value || (revision == limit.value && !limit.is_exclusive)
            });
            all([Some(multiple && low && high), format(part)])
        }
        Value::String(text) => {
            let pattern = part.get("pattern").and_then(Node::as_str);
            let matches = pattern.map_or(Some(true), |pattern| is_match(pattern, text));
            let length = is_count_within(
                text.chars().count(),
                number("minLength"),
                number("maxLength"),
            );
            all([Some(length), matches, format(part)])
        }
        Value::Array(items) => {
            let count = is_count_within(items.len(), number("minItems"), number("maxItems"));
            let is_unique = part.get("uniqueItems").and_then(Node::as_bool) != Some(true)
                || items
                    .iter()
                    .enumerate()
                    .all(|(index, item)| !items[..index].contains(item));
            let schema_of_items = part.get("items").filter(|node| node.is_map());
            let inner = items.iter().map(|item| match schema_of_items {
                Some(node) => schema(node, item, role),
                None => Some(true),
            });
            all(inner.chain([Some(count && is_unique)]))
        }
        Value::Object(map) => {
            let count =
                is_count_within(map.len(), number("minProperties"), number("maxProperties"));
            let one = Conjunct {
                parts: vec![part],
                ..Conjunct::default()
            };
            let complete = one.required(role).iter().all(|name| map.contains_key(name));
            let inner = map
                .iter()
                .map(|(name, value)| set(&one.property(name, role).0, value, role));
            all(inner.chain([Some(count && complete)]))
        }
    }
}

/// Returns whether a text matches a pattern; `None` if the pattern is not supported.
fn is_match(pattern: &str, text: &str) -> Option<bool> {
    thread_local! {
        static COMPILED: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
    }
    COMPILED.with_borrow_mut(|compiled| {
        let regex = compiled
            .entry(pattern.to_owned())
            .or_insert_with(|| Regex::new(pattern).ok());
        regex.as_ref().map(|regex| regex.is_match(text))
    })
}

fn is_count_within(count: usize, low: Option<Decimal>, high: Option<Decimal>) -> bool {
    let count = Decimal::from_integer(i128::try_from(count).unwrap_or(i128::MAX));
    low.is_none_or(|low| count >= low) && high.is_none_or(|high| count <= high)
}

fn is_other_case(part: Node<'_>, values: &[Value], value: &Value) -> bool {
    let ignores_case = part.get("x-ignore-case").and_then(Node::as_bool) == Some(true);
    let Some(text) = value.as_str().filter(|_| ignores_case) else {
        return false;
    };
    let mut texts = values.iter().filter_map(Value::as_str);
    texts.any(|other| other.to_lowercase() == text.to_lowercase())
}

/// Formats are not checked, so whether a value has one is unknown.
fn format(part: Node<'_>) -> Option<bool> {
    part.get("format").is_none().then_some(true)
}
