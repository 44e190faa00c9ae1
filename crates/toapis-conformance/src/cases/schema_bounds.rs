//! The keywords of a body's schema, at and beyond their bounds.

use serde_json::{Value, json};
use toapis_contract::{Contract, excerpt};
use toapis_openapi::{extensions::keys::IGNORE_CASE, pointer};

use crate::{
    case::Case,
    probe::{Probe, branches},
    report::CaseCategory,
    sample,
};

/// Maximum depth at which a body is changed: a setting inside an object inside `metadata`.
const MAX_DEPTH: usize = 5;

/// A character of several bytes, so that a limit that is counted in bytes fails.
const CHARACTER: &str = "猫";

/// Derives the cases of every keyword of every JSON body.
pub(crate) fn derive(contract: &Contract, cases: &mut Vec<Case>) {
    for operation in contract.operations() {
        for branch in branches(contract, operation) {
            let base = sample::sample(contract, &branch.schema);
            let mut walk = SchemaWalk {
                probe: Probe {
                    contract,
                    operation,
                    category: CaseCategory::Constraint,
                    label: branch.label,
                    schema: branch.schema.clone(),
                    expect_valid: branch.expect_valid,
                    cases,
                },
            };
            walk.value(&branch.schema, "", &base, MAX_DEPTH);
        }
    }
}

struct SchemaWalk<'p> {
    probe: Probe<'p>,
}

