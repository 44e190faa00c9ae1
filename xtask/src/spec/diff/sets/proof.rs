//! Proves that each value of one set is in another.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::accepts;
use super::conjunct::{
    ARRAY, Assumption, BOOLEAN, Conjunct, FRACTION, INTEGER, Key, NULL, OBJECT, STRING, TYPES,
    ValueSet, expand, is_stricter, key,
};
use super::decimal::Decimal;
use crate::spec::diff::fingerprint::is_annotation;
use crate::spec::diff::walk::Position;
use crate::spec::document::Node;

/// The number of steps after which a question stays open.
const MAX_STEPS: u32 = 2_000;
/// How many properties may be assumed while cases are distinguished.
const MAX_ASSUMPTIONS: usize = 2;
/// How many properties are tried for a distinction.
const MAX_CANDIDATES: usize = 3;
/// How deep questions may be nested.
const MAX_DEPTH: usize = 16;

/// Two sets, in a position, written as text or not.
type Question = (Vec<Key>, Vec<Key>, Position, bool);

/// Answers questions about messages in one position.
pub(in crate::spec::diff) struct Prover {
    position: Position,
    /// Values are written as text, as in queries and headers.
    is_text: bool,
    steps: u32,
    /// Pairs of nodes that were compared literally.
    same: HashMap<(Key, Key), bool>,
    depth: usize,
    /// The number of properties and items that lead to the current question.
    level: usize,
    /// Questions that are being answered, with the level at which they were asked.
    open: Vec<(Question, usize)>,
    /// The outermost open question whose answer was assumed.
    assumed_from: usize,
    answers: HashMap<Question, bool>,
}

impl Default for Prover {
    fn default() -> Self {
        Self {
            position: Position::Request,
            is_text: false,
            steps: 0,
            same: HashMap::new(),
            depth: 0,
            level: 0,
            open: Vec::new(),
            assumed_from: usize::MAX,
            answers: HashMap::new(),
        }
    }
}

impl Prover {
    /// Returns true if every value that a writer of `sent` sends is proven to be in `taken`.
    pub(in crate::spec::diff) fn proves(
        &mut self,
        sent: &ValueSet<'_>,
        taken: &ValueSet<'_>,
        (position, is_text): (Position, bool),
    ) -> bool {
        self.steps = 0;
        self.position = position;
        self.is_text = is_text;
        self.is_within(sent, taken)
    }

