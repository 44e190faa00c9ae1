//! Proves containment for values of one type.

use super::accepts;
use super::conjunct::{Assumption, Conjunct, ValueSet, is_stricter};
use super::decimal::Decimal;
use super::proof::Prover;
use super::values::INTEGER;
use toapis_openapi::Node;

impl Prover {
    pub(super) fn are_arrays_within(&mut self, sent: &Conjunct<'_>, taken: &Conjunct<'_>) -> bool {
        let at_most_one = sent
            .least("maxItems")
            .is_some_and(|max| max <= Decimal::from_integer(1));
        let is_unique = sent.flag("uniqueItems") || at_most_one || !taken.flag("uniqueItems");
        if !is_unique || !is_count_within(sent, taken, "minItems", "maxItems") {
            return false;
        }
        if sent
            .least("maxItems")
            .is_some_and(|max| max <= Decimal::from_integer(0))
        {
            return true;
        }
        self.is_part_within(&sent.items(), &taken.items())
    }

    /// Asks about properties or items.
    fn is_part_within(&mut self, sent: &ValueSet<'_>, taken: &ValueSet<'_>) -> bool {
        self.level += 1;
        let is_within = self.is_within(sent, taken);
        self.level -= 1;
        is_within
    }

    pub(super) fn are_objects_within(&mut self, sent: &Conjunct<'_>, taken: &Conjunct<'_>) -> bool {
        let role = self.role;
        let (own, expected) = (sent.required(role), taken.required(role));
        if !expected.is_subset(&own) {
            return false;
        }
        let count =
            |number: usize| Decimal::from_integer(i128::try_from(number).unwrap_or(i128::MAX));
        let low = sent.at_least("minProperties").max(count(own.len()));
        let maximum = sent.is_closed().then(|| count(sent.names().len()));
        let high = [sent.least("maxProperties"), maximum]
            .into_iter()
            .flatten()
            .min();
        if taken.at_least("minProperties") > low
            || taken
                .least("maxProperties")
                .is_some_and(|max| high.is_none_or(|high| high > max))
        {
            return false;
        }
        if taken.is_closed() && !sent.is_closed() {
            return false;
        }
        let mut all_names = sent.names();
        all_names.extend(taken.names());
        all_names.extend(own.iter().cloned());
        // Properties that list their values differ most often.
        let mut all_names: Vec<_> = all_names.into_iter().collect();
        all_names.sort_by_key(|name| {
            let mut nodes = taken.all("properties").filter_map(|node| node.get(name));
            !nodes.any(|node| node.resolve().get("enum").is_some())
        });
        for name in all_names {
            let (values, is_described) = sent.property(&name, role);
            let (allowed, _) = taken.property(&name, role);
            let is_within = match sent.assumed.get(&name) {
                Some(Assumption::Absent) => true,
                Some(Assumption::Equals(value)) => {
                    accepts::set(&allowed, value, role) == Some(true)
                        || accepts::set(&values, value, role) == Some(false)
                }
                _ if !is_described && !own.contains(&name) && !sent.may_write(&name) => true,
                _ => self.is_part_within(&values, &allowed),
            };
            if !is_within {
                return false;
            }
        }
        let additional: Vec<_> = taken.additional().collect();
        if additional.is_empty() || sent.is_closed() {
            return true;
        }
        let own: Vec<_> = sent.additional().collect();
        self.is_part_within(
            &ValueSet::from_nodes(own),
            &ValueSet::from_nodes(additional),
        )
    }
}

pub(super) fn are_numbers_within(sent: &Conjunct<'_>, taken: &Conjunct<'_>, kind: u8) -> bool {
    let is_integer = kind == INTEGER;
    let within = |is_upper: bool| {
        let expected = taken.limit(is_upper, is_integer);
        expected.is_none_or(|expected| {
            let own = sent.limit(is_upper, is_integer);
            own.is_some_and(|own| !is_stricter(expected, own, is_upper))
        })
    };
    let mut own = sent.multiples();
    if is_integer {
        own.push(Decimal::from_integer(1));
    }
    within(false)
        && within(true)
        && taken
            .multiples()
            .iter()
            .all(|base| own.iter().any(|own| own.is_multiple_of(*base)))
}

pub(super) fn are_strings_within(sent: &Conjunct<'_>, taken: &Conjunct<'_>) -> bool {
    let patterns: Vec<_> = sent.all("pattern").filter_map(Node::as_str).collect();
    is_count_within(sent, taken, "minLength", "maxLength")
        && taken
            .all("pattern")
            .filter_map(Node::as_str)
            .all(|pattern| patterns.contains(&pattern))
}

fn is_count_within(sent: &Conjunct<'_>, taken: &Conjunct<'_>, low: &str, high: &str) -> bool {
    taken.at_least(low) <= sent.at_least(low)
        && taken
            .least(high)
            .is_none_or(|expected| sent.least(high).is_some_and(|own| own <= expected))
}
