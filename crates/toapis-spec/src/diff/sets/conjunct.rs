//! Alternatives of a schema: sets of keywords that hold together.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use super::decimal::Decimal;
use super::values::{ANY, types, values};
use crate::diff::context::MessageRole;
use toapis_openapi::{Node, NodeId};

/// Schemas with more alternatives are not decided.
const MAX_ALTERNATIVES: usize = 48;
/// Integer ranges of at most this size are checked value by value.
const MAX_INTEGERS: i128 = 24;

/// The values that a list of schemas allows together.
#[derive(Clone, Debug)]
pub(in crate::diff) enum ValueSet<'d> {
    /// No value.
    Never,
    /// The values that all nodes allow.
    All {
        nodes: Vec<Node<'d>>,
        /// Choices that are replaced by one of their branches: the list of branches, and the
        /// branch.
        chosen: Vec<(NodeId, Node<'d>)>,
        /// Values that are left out.
        without: Vec<Value>,
    },
}

impl<'d> ValueSet<'d> {
    /// Creates the set of values that all `nodes` allow.
    pub(in crate::diff) fn from_nodes(nodes: Vec<Node<'d>>) -> Self {
        Self::All {
            nodes,
            chosen: Vec::new(),
            without: Vec::new(),
        }
    }
}

/// What is assumed about a property while cases are distinguished.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Assumption {
    Absent,
    Present,
    Equals(Value),
    OneOfTheOthers(Vec<Value>),
}

/// An alternative of a schema: all parts hold, and none of the excluded schemas.
#[derive(Clone, Debug, Default)]
pub(super) struct Conjunct<'d> {
    /// Schemas whose own keywords hold. Their `allOf`, `anyOf`, `oneOf` and `not` are expanded
    /// already.
    pub(super) parts: Vec<Node<'d>>,
    pub(super) excluded: Vec<Node<'d>>,
    /// Values that are left out.
    pub(super) without: Vec<Value>,
    /// The properties that a writer may send; `None` for any.
    pub(super) known: Option<BTreeSet<&'d str>>,
    pub(super) assumed: BTreeMap<String, Assumption>,
}

/// Identifies a node of either document.
pub(super) type Key = (usize, NodeId);

/// Returns the key of the node that `node` resolves to.
pub(super) fn key(node: Node<'_>) -> Key {
    let node = node.resolve();
    (std::ptr::from_ref(node.document()).addr(), node.id())
}

/// A lower or an upper bound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) value: Decimal,
    pub(super) is_exclusive: bool,
}

/// Rewrites a set as alternatives; `None` if there are too many.
pub(super) fn expand<'d>(set: &ValueSet<'d>) -> Option<Vec<Conjunct<'d>>> {
    let ValueSet::All {
        nodes,
        chosen,
        without,
    } = set
    else {
        return Some(Vec::new());
    };
    let mut base = Conjunct {
        without: without.clone(),
        ..Conjunct::default()
    };
    let mut choices = Vec::new();
    let mut seen = HashSet::new();
    let mut queue = nodes.clone();
    while let Some(node) = queue.pop() {
        let node = node.resolve();
        if !seen.insert(key(node)) {
            continue;
        }
        base.parts.push(node);
        base.excluded.extend(node.get("not"));
        queue.extend(node.get("allOf").into_iter().flat_map(Node::items));
        for keyword in ["anyOf", "oneOf"] {
            let Some(list) = node.get(keyword) else {
                continue;
            };
            let decided = chosen.iter().find(|(id, _)| *id == list.id());
            let branches: Vec<_> = list.items().collect();
            match (decided, branches.as_slice()) {
                (Some((_, branch)), _) | (None, [branch]) => queue.push(*branch),
                (None, []) => {}
                (None, _) => choices.push((keyword, branches)),
            }
        }
    }
    let mut alternatives = vec![base];
    for (keyword, branches) in choices {
        let mut expanded = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let of_branch = expand(&ValueSet::from_nodes(vec![*branch]))?;
            for alternative in &alternatives {
                for below in &of_branch {
                    let mut merged = alternative.and(below);
                    if keyword == "oneOf" {
                        let others = branches.iter().enumerate();
                        merged.excluded.extend(
                            others
                                .filter(|(other, _)| *other != index)
                                .map(|(_, node)| *node),
                        );
                    }
                    expanded.push(merged);
                }
            }
            if expanded.len() > MAX_ALTERNATIVES {
                return None;
            }
        }
        alternatives = expanded;
    }
    Some(alternatives)
}

