//! Builds values of a schema that are likely to show a difference.

use serde_json::{Map, Value};

use super::accepts;
use super::conjunct::{Conjunct, ValueSet, expand, written};
use super::decimal::Decimal;
use super::values::{ARRAY, BOOLEAN, FRACTION, INTEGER, NULL, OBJECT, STRING, TYPES};
use crate::diff::context::MessageRole;
use toapis_openapi::Node;

/// At most this number of values is built for a schema, and for each schema in it.
const MAX_SAMPLES: usize = 96;
const MAX_INNER_SAMPLES: usize = 8;
/// At most this number of alternatives is looked at for one question.
const MAX_STEPS: usize = 1_500;
/// At most this number of values is validated for one question.
const MAX_CANDIDATES: usize = 1_200;
/// At least this number of values is validated for each alternative.
const MIN_CANDIDATES: usize = 60;
/// Values are nested at most this deep.
const MAX_DEPTH: usize = 4;

/// Returns the first of the built values that is in `sent` and not in `taken`.
pub(in crate::diff) fn counterexample(
    sent: &ValueSet<'_>,
    taken: &ValueSet<'_>,
    role: MessageRole,
) -> Option<Value> {
    let (alternatives, others) = (expand(sent)?, expand(taken)?);
    // Each alternative gets its share, so that the last one is looked at too.
    let count = alternatives.len().max(1);
    for one in written(alternatives, role) {
        let mut budget = (MAX_CANDIDATES / count).max(MIN_CANDIDATES);
        let mut sampler = Sampler {
            role,
            steps: (MAX_STEPS / count).max(MIN_CANDIDATES),
        };
        let mut first = |one: &Conjunct<'_>| {
            let mut built = sampler.of_conjunct(one, 0);
            built.truncate(budget);
            budget -= built.len();
            built.into_iter().find(|value| {
                accepts::set(sent, value, role) == Some(true)
                    && accepts::set(taken, value, role) == Some(false)
            })
        };
        let own = first(&one);
        if own.is_some() {
            return own;
        }
        // Values at the edge of what is taken, and in what is excluded there.
        let excluded = others.iter().flat_map(|other| &other.excluded);
        let excluded = excluded
            .filter_map(|node| expand(&ValueSet::from_nodes(vec![*node])))
            .flatten();
        for other in others.iter().cloned().chain(excluded) {
            let mut both = one.and(&other);
            both.known.clone_from(&one.known);
            let found = first(&both);
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

/// Builds values with a limited number of steps.
struct Sampler {
    role: MessageRole,
    steps: usize,
}

impl Sampler {
    fn of_set(&mut self, set: &ValueSet<'_>, depth: usize) -> Vec<Value> {
        let alternatives = written(expand(set).unwrap_or_default(), self.role);
        let all = alternatives
            .iter()
            .flat_map(|one| self.of_conjunct(one, depth));
        all.take(MAX_INNER_SAMPLES).collect()
    }

    fn of_conjunct(&mut self, one: &Conjunct<'_>, depth: usize) -> Vec<Value> {
        if let Some(mut values) = one.values(self.role) {
            values.truncate(MAX_SAMPLES);
            return values;
        }
        if depth > MAX_DEPTH || self.steps == 0 {
            return Vec::new();
        }
        self.steps -= 1;
        let types = one.types();
        let mut samples = Vec::new();
        for kind in TYPES.into_iter().filter(|kind| types & kind != 0) {
            match kind {
                NULL => samples.push(Value::Null),
                BOOLEAN => samples.extend([Value::from(true), Value::from(false)]),
                INTEGER => samples.extend(integers(one)),
                FRACTION => samples.extend([
                    Value::from(0.5),
                    Value::from(1.5),
                    Value::from(-1.5),
                    Value::from(1_000_000.25),
                ]),
                STRING => samples.extend(strings(one)),
                ARRAY => samples.extend(self.arrays(one, depth)),
                OBJECT => samples.extend(self.objects(one, depth)),
                _ => {}
            }
        }
        samples.truncate(MAX_SAMPLES);
        samples
    }

    fn arrays(&mut self, one: &Conjunct<'_>, depth: usize) -> Vec<Value> {
        let items = self.of_set(&one.items(), depth + 1);
        let low = small(one.at_least("minItems")).unwrap_or(0);
        let mut lengths = vec![low, low + 1, low + 2];
        lengths.extend(one.least("maxItems").and_then(small));
        let mut samples = Vec::new();
        for length in lengths.into_iter().filter(|length| *length <= 64) {
            if length == 0 || !items.is_empty() {
                samples.push(items.iter().cycle().take(length).cloned().collect());
            }
            for item in items
                .iter()
                .take(if length == 0 { 0 } else { MAX_INNER_SAMPLES })
            {
                samples.push(std::iter::repeat_n(item.clone(), length).collect());
            }
        }
        samples
    }

    fn objects(&mut self, one: &Conjunct<'_>, depth: usize) -> Vec<Value> {
        let required = one.required(self.role);
        let mut names = one.names();
        names.extend(required.iter().cloned());
        names.extend(one.known.iter().flatten().map(|name| (*name).to_owned()));
        names.retain(|name| {
            one.known
                .as_ref()
                .is_none_or(|known| known.contains(name.as_str()))
        });
        let values: Vec<(String, Vec<Value>)> = names
            .into_iter()
            .map(|name| {
                let set = one.property(&name, self.role).0;
                let samples = self.of_set(&set, depth + 1);
                (name, samples)
            })
            .collect();
        let build = |is_in: &dyn Fn(&str) -> bool| -> Map<String, Value> {
            let entries = values.iter().filter(|(name, _)| is_in(name));
            entries
                .filter_map(|(name, samples)| Some((name.clone(), samples.first()?.clone())))
                .collect()
        };
        let minimal = build(&|name| required.contains(name));
        let complete = build(&|_| true);
        let mut samples = vec![minimal.clone(), complete.clone()];
        for (name, options) in &values {
            let mut without = complete.clone();
            if !required.contains(name) {
                without.remove(name);
                samples.push(without);
            }
            for option in options {
                for base in [&minimal, &complete] {
                    let mut with = base.clone();
                    with.insert(name.clone(), option.clone());
                    samples.push(with);
                }
            }
        }
        for (index, (name, options)) in values.iter().enumerate() {
            for (other, others) in &values[..index] {
                if let (Some(option), Some(second)) = (options.first(), others.first()) {
                    let mut with = minimal.clone();
                    with.insert(name.clone(), option.clone());
                    with.insert(other.clone(), second.clone());
                    samples.push(with);
                }
            }
            if samples.len() > MAX_SAMPLES {
                break;
            }
        }
        if one.additional().next().is_some() {
            let additional = ValueSet::from_nodes(one.additional().collect());
            for option in self.of_set(&additional, depth + 1) {
                let mut with = minimal.clone();
                with.insert("zz".to_owned(), option);
                samples.push(with);
            }
        }
        samples.into_iter().map(Value::Object).collect()
    }
}

fn small(number: Decimal) -> Option<usize> {
    usize::try_from(number.to_integer()?)
        .ok()
        .filter(|number| *number <= 2_000)
}

fn integers(one: &Conjunct<'_>) -> Vec<Value> {
    let mut numbers = vec![0, 1, 2, 3, 5, 7, -1, 1_000_003];
    for limit in [one.limit(false, true), one.limit(true, true)]
        .into_iter()
        .flatten()
    {
        let near = limit
            .value
            .to_integer()
            .and_then(|number| i64::try_from(number).ok());
        numbers.extend(
            near.into_iter()
                .flat_map(|near| (-3..=3).map(move |step| near.saturating_add(step))),
        );
    }
    for base in one.multiples().iter().filter_map(|base| base.to_integer()) {
        let base = i64::try_from(base).unwrap_or(1);
        numbers.extend((1..6).map(|times| base.saturating_mul(times)));
    }
    numbers.into_iter().map(Value::from).collect()
}

fn strings(one: &Conjunct<'_>) -> Vec<Value> {
    let low = small(one.at_least("minLength")).unwrap_or(0);
    let high = one.least("maxLength").and_then(small);
    let mut lengths = vec![low, low + 1, low + 2];
    lengths.extend(
        high.into_iter()
            .flat_map(|high| [high, high.saturating_sub(1)]),
    );
    let mut texts = Vec::new();
    for length in lengths {
        for letter in ["a", "b", "A", "1"] {
            texts.push(letter.repeat(length));
        }
    }
    texts.extend(
        [
            "ab",
            "abc",
            "c",
            "d",
            "x-1",
            "https://example.com",
            "2024-01-01",
        ]
        .map(str::to_owned),
    );
    // A pattern without special characters matches itself.
    let patterns = one.all("pattern").filter_map(Node::as_str);
    texts.extend(patterns.map(|pattern| pattern.trim_matches(['^', '$']).to_owned()));
    texts.into_iter().map(Value::from).collect()
}
