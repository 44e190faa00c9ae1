//! Each keyword of a body's schema, tried just inside and just outside.

use serde_json::{Value, json};

use super::{
    case::Case,
    probe::{Probe, branches},
    report::Topic,
    value,
};
use crate::{contract::Contract, pointer, schema::IGNORE_CASE};

/// How deep a body is walked: deep enough for a setting inside an object inside `metadata`.
const DEPTH: usize = 5;

/// Longer than one byte, so that a limit that is counted in bytes shows.
const CHARACTER: &str = "猫";

pub(super) fn derive(contract: &Contract, cases: &mut Vec<Case>) {
    for operation in contract.operations() {
        for branch in branches(contract, operation) {
            let base = value::sample(contract, &branch.schema);
            let mut walk = Walk {
                probe: Probe {
                    contract,
                    operation,
                    topic: Topic::Constraint,
                    label: branch.label,
                    schema: branch.schema.clone(),
                    legal: branch.legal,
                    cases,
                },
            };
            walk.value(&branch.schema, "", &base, DEPTH);
        }
    }
}

struct Walk<'p> {
    probe: Probe<'p>,
}

impl Walk<'_> {
    /// Tries the schema at `schema` on what stands at `place` of `base`, which is legal.
    fn value(&mut self, schema: &str, place: &str, base: &Value, depth: usize) {
        let contract = self.probe.contract;
        let Ok((at, schema)) = pointer::follow(contract.document(), schema) else {
            return;
        };
        if depth == 0 {
            return;
        }
        if let Some(choice) = schema.get("oneOf").and_then(Value::as_array) {
            self.choice(&at, place, base, choice.len(), depth);
            return;
        }
        let wrong = match schema.get("type").and_then(Value::as_str) {
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
                    self.inside(&at, "type", place, &json!(flag), base);
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
        self.outside(&at, "type", place, &wrong, base);
        self.one_of_many(&at, schema, place, base);
    }

    /// A choice is tried branch by branch, and with something that fits none.
    fn choice(&mut self, at: &str, place: &str, base: &Value, branches: usize, depth: usize) {
        self.outside(at, "oneOf", place, &json!(true), base);
        for position in 0..branches {
            let branch = format!("{at}/oneOf/{position}");
            let sample = value::sample(self.probe.contract, &branch);
            let body = value::set(base, place, sample.clone());
            if self.inside(at, "oneOf", place, &sample, base) {
                self.value(&branch, place, &body, depth - 1);
            }
        }
    }

    /// Every value of an `enum`, and one that is none.
    fn one_of_many(&mut self, at: &str, schema: &Value, place: &str, base: &Value) {
        let Some(values) = schema.get("enum").and_then(Value::as_array) else {
            return;
        };
        for value in values {
            self.inside(at, "enum", place, value, base);
        }
        let any_case = schema.get(IGNORE_CASE) == Some(&Value::Bool(true));
        if let Some(word) = values.first().and_then(Value::as_str).filter(|_| any_case) {
            let turned: String = word.chars().map(turn).collect();
            self.inside(at, IGNORE_CASE, place, &json!(turned), base);
        }
        let none = match values.first() {
            Some(Value::String(_)) => json!("no-such-value"),
            _ => values
                .iter()
                .filter_map(Value::as_i64)
                .max()
                .map_or(Value::Null, |most| json!(most + 1)),
        };
        self.outside(at, "enum", place, &none, base);
    }

    fn string(&mut self, at: &str, schema: &Value, place: &str, base: &Value) {
        let text = |length: u64| CHARACTER.repeat(usize::try_from(length).unwrap_or(0));
        if let Some(most) = schema.get("maxLength").and_then(Value::as_u64) {
            let said = |length: u64| format!("{length} characters");
            self.tried(
                at,
                "maxLength",
                place,
                &json!(text(most)),
                base,
                said(most),
                true,
            );
            self.tried(
                at,
                "maxLength",
                place,
                &json!(text(most + 1)),
                base,
                said(most + 1),
                false,
            );
        }
        if let Some(least) = schema
            .get("minLength")
            .and_then(Value::as_u64)
            .filter(|least| *least > 0)
        {
            self.inside(at, "minLength", place, &json!(text(least)), base);
            self.outside(at, "minLength", place, &json!(text(least - 1)), base);
        }
        if schema.get("pattern").is_some() {
            for none in ["data:image/png;base64,iVBORw0KGgo=", "no such form"] {
                self.outside(at, "pattern", place, &json!(none), base);
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
            let whole = step >= 1.0;
            if schema.get(exclusive) == Some(&Value::Bool(true)) {
                self.inside(at, keyword, place, &number(bound - towards, whole), base);
                self.outside(at, keyword, place, &number(bound, whole), base);
            } else {
                self.inside(at, keyword, place, &number(bound, whole), base);
                self.outside(at, keyword, place, &number(bound + towards, whole), base);
            }
        }
        if step >= 1.0 {
            self.outside(at, "type", place, &json!(1.5), base);
        }
    }

    fn array(&mut self, at: &str, schema: &Value, place: &str, base: &Value, depth: usize) {
        let items = format!("{at}/items");
        let item = value::sample(self.probe.contract, &items);
        let list =
            |count: u64| Value::Array(vec![item.clone(); usize::try_from(count).unwrap_or(0)]);
        let said = |count: u64| format!("{count} items");
        if let Some(most) = schema.get("maxItems").and_then(Value::as_u64) {
            self.tried(at, "maxItems", place, &list(most), base, said(most), true);
            self.tried(
                at,
                "maxItems",
                place,
                &list(most + 1),
                base,
                said(most + 1),
                false,
            );
        }
        if let Some(least) = schema
            .get("minItems")
            .and_then(Value::as_u64)
            .filter(|least| *least > 0)
        {
            self.tried(at, "minItems", place, &list(least), base, said(least), true);
            self.tried(
                at,
                "minItems",
                place,
                &list(least - 1),
                base,
                said(least - 1),
                false,
            );
        }
        let one = value::set(base, place, list(1));
        if let Some(body) = self.probe.repaired(one) {
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
            let body = value::remove(base, &below);
            self.probe.outside(
                &below,
                "left out".to_owned(),
                format!("{at}/required"),
                &body,
            );
        }
        if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
            let below = pointer::join(place, "no_such_field");
            let body = value::set(base, &below, json!(1));
            self.probe.outside(
                &below,
                "a field too many".to_owned(),
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
            // Which model it is decides on the branch; the models have cases of their own.
            if place.is_empty() && name == "model" {
                continue;
            }
            let property = pointer::join(&format!("{at}/properties"), name);
            let below = pointer::join(place, name);
            let body = if base.pointer(&below).is_some() {
                Some(base.clone())
            } else {
                let sample = value::sample(self.probe.contract, &property);
                self.probe.repaired(value::set(base, &below, sample))
            };
            if let Some(body) = body {
                self.value(&property, &below, &body, depth - 1);
            }
        }
    }

    fn inside(
        &mut self,
        at: &str,
        keyword: &str,
        place: &str,
        value: &Value,
        base: &Value,
    ) -> bool {
        self.tried(at, keyword, place, value, base, show(value), true)
    }

    fn outside(&mut self, at: &str, keyword: &str, place: &str, value: &Value, base: &Value) {
        self.tried(at, keyword, place, value, base, show(value), false);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "each is another part of one sentence: this value at this place, by this rule"
    )]
    fn tried(
        &mut self,
        at: &str,
        keyword: &str,
        place: &str,
        value: &Value,
        base: &Value,
        said: String,
        legal: bool,
    ) -> bool {
        let body = value::set(base, place, value.clone());
        let pointer = format!("{at}/{keyword}");
        if legal {
            self.probe.inside(place, said, pointer, body)
        } else {
            self.probe.outside(place, said, pointer, &body);
            true
        }
    }
}

/// A value as a case shows it.
fn show(value: &Value) -> String {
    match value.as_str() {
        Some("") => "an empty string".to_owned(),
        _ => crate::violation::shorten(&value.to_string()),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "bounds of the contract are small whole numbers"
)]
fn number(value: f64, whole: bool) -> Value {
    if whole {
        json!(value as i64)
    } else {
        json!(value)
    }
}

fn turn(letter: char) -> char {
    if letter.is_ascii_lowercase() {
        letter.to_ascii_uppercase()
    } else {
        letter.to_ascii_lowercase()
    }
}
