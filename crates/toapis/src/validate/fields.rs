//! Rules for single fields.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use regex_lite::Regex;
use toapis_client::FieldValue;

use super::describe::{describe_rule, show};
use super::path::Path;
use super::{Constraint, Violation, Violations};
use crate::catalog::{Field, Rule, Text};

impl Violations {
    /// Checks the fields of an object, which `field` returns by name.
    pub(super) fn object<'v>(
        &mut self,
        path: Path<'_>,
        fields: &'static [Field],
        get: impl Fn(&str) -> Option<FieldValue<'v>>,
    ) {
        for field in fields {
            let path = Path::Field(&path, field.name);
            match get(field.name) {
                Some(value) => self.value(path, field.rule, &value),
                None if field.required => {
                    self.add(
                        path,
                        Constraint::Required,
                        "missing",
                        describe_rule(field.rule),
                    );
                }
                None => {}
            }
        }
    }

    fn value(&mut self, path: Path<'_>, rule: &'static Rule, value: &FieldValue<'_>) {
        let wrong = match (rule, value) {
            (Rule::Any, _) | (Rule::Flag, FieldValue::Bool(_)) => None,
            (Rule::Text(text), FieldValue::String(given)) => text_breaks(text, given),
            (Rule::Integer { min, max, one_of }, FieldValue::Number(given)) => match given.as_i64()
            {
                None => Some(Constraint::Type),
                Some(given) if !one_of.is_empty() => {
                    (!one_of.contains(&given)).then_some(Constraint::OneOf)
                }
                Some(given) => {
                    let inside =
                        min.is_none_or(|min| given >= min) && max.is_none_or(|max| given <= max);
                    (!inside).then_some(Constraint::Range)
                }
            },
            (Rule::Number { min, max }, FieldValue::Number(given)) => {
                let given = given.as_f64().unwrap_or(f64::NAN);
                let inside =
                    min.is_none_or(|min| given >= min) && max.is_none_or(|max| given <= max);
                (!inside).then_some(Constraint::Range)
            }
            (Rule::List { min, max, item }, FieldValue::Array(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.value(Path::Item(&path, index), item, &FieldValue::from(value));
                }
                let inside = items.len() >= *min as usize
                    && max.is_none_or(|max| items.len() <= max as usize);
                (!inside).then_some(Constraint::ItemCount)
            }
            (Rule::Object(fields), FieldValue::Object(object)) => {
                self.object(path, fields, |name| object.get(name).map(FieldValue::from));
                None
            }
            (Rule::OneOf(choices), _) => return self.one_of(path, choices, value),
            _ => Some(Constraint::Type),
        };
        if let Some(wrong) = wrong {
            self.add(path, wrong, show(value), describe_rule(rule));
        }
    }

    /// Checks that any choice accepts the value. Otherwise reports the violations of the choice
    /// with its type, or the wrong type.
    fn one_of(
        &mut self,
        path: Path<'_>,
        choices: &'static [&'static Rule],
        value: &FieldValue<'_>,
    ) {
        let mut closest: Option<Vec<Violation>> = None;
        let is_here = |violation: &Violation| violation.field == path.to_string();
        for choice in choices {
            let mut tried = Violations(Vec::new());
            tried.value(path, choice, value);
            if tried.0.is_empty() {
                return;
            }
            let is_type = tried
                .0
                .iter()
                .any(|violation| is_here(violation) && violation.rule == Constraint::Type);
            if !is_type && closest.is_none() {
                closest = Some(tried.0);
            }
        }
        match closest {
            // If several choices have the type, the message lists all of them.
            Some(violations) if violations.len() == 1 && is_here(&violations[0]) => {
                let offers: Vec<_> = choices.iter().map(|choice| describe_rule(choice)).collect();
                self.add(path, violations[0].rule, show(value), offers.join(", or "));
            }
            Some(violations) => self.0.extend(violations),
            None => {
                let offers: Vec<_> = choices.iter().map(|choice| describe_rule(choice)).collect();
                self.add(path, Constraint::Type, show(value), offers.join(", or "));
            }
        }
    }
}

/// Returns the rule that a string breaks, if any.
fn text_breaks(text: &Text, given: &str) -> Option<Constraint> {
    let chars = given.chars().count();
    if !text.one_of.is_empty() {
        let taken = text.one_of.iter().any(|value| {
            *value == given || (text.ignore_case && value.eq_ignore_ascii_case(given))
        });
        return (!taken).then_some(Constraint::OneOf);
    }
    if chars < text.min_chars as usize || text.max_chars.is_some_and(|max| chars > max as usize) {
        return Some(Constraint::Length);
    }
    text.pattern
        .is_some_and(|pattern| !matches_pattern(pattern, given))
        .then_some(Constraint::Pattern)
}

/// Returns true if a string matches a pattern of the contract. Each pattern is compiled once.
fn matches_pattern(pattern: &'static str, text: &str) -> bool {
    static COMPILED: Mutex<BTreeMap<&str, Option<Arc<Regex>>>> = Mutex::new(BTreeMap::new());
    let regex = COMPILED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(pattern)
        .or_insert_with(|| Regex::new(pattern).ok().map(Arc::new))
        .clone();
    // A pattern that this engine does not support is not checked; the service does.
    regex.is_none_or(|regex| regex.is_match(text))
}
