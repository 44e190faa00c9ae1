//! Each rule of `x-models`, which JSON Schema cannot say, tried just inside and just outside.

use serde_json::{Value, json};

use super::{
    case::{Case, Expect},
    probe::Probe,
    report::Topic,
    value,
};
use crate::{contract::Contract, model::Model, pointer};

pub(super) fn derive(contract: &Contract, cases: &mut Vec<Case>) {
    for model in contract.models() {
        let Some(operation) = contract.operation(model.operation()) else {
            continue;
        };
        let schema = model.schema_pointer().trim_start_matches('#').to_owned();
        let sample = value::sample(contract, &schema);
        let mut probe = Probe {
            contract,
            operation,
            topic: Topic::ModelRule,
            label: model.name().to_owned(),
            schema,
            legal: Expect::Accepted,
            cases,
        };
        let base = value::set(&sample, "/model", json!(model.name()));
        for (position, rule) in list(model, "rules").iter().enumerate() {
            let at = format!(
                "{}/rules/{position}",
                pointer::join("/x-models", model.name())
            );
            try_rule(&mut probe, &base, rule, &at);
        }
    }
}

fn try_rule(probe: &mut Probe<'_>, base: &Value, rule: &Value, at: &str) {
    match rule.get("rule").and_then(Value::as_str) {
        Some("sum_max") => sum_max(probe, base, rule, at),
        Some("requires") => requires(probe, base, rule, at),
        Some("only_sizes") => only_sizes(probe, base, rule, at),
        Some("pixel_bounds") => pixel_bounds(probe, base, rule, at),
        // Loading refuses every other rule.
        _ => {}
    }
}

/// As many references as the field takes, and as many pictures as are left of the sum; then one more.
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
    let most = property(probe, references, "maxItems").and_then(|most| most.as_u64());
    let given = most.unwrap_or(max).min(max.saturating_sub(1));
    let item = value::sample(
        probe.contract,
        &format!("{}/properties/{references}/items", probe.schema),
    );
    let body = |count_value: u64| {
        let items = vec![item.clone(); usize::try_from(given).unwrap_or(0)];
        let body = value::set(base, &format!("/{references}"), Value::Array(items));
        value::set(&body, &format!("/{count}"), json!(count_value))
    };
    let said = |count_value: u64| format!("{given} references and {count_value} pictures");
    let left = max - given;
    probe.inside("", said(left), at.to_owned(), body(left));
    probe.outside("", said(left + 1), at.to_owned(), &body(left + 1));
}

/// A value that needs another field, with it and without it.
fn requires(probe: &mut Probe<'_>, base: &Value, rule: &Value, at: &str) {
    let (Some((field, values)), Some(needed)) =
        (when(rule), rule.get("field").and_then(Value::as_str))
    else {
        return;
    };
    for value in values {
        let place = place_of(&field);
        let without = value::remove(&value::set(base, &place, json!(value)), &place_of(needed));
        let sample = value::sample(
            probe.contract,
            &format!("{}/properties/{needed}", probe.schema),
        );
        let with = value::set(&without, &place_of(needed), sample);
        probe.inside(
            &place,
            format!("{value} with {needed}"),
            at.to_owned(),
            with,
        );
        probe.outside(
            &place,
            format!("{value} without {needed}"),
            at.to_owned(),
            &without,
        );
    }
}

/// A value that narrows the sizes, with each size that is left and with one that is not.
fn only_sizes(probe: &mut Probe<'_>, base: &Value, rule: &Value, at: &str) {
    let Some((field, values)) = when(rule) else {
        return;
    };
    let left: Vec<&str> = words(rule.get("sizes")).collect();
    let all = property(probe, "size", "enum");
    let gone = words(all.as_ref())
        .find(|size| !left.contains(size))
        .map(str::to_owned);
    for value in values {
        let narrowed = value::set(base, &place_of(&field), json!(value));
        for size in &left {
            let body = value::set(&narrowed, "/size", json!(size));
            probe.inside("/size", format!("{size} at {value}"), at.to_owned(), body);
        }
        if let Some(size) = &gone {
            let body = value::set(&narrowed, "/size", json!(size));
            probe.outside("/size", format!("{size} at {value}"), at.to_owned(), &body);
        }
    }
}

/// The smallest and largest square and the narrowest strip, and each a little beyond.
fn pixel_bounds(probe: &mut Probe<'_>, base: &Value, rule: &Value, at: &str) {
    let number = |name: &str| rule.get(name).and_then(Value::as_u64);
    let (Some(field), Some(least), Some(most), Some(ratio)) = (
        rule.get("field").and_then(Value::as_str),
        number("min_area"),
        number("max_area"),
        number("max_ratio").filter(|ratio| *ratio > 0),
    ) else {
        return;
    };
    let (small, large) = (least.isqrt(), most.isqrt());
    let narrow = (least / ratio).isqrt() + 1;
    let inside = [(small, small), (large, large), (narrow * ratio, narrow)];
    let outside = [
        (small, small - 1),
        (large, large + 1),
        (narrow * ratio + 1, narrow),
    ];
    let place = place_of(field);
    for (width, height) in inside {
        let size = format!("{width}x{height}");
        let body = value::set(base, &place, json!(size));
        probe.inside(&place, size, at.to_owned(), body);
    }
    for (width, height) in outside {
        let size = format!("{width}x{height}");
        let body = value::set(base, &place, json!(size));
        probe.outside(&place, size, at.to_owned(), &body);
    }
}

/// A keyword of a top-level property of the probe's schema.
fn property(probe: &Probe<'_>, name: &str, keyword: &str) -> Option<Value> {
    let at = pointer::join(&format!("{}/properties", probe.schema), name);
    pointer::follow(probe.contract.document(), &at)
        .ok()
        .and_then(|(_, schema)| schema.get(keyword).cloned())
}

/// The field and the values of `when`.
fn when(rule: &Value) -> Option<(String, Vec<String>)> {
    let (field, values) = rule.get("when")?.as_object()?.iter().next()?;
    Some((
        field.clone(),
        words(Some(values)).map(str::to_owned).collect(),
    ))
}

fn place_of(field: &str) -> String {
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
