//! The rules of `x-models` across several fields, at and beyond their bounds.

use serde_json::{Value, json};
use toapis_contract::{Contract, Model, pointer};

use crate::{
    case::{Case, Expect},
    probe::Probe,
    report::CaseCategory,
    sample,
};

/// Derives the cases of every rule of every model.
pub(crate) fn derive(contract: &Contract, cases: &mut Vec<Case>) {
    for model in contract.models() {
        let Some(operation) = contract.operation(model.operation()) else {
            continue;
        };
        let schema = model.schema_pointer();
        let base = sample::sample(contract, &schema);
        let mut probe = Probe {
            contract,
            operation,
            category: CaseCategory::ModelRule,
            label: model.name().to_owned(),
            schema,
            expect_valid: Expect::Accepted,
            cases,
        };
        let base = sample::set(&base, "/model", json!(model.name()));
        for (position, rule) in list(model, "rules").iter().enumerate() {
            let at = format!(
                "{}/rules/{position}",
                pointer::join("#/x-models", model.name())
            );
            derive_rule(&mut probe, &base, rule, &at);
        }
    }
}

fn derive_rule(probe: &mut Probe<'_>, base: &Value, rule: &Value, at: &str) {
    match rule.get("rule").and_then(Value::as_str) {
        Some("sum_max") => sum_max(probe, base, rule, at),
        Some("requires") => requires(probe, base, rule, at),
        Some("only_sizes") => only_sizes(probe, base, rule, at),
        Some("pixel_bounds") => pixel_bounds(probe, base, rule, at),
        // A contract with another rule does not load.
        _ => {}
    }
}

/// Adds the maximum of references with the images that remain of the sum, then one image more.
fn sum_max(probe: &mut Probe<'_>, base: &Value, rule: &Value, at: &str) {
    let fields: Vec<&str> = words(rule.get("fields")).collect();
    let is_list =
        |field: &&&str| property(probe, field, "type").is_some_and(|kind| kind == "array");
    let (Some(references), Some(count), Some(max)) = (
        fields.iter().find(is_list),
        fields.iter().find(|field| !is_list(field)),
        rule.get("max").and_then(Value::as_u64),
    ) else {
        return;
    };
    let max_items = property(probe, references, "maxItems").and_then(|count| count.as_u64());
    let given = max_items.unwrap_or(max).min(max.saturating_sub(1));
    let item = sample::sample(
        probe.contract,
        &format!("{}/properties/{references}/items", probe.schema),
    );
    let body = |count_value: u64| {
        let items = vec![item.clone(); usize::try_from(given).unwrap_or(0)];
        let body = sample::set(base, &format!("/{references}"), Value::Array(items));
        sample::set(&body, &format!("/{count}"), json!(count_value))
    };
    let variant = |count_value: u64| format!("{given} references and {count_value} images");
    let remaining = max - given;
    probe.add_valid("", variant(remaining), at.to_owned(), body(remaining));
    probe.add_invalid(
        "",
        variant(remaining + 1),
        at.to_owned(),
        &body(remaining + 1),
    );
}

/// Adds a value that requires another field, with and without that field.
fn requires(probe: &mut Probe<'_>, base: &Value, rule: &Value, at: &str) {
    let (Some((field, values)), Some(needed)) =
        (when(rule), rule.get("field").and_then(Value::as_str))
    else {
        return;
    };
    for value in values {
        let place = pointer_of(&field);
        let without = sample::remove(
            &sample::set(base, &place, json!(value)),
            &pointer_of(needed),
        );
        let sample = sample::sample(
            probe.contract,
            &format!("{}/properties/{needed}", probe.schema),
        );
        let with = sample::set(&without, &pointer_of(needed), sample);
        probe.add_valid(
            &place,
            format!("{value} with {needed}"),
            at.to_owned(),
            with,
        );
        probe.add_invalid(
            &place,
            format!("{value} without {needed}"),
            at.to_owned(),
            &without,
        );
    }
}

/// Adds a value that restricts the sizes, with each allowed size and with a forbidden one.
fn only_sizes(probe: &mut Probe<'_>, base: &Value, rule: &Value, at: &str) {
    let Some((field, values)) = when(rule) else {
        return;
    };
    let allowed: Vec<&str> = words(rule.get("sizes")).collect();
    let all = property(probe, "size", "enum");
    let forbidden = words(all.as_ref())
        .find(|size| !allowed.contains(size))
        .map(str::to_owned);
    for value in values {
        let narrowed = sample::set(base, &pointer_of(&field), json!(value));
        for size in &allowed {
            let body = sample::set(&narrowed, "/size", json!(size));
            probe.add_valid("/size", format!("{size} at {value}"), at.to_owned(), body);
        }
        if let Some(size) = &forbidden {
            let body = sample::set(&narrowed, "/size", json!(size));
            probe.add_invalid("/size", format!("{size} at {value}"), at.to_owned(), &body);
        }
    }
}

/// Adds the smallest and the largest square and the narrowest size, and each one pixel beyond.
fn pixel_bounds(probe: &mut Probe<'_>, base: &Value, rule: &Value, at: &str) {
    let number = |name: &str| rule.get(name).and_then(Value::as_u64);
    let (Some(field), Some(min_area), Some(max_area), Some(ratio)) = (
        rule.get("field").and_then(Value::as_str),
        number("min_area"),
        number("max_area"),
        number("max_ratio").filter(|ratio| *ratio > 0),
    ) else {
        return;
    };
    let (small, large) = (min_area.isqrt(), max_area.isqrt());
    let narrow = (min_area / ratio).isqrt() + 1;
    let valid = [(small, small), (large, large), (narrow * ratio, narrow)];
    let invalid = [
        (small, small - 1),
        (large, large + 1),
        (narrow * ratio + 1, narrow),
    ];
    let place = pointer_of(field);
    for (width, height) in valid {
        let size = format!("{width}x{height}");
        let body = sample::set(base, &place, json!(size));
        probe.add_valid(&place, size, at.to_owned(), body);
    }
    for (width, height) in invalid {
        let size = format!("{width}x{height}");
        let body = sample::set(base, &place, json!(size));
        probe.add_invalid(&place, size, at.to_owned(), &body);
    }
}

/// Returns a keyword of a top-level property of the probe's schema.
fn property(probe: &Probe<'_>, name: &str, keyword: &str) -> Option<Value> {
    let at = pointer::join(&format!("{}/properties", probe.schema), name);
    probe.contract.resolve(&at)?.get(keyword).cloned()
}

/// Returns the field and the values of `when`.
fn when(rule: &Value) -> Option<(String, Vec<String>)> {
    let (field, values) = rule.get("when")?.as_object()?.iter().next()?;
    Some((
        field.clone(),
        words(Some(values)).map(str::to_owned).collect(),
    ))
}

fn pointer_of(field: &str) -> String {
    field
        .split('.')
        .fold(String::new(), |at, name| pointer::join(&at, name))
}

fn words(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn list<'m>(model: &'m Model, name: &str) -> &'m [Value] {
    model
        .entry()
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
