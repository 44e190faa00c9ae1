//! Proves that each value of one set is in another.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::accepts;
use super::conjunct::{Conjunct, Key, ValueSet, expand, key, written};
use super::values::{ARRAY, BOOLEAN, FRACTION, INTEGER, NULL, OBJECT, STRING, TYPES};
use super::{same, types};
use crate::diff::context::MessageRole;
use toapis_openapi::Node;

/// The number of steps after which a question stays open.
pub(super) const MAX_STEPS: u32 = 2_000;
/// How deep questions may be nested.
pub(super) const MAX_DEPTH: usize = 16;

/// Two sets, in a position, written as text or not.
type Question = (Vec<Key>, Vec<Key>, MessageRole, bool);

/// Answers questions about messages in one position.
pub(in crate::diff) struct Prover {
    pub(super) role: MessageRole,
    /// Values are written as text, as in queries and headers.
    is_text: bool,
    pub(super) steps: u32,
    /// Pairs of nodes that were compared literally.
    same: HashMap<(Key, Key), bool>,
    pub(super) depth: usize,
    /// The number of properties and items that lead to the current question.
    pub(super) level: usize,
    /// Questions that are being answered, with the level at which they were asked.
    open: Vec<(Question, usize)>,
    /// The outermost open question whose answer was assumed.
    assumed_from: usize,
    answers: HashMap<Question, bool>,
}

impl Default for Prover {
    fn default() -> Self {
        Self {
            role: MessageRole::Request,
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
    pub(in crate::diff) fn proves(
        &mut self,
        sent: &ValueSet<'_>,
        taken: &ValueSet<'_>,
        (role, is_text): (MessageRole, bool),
    ) -> bool {
        self.steps = 0;
        self.role = role;
        self.is_text = is_text;
        self.is_within(sent, taken)
    }

    /// Returns true if every value of `sent` is proven to be in `taken`.
    pub(super) fn is_within(&mut self, sent: &ValueSet<'_>, taken: &ValueSet<'_>) -> bool {
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
        let question = (keys(sent), keys(taken), self.role, self.is_text);
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

    /// Returns true if two schemas differ in nothing but descriptions and examples, references
    /// followed.
    pub(in crate::diff) fn is_same(&mut self, one: Node<'_>, other: Node<'_>) -> bool {
        let pair = (key(one), key(other));
        if let Some(known) = self.same.get(&pair) {
            return *known;
        }
        let mut visited = HashSet::new();
        let is_same = same::same(one, other, &mut visited);
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
        let written = written(sent, self.role);
        written.iter().all(|one| self.is_covered(one, &taken))
    }

    /// Returns true if every value of an alternative is in one of the others.
    fn is_covered(&mut self, sent: &Conjunct<'_>, taken: &[Conjunct<'_>]) -> bool {
        let role = self.role;
        if let Some(values) = sent.values(role) {
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
            accepts::conjunct(&one, value, self.role) == Some(true)
                || (self.is_text
                    && !value.is_string()
                    && accepts::conjunct(&one, &text_of(value), self.role) == Some(true))
        };
        values.iter().all(|value| {
            accepts::conjunct(sent, value, self.role) == Some(false)
                || taken.iter().any(|one| accepts(one, value))
        })
    }

    pub(super) fn is_type_covered(
        &mut self,
        sent: &Conjunct<'_>,
        kind: u8,
        taken: &[Conjunct<'_>],
    ) -> bool {
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

    /// Returns true if every value of one type of `sent` is proven to be in `taken`.
    pub(super) fn is_type_within(
        &mut self,
        sent: &Conjunct<'_>,
        kind: u8,
        taken: &Conjunct<'_>,
    ) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.depth > MAX_DEPTH {
            return false;
        }
        if taken.types() & kind == 0 {
            return self.is_text
                && is_any_text(taken, self.role)
                && kind & (INTEGER | FRACTION) != 0;
        }
        if taken.values(self.role).is_some() {
            return false;
        }
        let keeps_formats = taken.all("format").filter_map(Node::as_str).all(|format| {
            sent.all("format").filter_map(Node::as_str).any(|own| {
                own == format || matches!((own, format), ("int32", "int64") | ("float", "double"))
            })
        });
        keeps_formats
            && match kind {
                INTEGER | FRACTION => types::are_numbers_within(sent, taken, kind),
                STRING => types::are_strings_within(sent, taken),
                ARRAY => self.are_arrays_within(sent, taken),
                OBJECT => self.are_objects_within(sent, taken),
                _ => true,
            }
            && taken.without.iter().all(|value| {
                sent.without.contains(value)
                    || accepts::conjunct(sent, value, self.role) == Some(false)
            })
            && taken
                .excluded
                .iter()
                .all(|node| self.is_excluded(sent, kind, *node))
    }

    /// Returns true if no value of `sent` is proven to be in the schema at `node`.
    fn is_excluded(&mut self, sent: &Conjunct<'_>, kind: u8, node: Node<'_>) -> bool {
        let excluded = ValueSet::from_nodes(vec![node]);
        // In responses, an enum that may grow allows any value, but excludes only its own.
        let role = std::mem::replace(&mut self.role, MessageRole::Request);
        let by_own = sent
            .excluded
            .clone()
            .into_iter()
            .any(|own| self.is_within(&excluded, &ValueSet::from_nodes(vec![own])));
        self.role = role;
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
fn is_any_text(taken: &Conjunct<'_>, role: MessageRole) -> bool {
    taken.types() & STRING != 0
        && taken.values(role).is_none()
        && ["pattern", "minLength", "maxLength", "format"]
            .iter()
            .all(|key| taken.all(key).next().is_none())
        && taken.excluded.is_empty()
}

fn text_of(value: &Value) -> Value {
    Value::String(value.to_string())
}
