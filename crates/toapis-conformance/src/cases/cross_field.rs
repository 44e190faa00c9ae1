//! The rules of `x-models` across several fields, at and beyond their bounds.

use serde_json::{Value, json};
use toapis_contract::Contract;
use toapis_openapi::{
    extensions::{Condition, ModelRule},
    pointer,
};

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
        let rules = pointer::join("#/x-models", model.name()) + "/rules";
        let mut walk = RuleWalk {
            base: sample::set(&base, "/model", json!(model.name())),
            pointer: String::new(),
            probe: Probe {
                contract,
                operation,
                category: CaseCategory::ModelRule,
                label: model.name().to_owned(),
                schema,
                expect_valid: Expect::Accepted,
                cases,
            },
        };
        for (position, rule) in model.rules().iter().enumerate() {
            walk.pointer = format!("{rules}/{position}");
            walk.derive_rule(rule);
        }
    }
}

/// Changes a valid body by the rule at `pointer`.
struct RuleWalk<'p> {
    probe: Probe<'p>,
    base: Value,
    pointer: String,
}

impl RuleWalk<'_> {
    fn derive_rule(&mut self, rule: &ModelRule) {
        match rule {
            ModelRule::SumMax { fields, max, .. } => self.sum_max(fields, *max),
            ModelRule::Requires { when, field, .. } => self.requires(when, field),
            ModelRule::OnlySizes { when, sizes, .. } => self.only_sizes(when, sizes),
            ModelRule::PixelBounds {
                field,
                min_area,
                max_area,
                max_ratio,
                ..
            } => self.pixel_bounds(field, *min_area, *max_area, u64::from(*max_ratio)),
        }
    }

    /// Adds the maximum of references with the images that remain of the sum, then one image more.
    fn sum_max(&mut self, fields: &[String], max: u64) {
        let (lists, numbers): (Vec<&String>, Vec<&String>) = fields.iter().partition(|field| {
            self.property(field, "type")
                .is_some_and(|kind| kind == "array")
        });
        let (Some(references), Some(count)) = (lists.first(), numbers.first()) else {
            return;
        };
        let max_items = self.property(references, "maxItems");
        let max_items = max_items.and_then(|count| count.as_u64()).unwrap_or(max);
        let given = max_items.min(max.saturating_sub(1));
        let items = format!("{}/properties/{references}/items", self.probe.schema);
        let item = sample::sample(self.probe.contract, &items);
        let items = vec![item; usize::try_from(given).unwrap_or(0)];
        let base = sample::set(&self.base, &format!("/{references}"), Value::Array(items));
        for (images, is_valid) in [(max - given, true), (max - given + 1, false)] {
            let variant = format!("{given} references and {images} images");
            let body = sample::set(&base, &format!("/{count}"), json!(images));
            self.add("", variant, body, is_valid);
        }
    }

    /// Adds a value that requires another field, with and without that field.
    fn requires(&mut self, when: &Condition, field: &str) {
        let place = pointer_of(&when.field);
        let required = pointer_of(field);
        let schema = format!("{}/properties/{field}", self.probe.schema);
        let sample = sample::sample(self.probe.contract, &schema);
        for value in &when.one_of {
            let body = sample::set(&self.base, &place, json!(value));
            let without = sample::remove(&body, &required);
            let with = sample::set(&without, &required, sample.clone());
            self.add(&place, format!("{value} with {field}"), with, true);
            self.add(&place, format!("{value} without {field}"), without, false);
        }
    }

    /// Adds a value that restricts the sizes, with each allowed size and with a forbidden one.
    fn only_sizes(&mut self, when: &Condition, allowed: &[String]) {
        let all = self.property("size", "enum");
        let all = all.as_ref().and_then(Value::as_array).into_iter().flatten();
        let forbidden = all
            .filter_map(Value::as_str)
            .find(|size| !allowed.iter().any(|one| one == size));
        for value in &when.one_of {
            let base = sample::set(&self.base, &pointer_of(&when.field), json!(value));
            let sizes = allowed.iter().map(|size| (size.as_str(), true));
            for (size, is_valid) in sizes.chain(forbidden.map(|size| (size, false))) {
                let body = sample::set(&base, "/size", json!(size));
                self.add("/size", format!("{size} at {value}"), body, is_valid);
            }
        }
    }

    /// Adds the smallest and the largest square and the narrowest size, and each one pixel beyond.
    fn pixel_bounds(&mut self, field: &str, min_area: u64, max_area: u64, max_ratio: u64) {
        let Some(narrow) = min_area.checked_div(max_ratio) else {
            return;
        };
        let (small, large, narrow) = (min_area.isqrt(), max_area.isqrt(), narrow.isqrt() + 1);
        let place = pointer_of(field);
        for (width, height, is_valid) in [
            (small, small, true),
            (large, large, true),
            (narrow * max_ratio, narrow, true),
            (small, small - 1, false),
            (large, large + 1, false),
            (narrow * max_ratio + 1, narrow, false),
        ] {
            let size = format!("{width}x{height}");
            let body = sample::set(&self.base, &place, json!(size));
            self.add(&place, size, body, is_valid);
        }
    }

    fn add(&mut self, place: &str, variant: String, body: Value, is_valid: bool) {
        let pointer = self.pointer.clone();
        if is_valid {
            self.probe.add_valid(place, variant, pointer, body);
        } else {
            self.probe.add_invalid(place, variant, pointer, &body);
        }
    }

    /// Returns a keyword of a top-level property of the probe's schema.
    fn property(&self, name: &str, keyword: &str) -> Option<Value> {
        let at = pointer::join(&format!("{}/properties", self.probe.schema), name);
        self.probe.contract.resolve(&at)?.get(keyword).cloned()
    }
}

fn pointer_of(field: &str) -> String {
    field
        .split('.')
        .fold(String::new(), |at, name| pointer::join(&at, name))
}