    /// Returns true if every value of `sent` is proven to be in `taken`.
    fn is_within(&mut self, sent: &ValueSet<'_>, taken: &ValueSet<'_>) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.depth > MAX_DEPTH {
            return false;
        }
        match (sent, taken) {
            (ValueSet::Never, _) => return true,
            (_, ValueSet::All { nodes, without, .. }) if nodes.is_empty() && without.is_empty() => {
                return true;
            }
            _ => {}
        }
        if self.are_same(sent, taken) {
            return true;
        }
        if has_exceptions(sent) || has_exceptions(taken) {
            self.depth += 1;
            let is_within = self.is_expanded_within(sent, taken);
            self.depth -= 1;
            return is_within;
        }
        let question = (keys(sent), keys(taken), self.position, self.is_text);
        if let Some(answer) = self.answers.get(&question) {
            return *answer;
        }
        // Values are finite: a question that comes back below a property or an item may be assumed.
        let asked = self.open.iter().position(|(other, _)| *other == question);
        if let Some(index) = asked {
            self.assumed_from = self.assumed_from.min(index);
            return self.open[index].1 < self.level;
        }
        let index = self.open.len();
        self.open.push((question.clone(), self.level));
        self.depth += 1;
        let outer = std::mem::replace(&mut self.assumed_from, usize::MAX);
        let is_within = self.is_expanded_within(sent, taken);
        let is_independent = self.assumed_from >= index && self.steps <= MAX_STEPS;
        self.assumed_from = if is_independent {
            outer
        } else {
            outer.min(self.assumed_from)
        };
        self.depth -= 1;
        self.open.pop();
        if is_independent && (is_within || self.depth == 0) {
            self.answers.insert(question, is_within);
        }
        is_within
    }

    /// Returns true if both sets are written with the same keywords.
    fn are_same(&mut self, sent: &ValueSet<'_>, taken: &ValueSet<'_>) -> bool {
        match (sent, taken) {
            (
                ValueSet::All { nodes, chosen, .. },
                ValueSet::All {
                    nodes: others,
                    chosen: chosen_by_others,
                    without,
                },
            ) => {
                chosen.is_empty()
                    && chosen_by_others.is_empty()
                    && without.is_empty()
                    && nodes.len() == others.len()
                    && nodes
                        .iter()
                        .zip(others)
                        .all(|(one, other)| self.is_same(*one, *other))
            }
            _ => false,
        }
    }

    /// Returns true if two schemas differ in nothing but descriptions and examples, references followed.
    pub(in crate::spec::diff) fn is_same(&mut self, one: Node<'_>, other: Node<'_>) -> bool {
        let pair = (key(one), key(other));
        if let Some(known) = self.same.get(&pair) {
            return *known;
        }
        let mut visited = HashSet::new();
        let is_same = same(one, other, false, &mut visited);
        if is_same {
            self.same
                .extend(visited.into_iter().map(|pair| (pair, true)));
        }
        self.same.insert(pair, is_same);
        is_same
    }

    fn is_expanded_within(&mut self, sent: &ValueSet<'_>, taken: &ValueSet<'_>) -> bool {
        let (Some(sent), Some(taken)) = (expand(sent), expand(taken)) else {
            return false;
        };
        sent.into_iter().all(|one| {
            let one = one.written(self.position);
            self.is_covered(&one, &taken)
        })
    }

    /// Returns true if every value of an alternative is in one of the others.
    fn is_covered(&mut self, sent: &Conjunct<'_>, taken: &[Conjunct<'_>]) -> bool {
        let position = self.position;
        if let Some(values) = sent.values(position) {
            return self.are_values_covered(sent, &values, taken);
        }
        let types = sent.types();
        TYPES
            .into_iter()
            .filter(|kind| types & kind != 0)
            .all(|kind| match kind {
                NULL => self.are_values_covered(sent, &[Value::Null], taken),
                BOOLEAN => self.are_values_covered(sent, &[false.into(), true.into()], taken),
                INTEGER => match sent.integers() {
                    Some(values) => self.are_values_covered(sent, &values, taken),
                    None => self.is_type_covered(sent, kind, taken),
                },
                _ => self.is_type_covered(sent, kind, taken),
            })
    }

    fn are_values_covered(
        &self,
        sent: &Conjunct<'_>,
        values: &[Value],
        taken: &[Conjunct<'_>],
    ) -> bool {
        let accepts = |one: &Conjunct<'_>, value: &Value| {
            let mut one = one.clone();
            // A format that the writer keeps to is a format that the reader is sent.
            let formats: Vec<_> = sent.all("format").filter_map(Node::as_str).collect();
            let is_kept = |node: &Node<'_>| {
                node.get("format")
                    .and_then(Node::as_str)
                    .is_none_or(|name| formats.contains(&name))
            };
            if !one.parts.iter().all(is_kept) {
                return false;
            }
            one.known = None;
            accepts::conjunct(&one, value, self.position) == Some(true)
                || (self.is_text
                    && !value.is_string()
                    && accepts::conjunct(&one, &text_of(value), self.position) == Some(true))
        };
        values.iter().all(|value| {
            accepts::conjunct(sent, value, self.position) == Some(false)
                || taken.iter().any(|one| accepts(one, value))
        })
    }

    fn is_type_covered(&mut self, sent: &Conjunct<'_>, kind: u8, taken: &[Conjunct<'_>]) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return false;
        }
        if self.is_type_empty(sent, kind)
            || taken.iter().any(|one| self.is_type_within(sent, kind, one))
        {
            return true;
        }
        kind == OBJECT && taken.len() > 1 && self.is_covered_by_cases(sent, taken)
    }

    /// Distinguishes the cases of one property, and looks for an alternative in each.
    fn is_covered_by_cases(&mut self, sent: &Conjunct<'_>, taken: &[Conjunct<'_>]) -> bool {
        if sent.assumed.len() >= MAX_ASSUMPTIONS {
            return false;
        }
        let candidates = self.candidates(sent, taken);
        candidates.into_iter().any(|name| {
            let cases = self.cases(sent, taken, &name);
            cases.len() > 1
                && cases.into_iter().all(|assumption| {
                    let mut case = sent.clone();
                    case.assumed.insert(name.clone(), assumption);
                    self.is_type_covered(&case, OBJECT, taken)
                })
        })
    }

    /// Returns the properties whose cases may decide between alternatives, those that most alternatives list first.
    fn candidates(&mut self, sent: &Conjunct<'_>, taken: &[Conjunct<'_>]) -> Vec<String> {
        self.steps += 10;
        let position = self.position;
        let is_open = |name: &str| {
            let is_known = sent.known.as_ref().is_none_or(|known| known.contains(name));
            is_known && !sent.assumed.contains_key(name)
        };
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for one in taken {
            let lists = one.parts.iter().filter_map(|part| part.get("properties"));
            for (name, node) in lists.flat_map(Node::entries) {
                let node = node.resolve();
                let decides = ["enum", "const", "not"]
                    .iter()
                    .any(|key| node.get(key).is_some());
                if decides && is_open(name) {
                    *counts.entry(name.to_owned()).or_default() += 1;
                }
            }
            for name in one.required(position).difference(&sent.required(position)) {
                if is_open(name) {
                    *counts.entry(name.clone()).or_default() += 1;
                }
            }
        }
        let mut names: Vec<_> = counts
            .into_iter()
            .map(|(name, count)| (Reverse(count), name))
            .collect();
        names.sort();
        names
            .into_iter()
            .take(MAX_CANDIDATES)
            .map(|(_, name)| name)
            .collect()
    }

    /// Returns the cases of a property that differ for the alternatives.
    fn cases(&self, sent: &Conjunct<'_>, taken: &[Conjunct<'_>], name: &str) -> Vec<Assumption> {
        let position = self.position;
        let mut cases = Vec::new();
        if !sent.required(position).contains(name) {
            cases.push(Assumption::Absent);
        }
        let finite = |one: &Conjunct<'_>| -> Option<Vec<Value>> {
            let alternatives = expand(&one.property(name, position).0)?;
            alternatives
                .iter()
                .map(|one| one.values(position))
                .collect::<Option<Vec<_>>>()
                .map(|all| all.concat())
        };
        if let Some(values) = finite(sent).filter(|values| values.len() <= 64) {
            cases.extend(values.into_iter().map(Assumption::Equals));
            return cases;
        }
        let mut values: Vec<Value> = Vec::new();
        for value in taken.iter().filter_map(finite).flatten() {
            let is_sent = accepts::set(&sent.property(name, position).0, &value, position);
            if is_sent != Some(false) && !values.contains(&value) {
                values.push(value);
            }
        }
        if values.is_empty() || values.len() > 64 {
            cases.push(Assumption::Present);
        } else {
            cases.extend(values.iter().cloned().map(Assumption::Equals));
            cases.push(Assumption::OneOfTheOthers(values));
        }
        cases
    }

    /// Returns true if every value of one type of `sent` is proven to be in `taken`.
    fn is_type_within(&mut self, sent: &Conjunct<'_>, kind: u8, taken: &Conjunct<'_>) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.depth > MAX_DEPTH {
            return false;
        }
        if taken.types() & kind == 0 {
            return self.is_text
                && is_any_text(taken, self.position)
                && kind & (INTEGER | FRACTION) != 0;
        }
        if taken.values(self.position).is_some() {
            return false;
        }
        let keeps_formats = taken.all("format").filter_map(Node::as_str).all(|format| {
            sent.all("format").filter_map(Node::as_str).any(|own| {
                own == format || matches!((own, format), ("int32", "int64") | ("float", "double"))
            })
        });
        keeps_formats
            && match kind {
                INTEGER | FRACTION => are_numbers_within(sent, taken, kind),
                STRING => are_strings_within(sent, taken),
                ARRAY => self.are_arrays_within(sent, taken),
                OBJECT => self.are_objects_within(sent, taken),
                _ => true,
            }
            && taken.without.iter().all(|value| {
                sent.without.contains(value)
                    || accepts::conjunct(sent, value, self.position) == Some(false)
            })
            && taken
                .excluded
                .iter()
                .all(|node| self.is_excluded(sent, kind, *node))
    }

    /// Returns true if no value of `sent` is proven to be in the schema at `node`.
    fn is_excluded(&mut self, sent: &Conjunct<'_>, kind: u8, node: Node<'_>) -> bool {
        let excluded = ValueSet::from_nodes(vec![node]);
        let by_own = sent
            .excluded
            .clone()
            .into_iter()
            .any(|own| self.is_within(&excluded, &ValueSet::from_nodes(vec![own])));
        if by_own {
            return true;
        }
        let Some(alternatives) = expand(&excluded) else {
            return false;
        };
        alternatives.iter().all(|one| {
            let both = sent.and(one);
            self.is_type_empty(&both, kind)
        })
    }

    fn are_arrays_within(&mut self, sent: &Conjunct<'_>, taken: &Conjunct<'_>) -> bool {
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

    fn are_objects_within(&mut self, sent: &Conjunct<'_>, taken: &Conjunct<'_>) -> bool {
        let position = self.position;
        let (own, expected) = (sent.required(position), taken.required(position));
        if !expected.is_subset(&own) {
            return false;
        }
        let count =
            |number: usize| Decimal::from_integer(i128::try_from(number).unwrap_or(i128::MAX));
        let low = sent.at_least("minProperties").max(count(own.len()));
        let named = sent.is_closed().then(|| count(sent.names().len()));
        let high = [sent.least("maxProperties"), named]
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
        let mut names = sent.names();
        names.extend(taken.names());
        names.extend(own.iter().cloned());
        // Properties that list their values differ most often.
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_by_key(|name| {
            let mut nodes = taken.all("properties").filter_map(|node| node.get(name));
            !nodes.any(|node| node.resolve().get("enum").is_some())
        });
        for name in names {
            let (values, is_described) = sent.property(&name, position);
            let (allowed, _) = taken.property(&name, position);
            let is_within = match sent.assumed.get(&name) {
                Some(Assumption::Absent) => true,
                Some(Assumption::Equals(value)) => {
                    accepts::set(&allowed, value, position) == Some(true)
                        || accepts::set(&values, value, position) == Some(false)
                }
                _ if !is_described && !own.contains(&name) => true,
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

    /// Returns true if a set is proven to be empty.
    fn is_empty(&mut self, set: &ValueSet<'_>) -> bool {
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
    fn is_type_empty(&mut self, one: &Conjunct<'_>, kind: u8) -> bool {
        let position = self.position;
        self.steps += 1;
        if one.types() & kind == 0 {
            return true;
        }
        if self.steps > MAX_STEPS || self.depth > MAX_DEPTH {
            return false;
        }
        let finite = match kind {
            _ if one.values(position).is_some() => one.values(position),
            NULL => Some(vec![Value::Null]),
            BOOLEAN => Some(vec![false.into(), true.into()]),
            INTEGER => one.integers(),
            _ => None,
        };
        if let Some(values) = finite {
            return values.iter().all(|value| {
                super::conjunct::type_of(value) != kind
                    || accepts::conjunct(one, value, position) == Some(false)
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
        let required = one.required(self.position);
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
                let (set, _) = one.property(name, self.position);
                match one.assumed.get(name) {
                    Some(Assumption::Absent) => true,
                    Some(Assumption::Equals(value)) => {
                        accepts::set(&set, value, self.position) == Some(false)
                    }
                    _ => self.is_empty(&set),
                }
            })
    }
}

/// Compares two nodes and everything below them. `visited` holds the pairs of nodes on the way, so that schemas that
/// contain themselves end. The keys of `properties` are names, not keywords.
fn same(
    one: Node<'_>,
    other: Node<'_>,
    are_names: bool,
    visited: &mut HashSet<(Key, Key)>,
) -> bool {
    let (one, other) = if are_names {
        (one, other)
    } else {
        (one.resolve(), other.resolve())
    };
    if one.is_map() && !are_names && !visited.insert((key(one), key(other))) {
        return true;
    }
    if one.is_map() && other.is_map() {
        let entries =
            |node| Node::entries(node).filter(move |(name, _)| are_names || !is_annotation(name));
        let mut pairs = entries(one).zip(entries(other));
        return entries(one).count() == entries(other).count()
            && pairs.all(|((name, left), (other_name, right))| {
                name == other_name && same(left, right, !are_names && name == "properties", visited)
            });
    }
    if one.is_list() && other.is_list() {
        return one.items().count() == other.items().count()
            && one
                .items()
                .zip(other.items())
                .all(|(left, right)| same(left, right, false, visited));
    }
    !one.is_map() && !one.is_list() && one.value() == other.value()
}

fn has_exceptions(set: &ValueSet<'_>) -> bool {
    matches!(set, ValueSet::All { without, .. } if !without.is_empty())
}

/// Returns the nodes of a set, so that equal questions are recognized.
fn keys(set: &ValueSet<'_>) -> Vec<Key> {
    let ValueSet::All { nodes, chosen, .. } = set else {
        return Vec::new();
    };
    let mut keys: Vec<_> = nodes.iter().map(|node| key(*node)).collect();
    keys.sort_unstable();
    keys.extend(chosen.iter().map(|(_, branch)| key(*branch)));
    keys
}

/// Returns true if every text is accepted.
fn is_any_text(taken: &Conjunct<'_>, position: Position) -> bool {
    taken.types() & STRING != 0
        && taken.values(position).is_none()
        && ["pattern", "minLength", "maxLength", "format"]
            .iter()
            .all(|key| taken.all(key).next().is_none())
        && taken.excluded.is_empty()
}

fn text_of(value: &Value) -> Value {
    Value::String(value.to_string())
}

fn are_numbers_within(sent: &Conjunct<'_>, taken: &Conjunct<'_>, kind: u8) -> bool {
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

fn are_strings_within(sent: &Conjunct<'_>, taken: &Conjunct<'_>) -> bool {
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
