//! Proves that a set has no values.

use serde_json::Value;

use super::accepts;
use super::conjunct::{Assumption, Conjunct, ValueSet, expand, key};
use super::decimal::Decimal;
use super::proof::{MAX_DEPTH, MAX_STEPS, Prover};
use super::values::{ARRAY, BOOLEAN, FRACTION, INTEGER, NULL, OBJECT, STRING, TYPES, type_of};

impl Prover {
    /// Returns true if a set is proven to be empty.
    pub(super) fn is_empty(&mut self, set: &ValueSet<'_>) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.depth > MAX_DEPTH {
            return false;
        }
        self.depth += 1;
        let is_empty =
            expand(set).is_some_and(|all| all.iter().all(|one| self.is_conjunct_empty(one)));
        self.depth -= 1;
        is_empty
    }

    fn is_conjunct_empty(&mut self, one: &Conjunct<'_>) -> bool {
        let types = one.types();
        TYPES
            .into_iter()
            .filter(|kind| types & kind != 0)
            .all(|kind| self.is_type_empty(one, kind))
    }

    /// Returns true if an alternative is proven to have no value of a type.
    pub(super) fn is_type_empty(&mut self, one: &Conjunct<'_>, kind: u8) -> bool {
        let role = self.role;
        self.steps += 1;
        if one.types() & kind == 0 {
            return true;
        }
        if self.steps > MAX_STEPS || self.depth > MAX_DEPTH {
            return false;
        }
        let finite = match kind {
            _ if one.values(role).is_some() => one.values(role),
            NULL => Some(vec![Value::Null]),
            BOOLEAN => Some(vec![false.into(), true.into()]),
            INTEGER => one.integers(),
            _ => None,
        };
        if let Some(values) = finite {
            return values.iter().all(|value| {
                type_of(value) != kind || accepts::conjunct(one, value, role) == Some(false)
            });
        }
        let crosses =
            |low: &str, high: &str| one.least(high).is_some_and(|high| one.at_least(low) > high);
        let by_keywords = match kind {
            FRACTION | INTEGER => {
                let whole = Decimal::from_integer(1);
                let limits = (
                    one.limit(false, kind == INTEGER),
                    one.limit(true, kind == INTEGER),
                );
                let crosses = matches!(limits, (Some(low), Some(high)) if low.value > high.value
                    || (low.value == high.value && (low.is_exclusive || high.is_exclusive)));
                crosses
                    || (kind == FRACTION
                        && one
                            .multiples()
                            .iter()
                            .any(|base| base.is_multiple_of(whole)))
            }
            STRING => crosses("minLength", "maxLength"),
            ARRAY => {
                crosses("minItems", "maxItems")
                    || (one.at_least("minItems") > Decimal::from_integer(0)
                        && self.is_empty(&one.items()))
            }
            OBJECT => crosses("minProperties", "maxProperties") || self.is_object_empty(one),
            _ => false,
        };
        by_keywords
            || one.excluded.clone().into_iter().any(|node| {
                let mut rest = one.clone();
                rest.excluded.retain(|other| key(*other) != key(node));
                rest.known = None;
                self.depth += 1;
                let taken = expand(&ValueSet::from_nodes(vec![node])).unwrap_or_default();
                let is_within = self.depth < MAX_DEPTH
                    && self.steps < MAX_STEPS
                    && taken.iter().any(|taken| {
                        !taken.flag("x-extensible-enum") && self.is_type_within(&rest, kind, taken)
                    });
                self.depth -= 1;
                is_within
            })
    }

    fn is_object_empty(&mut self, one: &Conjunct<'_>) -> bool {
        let required = one.required(self.role);
        let too_many = one.least("maxProperties").is_some_and(|max| {
            Decimal::from_integer(i128::try_from(required.len()).unwrap_or(i128::MAX)) > max
        });
        too_many
            || required.iter().any(|name| {
                let is_unknown = one
                    .known
                    .as_ref()
                    .is_some_and(|known| !known.contains(name.as_str()));
                if is_unknown {
                    return true;
                }
                let (set, _) = one.property(name, self.role);
                match one.assumed.get(name) {
                    Some(Assumption::Absent) => true,
                    Some(Assumption::Equals(value)) => {
                        accepts::set(&set, value, self.role) == Some(false)
                    }
                    _ => self.is_empty(&set),
                }
            })
    }
}