impl SchemaWalk<'_> {
    /// Changes the value at `place` of `base`, a valid body, by the schema at `schema`.
    fn value(&mut self, schema: &str, place: &str, base: &Value, depth: usize) {
        let contract = self.probe.contract;
        let Some((at, schema)) = contract.resolve_pointer(schema) else {
            return;
        };
        if depth == 0 {
            return;
        }
        if let Some(choice) = schema.get("oneOf").and_then(Value::as_array) {
            self.choice(&at, place, base, choice.len(), depth);
            return;
        }
        let mistyped = match schema.get("type").and_then(Value::as_str) {
            Some("string") => {
                self.string(&at, schema, place, base);
                json!(7)
            }
            Some("integer") => {
                self.number(&at, schema, place, base, 1.0);
                json!("1")
            }
            Some("number") => {
                self.number(&at, schema, place, base, 0.5);
                json!("0.5")
            }
            Some("boolean") => {
                for flag in [true, false] {
                    self.add_valid(&at, "type", place, &json!(flag), base);
                }
                json!("true")
            }
            Some("array") => {
                self.array(&at, schema, place, base, depth);
                json!({})
            }
            Some("object") => {
                self.object(&at, schema, place, base, depth);
                json!("text")
            }
            _ => return,
        };
        self.add_invalid(&at, "type", place, &mistyped, base);
        self.enum_values(&at, schema, place, base);
    }

    /// Adds a value for each branch of a `oneOf`, and one that matches no branch.
    fn choice(&mut self, at: &str, place: &str, base: &Value, branches: usize, depth: usize) {
        self.add_invalid(at, "oneOf", place, &json!(true), base);
        for position in 0..branches {
            let branch = format!("{at}/oneOf/{position}");
            let sample = sample::sample(self.probe.contract, &branch);
            let body = sample::set(base, place, sample.clone());
            if self.add_valid(at, "oneOf", place, &sample, base) {
                self.value(&branch, place, &body, depth - 1);
            }
        }
    }

    /// Adds every value of an `enum`, and another value.
    fn enum_values(&mut self, at: &str, schema: &Value, place: &str, base: &Value) {
        let Some(values) = schema.get("enum").and_then(Value::as_array) else {
            return;
        };
        for value in values {
            self.add_valid(at, "enum", place, value, base);
        }
        let any_case = schema.get(IGNORE_CASE) == Some(&Value::Bool(true));
        if let Some(word) = values.first().and_then(Value::as_str).filter(|_| any_case) {
            let swapped: String = word.chars().map(swap_case).collect();
            self.add_valid(at, IGNORE_CASE, place, &json!(swapped), base);
        }
        let other = match values.first() {
            Some(Value::String(_)) => json!("no-such-value"),
            _ => values
                .iter()
                .filter_map(Value::as_i64)
                .max()
                .map_or(Value::Null, |max| json!(max + 1)),
        };
        self.add_invalid(at, "enum", place, &other, base);
    }

    fn string(&mut self, at: &str, schema: &Value, place: &str, base: &Value) {
        let text = |length: u64| CHARACTER.repeat(usize::try_from(length).unwrap_or(0));
        if let Some(max) = schema.get("maxLength").and_then(Value::as_u64) {
            let variant = |length: u64| format!("{length} characters");
            self.add(
                at,
                "maxLength",
                place,
                &json!(text(max)),
                base,
                variant(max),
                true,
            );
            self.add(
                at,
                "maxLength",
                place,
                &json!(text(max + 1)),
                base,
                variant(max + 1),
                false,
            );
        }
        if let Some(min) = schema
            .get("minLength")
            .and_then(Value::as_u64)
            .filter(|min| *min > 0)
        {
            self.add_valid(at, "minLength", place, &json!(text(min)), base);
            self.add_invalid(at, "minLength", place, &json!(text(min - 1)), base);
        }
        if schema.get("pattern").is_some() {
            for other in ["data:image/png;base64,iVBORw0KGgo=", "no such form"] {
                self.add_invalid(at, "pattern", place, &json!(other), base);
            }
        }
    }

    fn number(&mut self, at: &str, schema: &Value, place: &str, base: &Value, step: f64) {
        for (keyword, exclusive, towards) in [
            ("minimum", "exclusiveMinimum", -step),
            ("maximum", "exclusiveMaximum", step),
        ] {
            let Some(bound) = schema.get(keyword).and_then(Value::as_f64) else {
                continue;
            };
            let is_integer = step >= 1.0;
            if schema.get(exclusive) == Some(&Value::Bool(true)) {
                self.add_valid(
                    at,
                    keyword,
                    place,
                    &number(bound - towards, is_integer),
                    base,
                );
                self.add_invalid(at, keyword, place, &number(bound, is_integer), base);
            } else {
                self.add_valid(at, keyword, place, &number(bound, is_integer), base);
                self.add_invalid(
                    at,
                    keyword,
                    place,
                    &number(bound + towards, is_integer),
                    base,
                );
            }
        }
        if step >= 1.0 {
            self.add_invalid(at, "type", place, &json!(1.5), base);
        }
    }

    fn array(&mut self, at: &str, schema: &Value, place: &str, base: &Value, depth: usize) {
        let items = format!("{at}/items");
        let item = sample::sample(self.probe.contract, &items);
        let list =
            |count: u64| Value::Array(vec![item.clone(); usize::try_from(count).unwrap_or(0)]);
        let variant = |count: u64| format!("{count} items");
        if let Some(max) = schema.get("maxItems").and_then(Value::as_u64) {
            self.add(at, "maxItems", place, &list(max), base, variant(max), true);
            self.add(
                at,
                "maxItems",
                place,
                &list(max + 1),
                base,
                variant(max + 1),
                false,
            );
        }
        if let Some(min) = schema
            .get("minItems")
            .and_then(Value::as_u64)
            .filter(|min| *min > 0)
        {
            self.add(at, "minItems", place, &list(min), base, variant(min), true);
            self.add(
                at,
                "minItems",
                place,
                &list(min - 1),
                base,
                variant(min - 1),
                false,
            );
        }
        let one = sample::set(base, place, list(1));
        if let Some(body) = self.probe.complete(one) {
            self.value(&items, &format!("{place}/0"), &body, depth - 1);
        }
    }

    fn object(&mut self, at: &str, schema: &Value, place: &str, base: &Value, depth: usize) {
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for name in required.filter_map(Value::as_str) {
            let below = pointer::join(place, name);
            let body = sample::remove(base, &below);
            self.probe.add_invalid(
                &below,
                "omitted".to_owned(),
                format!("{at}/required"),
                &body,
            );
        }
        if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
            let below = pointer::join(place, "no_such_field");
            let body = sample::set(base, &below, json!(1));
            self.probe.add_invalid(
                &below,
                "unknown field".to_owned(),
                format!("{at}/additionalProperties"),
                &body,
            );
        }
        for name in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|all| all.keys())
        {
            // The model selects the branch; models have cases of their own.
            if place.is_empty() && name == "model" {
                continue;
            }
            let property = pointer::join(&format!("{at}/properties"), name);
            let below = pointer::join(place, name);
            let body = if base.pointer(&below).is_some() {
                Some(base.clone())
            } else {
                let sample = sample::sample(self.probe.contract, &property);
                self.probe.complete(sample::set(base, &below, sample))
            };
            if let Some(body) = body {
                self.value(&property, &below, &body, depth - 1);
            }
        }
    }

    fn add_valid(
        &mut self,
        at: &str,
        keyword: &str,
        place: &str,
        value: &Value,
        base: &Value,
    ) -> bool {
        self.add(at, keyword, place, value, base, show(value), true)
    }

    fn add_invalid(&mut self, at: &str, keyword: &str, place: &str, value: &Value, base: &Value) {
        self.add(at, keyword, place, value, base, show(value), false);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "each argument is another part of the case"
    )]
    fn add(
        &mut self,
        at: &str,
        keyword: &str,
        place: &str,
        value: &Value,
        base: &Value,
        variant: String,
        is_valid: bool,
    ) -> bool {
        let body = sample::set(base, place, value.clone());
        let pointer = format!("{at}/{keyword}");
        if is_valid {
            self.probe.add_valid(place, variant, pointer, body)
        } else {
            self.probe.add_invalid(place, variant, pointer, &body);
            true
        }
    }
}

/// Returns a value as text for the name of a case.
fn show(value: &Value) -> String {
    match value.as_str() {
        Some("") => "an empty string".to_owned(),
        _ => excerpt(&value.to_string()),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "bounds in the contract are small integers"
)]
fn number(value: f64, is_integer: bool) -> Value {
    if is_integer {
        json!(value as i64)
    } else {
        json!(value)
    }
}

fn swap_case(letter: char) -> char {
    if letter.is_ascii_lowercase() {
        letter.to_ascii_uppercase()
    } else {
        letter.to_ascii_lowercase()
    }
}