/// Limits the properties of all alternatives to those that any of them names, which is what a
/// writer of the whole schema sends.
pub(super) fn written(alternatives: Vec<Conjunct<'_>>, role: MessageRole) -> Vec<Conjunct<'_>> {
    let mut written: Vec<_> = alternatives
        .into_iter()
        .map(|one| one.written(role))
        .collect();
    let known = written.iter().map(|one| one.known.clone());
    let known = known
        .reduce(|left, right| Some(left?.union(&right?).copied().collect()))
        .flatten();
    for one in &mut written {
        one.known.clone_from(&known);
    }
    written
}

impl<'d> Conjunct<'d> {
    /// Returns the values that are in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.parts.extend(&other.parts);
        both.excluded.extend(&other.excluded);
        both.without.extend(other.without.iter().cloned());
        both
    }

    /// Limits the properties to those that the schema names, which is what its writers send.
    fn written(mut self, role: MessageRole) -> Self {
        if self.additional().next().is_none() {
            let mut known: BTreeSet<_> = self
                .all("properties")
                .flat_map(Node::entries)
                .map(|(name, _)| name)
                .collect();
            known.extend(self.required(role).into_iter().filter_map(|name| {
                self.all("required")
                    .flat_map(Node::items)
                    .filter_map(Node::as_str)
                    .find(|other| *other == name)
            }));
            self.known = Some(known);
        }
        self
    }

    /// Returns true if a writer is known to send the property, though no part describes it.
    pub(super) fn may_write(&self, name: &str) -> bool {
        self.known
            .as_ref()
            .is_some_and(|known| known.contains(name))
    }

    pub(super) fn all(&self, keyword: &str) -> impl Iterator<Item = Node<'d>> {
        self.parts.iter().filter_map(move |part| part.get(keyword))
    }

    pub(super) fn flag(&self, keyword: &str) -> bool {
        self.all(keyword).any(|node| node.as_bool() == Some(true))
    }

    /// Returns the types that are allowed, one bit each.
    pub(super) fn types(&self) -> u8 {
        self.parts
            .iter()
            .map(|part| types(*part))
            .fold(ANY, |all, types| all & types)
    }

    fn numbers(&self, keyword: &str) -> impl Iterator<Item = Decimal> {
        self.all(keyword)
            .filter_map(Node::as_number)
            .map(Decimal::from_number)
    }

    /// Returns the smallest number behind a keyword.
    pub(super) fn least(&self, keyword: &str) -> Option<Decimal> {
        self.numbers(keyword).min()
    }

    /// Returns the greatest number behind a keyword; 0 if there is none.
    pub(super) fn at_least(&self, keyword: &str) -> Decimal {
        let zero = Decimal::from_integer(0);
        self.numbers(keyword)
            .max()
            .map_or(zero, |number| number.max(zero))
    }

    pub(super) fn multiples(&self) -> Vec<Decimal> {
        self.numbers("multipleOf").collect()
    }

    /// Returns the bound of numbers, the strictest of all parts. Bounds of integers are inclusive.
    pub(super) fn limit(&self, is_upper: bool, is_integer: bool) -> Option<Limit> {
        let (keyword, exclusive) = if is_upper {
            ("maximum", "exclusiveMaximum")
        } else {
            ("minimum", "exclusiveMinimum")
        };
        let plain = self.parts.iter().filter_map(|part| {
            let is_exclusive = part.get(exclusive).and_then(Node::as_bool) == Some(true);
            Some((part.get(keyword)?.as_number()?, is_exclusive))
        });
        let numeric = self
            .all(exclusive)
            .filter_map(Node::as_number)
            .map(|number| (number, true));
        let limits = plain.chain(numeric).map(|(number, is_exclusive)| {
            let value = Decimal::from_number(number);
            match value.to_integer() {
                Some(whole) if is_integer && is_exclusive => Limit {
                    value: Decimal::from_integer(if is_upper { whole - 1 } else { whole + 1 }),
                    is_exclusive: false,
                },
                _ => Limit {
                    value,
                    is_exclusive,
                },
            }
        });
        limits.reduce(|left, right| {
            if is_stricter(right, left, is_upper) {
                right
            } else {
                left
            }
        })
    }

    /// Returns the integers of a small range.
    pub(super) fn integers(&self) -> Option<Vec<Value>> {
        let low = self.limit(false, true)?.value.to_integer()?;
        let high = self.limit(true, true)?.value.to_integer()?;
        if high - low > MAX_INTEGERS {
            return None;
        }
        (low..=high)
            .map(|number| Some(Value::from(i64::try_from(number).ok()?)))
            .collect()
    }

    /// Returns the values of the enums; `None` if they do not limit the set.
    pub(super) fn values(&self, role: MessageRole) -> Option<Vec<Value>> {
        self.parts.iter().find_map(|part| values(*part, role))
    }

    /// Returns the required properties that are written in this position.
    pub(super) fn required(&self, role: MessageRole) -> BTreeSet<String> {
        let listed = self
            .all("required")
            .flat_map(Node::items)
            .filter_map(Node::as_str);
        let mut names: BTreeSet<String> = listed
            .filter(|name| !self.is_hidden(name, role))
            .map(str::to_owned)
            .collect();
        for (name, assumption) in &self.assumed {
            if *assumption != Assumption::Absent {
                names.insert(name.clone());
            }
        }
        names
    }

    /// Returns true if the property is only part of the other direction's messages.
    pub(super) fn is_hidden(&self, name: &str, role: MessageRole) -> bool {
        let flag = match role {
            MessageRole::Request => "readOnly",
            MessageRole::Response => "writeOnly",
        };
        let mut nodes = self.all("properties").filter_map(|node| node.get(name));
        nodes.any(|node| node.resolve().get(flag).and_then(Node::as_bool) == Some(true))
    }

    /// Returns true if a part forbids properties that it does not name.
    pub(super) fn is_closed(&self) -> bool {
        self.all("additionalProperties")
            .any(|node| node.as_bool() == Some(false))
    }

    /// Returns the schemas of properties that are not named.
    pub(super) fn additional(&self) -> impl Iterator<Item = Node<'d>> {
        self.all("additionalProperties")
            .filter(|node| node.is_map())
    }

    /// Returns the names of all properties that a part describes.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let named = self.all("properties").flat_map(Node::entries);
        named
            .map(|(name, _)| name.to_owned())
            .chain(self.assumed.keys().cloned())
            .collect()
    }

    /// Returns the values of a property, and whether any part describes it.
    pub(super) fn property(&self, name: &str, role: MessageRole) -> (ValueSet<'d>, bool) {
        if self.is_hidden(name, role) {
            return (ValueSet::from_nodes(Vec::new()), false);
        }
        let mut nodes = Vec::new();
        for part in &self.parts {
            let own = part
                .get("properties")
                .and_then(|properties| properties.get(name));
            let additional = part.get("additionalProperties");
            match (own, additional) {
                (Some(node), _) => nodes.push(node),
                (None, Some(node)) if node.as_bool() == Some(false) => {
                    return (ValueSet::Never, true);
                }
                (None, Some(node)) if node.is_map() => nodes.push(node),
                _ => {}
            }
        }
        let is_described = !nodes.is_empty();
        let without = match self.assumed.get(name) {
            Some(Assumption::OneOfTheOthers(values)) => values.clone(),
            _ => Vec::new(),
        };
        let set = ValueSet::All {
            nodes,
            chosen: Vec::new(),
            without,
        };
        (set, is_described)
    }

    /// Returns the values of items.
    pub(super) fn items(&self) -> ValueSet<'d> {
        ValueSet::from_nodes(self.all("items").filter(|node| node.is_map()).collect())
    }
}

/// Returns true if `left` allows less than `right`.
pub(super) fn is_stricter(left: Limit, right: Limit, is_upper: bool) -> bool {
    if left.value == right.value {
        return left.is_exclusive && !right.is_exclusive;
    }
    (left.value < right.value) == is_upper
}
