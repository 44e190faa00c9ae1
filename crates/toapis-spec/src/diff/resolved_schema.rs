//! A schema with everything that applies to it: its own keywords, its `$ref`, and its `allOf`.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use super::context::MessageRole;
use super::sets::ValueSet;
use super::sets::decimal::Decimal;
use toapis_openapi::{Node, NodeId};

/// Schemas that apply together: usually one, more if members of an `allOf` share a property.
#[derive(Clone, Debug)]
pub(super) struct Schema<'d> {
    nodes: Vec<Node<'d>>,
    /// Choices that are replaced by one of their branches: the list of branches, and the branch.
    chosen: Vec<(NodeId, Node<'d>)>,
}

impl<'d> Schema<'d> {
    pub(super) fn of(nodes: impl IntoIterator<Item = Node<'d>>) -> Self {
        let mut nodes: Vec<_> = nodes.into_iter().collect();
        nodes.sort_by_key(|node| node.resolve().id());
        nodes.dedup_by_key(|node| node.resolve().id());
        Self {
            nodes,
            chosen: Vec::new(),
        }
    }

    /// Returns the schema with `branch` in the place of a choice.
    pub(super) fn with_branch(&self, choice: &Choice<'d>, branch: Node<'d>) -> Self {
        let mut schema = self.clone();
        schema.chosen.push((choice.node.id(), branch));
        schema
    }

    /// Returns the values that it allows.
    pub(super) fn values(&self) -> ValueSet<'d> {
        ValueSet::All {
            nodes: self.nodes.clone(),
            chosen: self.chosen.clone(),
            without: Vec::new(),
        }
    }

    pub(super) fn ids(&self) -> Vec<NodeId> {
        let nodes = self.nodes.iter().map(|node| node.resolve().id());
        nodes
            .chain(self.chosen.iter().map(|(_, branch)| branch.id()))
            .collect()
    }

    /// Returns the name of the component, if the schema is a single component.
    pub(super) fn component(&self) -> Option<&'d str> {
        match self.nodes.as_slice() {
            [node] => component(*node),
            _ => None,
        }
    }

    /// Returns the name of the component that the schema is equivalent to: `allOf: [$ref]` equals
    /// `$ref`.
    pub(super) fn alone(&self) -> Option<&'d str> {
        let mut node = self.node()?.resolve();
        loop {
            let name = component(node);
            let wrapped = ["allOf", "oneOf", "anyOf"]
                .iter()
                .find_map(|choice| node.get(choice));
            let mut members = wrapped.into_iter().flat_map(Node::items);
            match (name, members.next(), members.next()) {
                // The reader rejects component schemas with circular references.
                (None, Some(member), None) => node = member.resolve(),
                _ => return name,
            }
        }
    }

    /// Returns the node, if there is exactly one.
    pub(super) fn node(&self) -> Option<Node<'d>> {
        match self.nodes.as_slice() {
            [node] => Some(*node),
            _ => None,
        }
    }

    pub(super) fn resolved(&self) -> ResolvedSchema<'d> {
        let mut parts = Vec::new();
        let mut seen = HashSet::new();
        let mut queue: Vec<_> = self.nodes.iter().rev().copied().collect();
        while let Some(node) = queue.pop() {
            let node = node.resolve();
            if !seen.insert(node.id()) {
                continue;
            }
            parts.push(node);
            for choice in ["allOf", "anyOf", "oneOf"] {
                let Some(list) = node.get(choice) else {
                    continue;
                };
                let members: Vec<_> = list.items().collect();
                if let Some((_, branch)) = self.chosen.iter().find(|(id, _)| *id == list.id()) {
                    queue.push(*branch);
                } else if choice == "allOf" || members.len() == 1 {
                    queue.extend(members.into_iter().rev());
                }
            }
        }
        ResolvedSchema {
            at: self.nodes.first().copied(),
            parts,
            chosen: self.chosen.iter().map(|(id, _)| *id).collect(),
            types: OnceCell::new(),
        }
    }
}

/// Returns the name of the component schema that a node is, or refers to.
pub(super) fn component(node: Node<'_>) -> Option<&str> {
    let node = node.resolve();
    let parent = node.parent()?;
    (parent.key() == Some("schemas") && parent.parent().and_then(Node::key) == Some("components"))
        .then(|| node.key())
        .flatten()
}

/// A bound: the number, whether it is exclusive, and its node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound<'d> {
    pub(super) value: Decimal,
    pub(super) excluded: bool,
    pub(super) node: Node<'d>,
}

/// A choice between schemas.
#[derive(Clone, Debug)]
pub(super) struct Choice<'d> {
    /// `oneOf` or `anyOf`.
    pub(super) keyword: &'static str,
    pub(super) node: Node<'d>,
    pub(super) branches: Vec<Node<'d>>,
}

/// All keywords of a schema, including those of its `allOf`.
#[derive(Debug)]
pub(super) struct ResolvedSchema<'d> {
    at: Option<Node<'d>>,
    parts: Vec<Node<'d>>,
    chosen: Vec<NodeId>,
    types: OnceCell<Option<BTreeSet<&'d str>>>,
}

impl<'d> ResolvedSchema<'d> {
    /// Returns the first node.
    pub(super) fn node(&self) -> Option<Node<'d>> {
        self.parts.first().copied().or(self.at)
    }

    /// Returns all nodes of a keyword.
    pub(super) fn all(&self, keyword: &str) -> impl Iterator<Item = Node<'d>> {
        self.parts.iter().filter_map(move |part| part.get(keyword))
    }

    /// Returns the first node of a keyword.
    pub(super) fn get(&self, keyword: &str) -> Option<Node<'d>> {
        self.all(keyword).next()
    }

    /// Returns the node of a keyword, or else that of the schema.
    pub(super) fn spot(&self, keyword: &str) -> Option<Node<'d>> {
        self.get(keyword).or_else(|| self.node())
    }

    /// Returns true if a flag is set in any part.
    pub(super) fn flag(&self, keyword: &str) -> bool {
        self.all(keyword).any(|node| node.as_bool() == Some(true))
    }

    /// Returns the allowed types without `null`; `None` if any type is allowed.
    pub(super) fn types(&self) -> Option<&BTreeSet<&'d str>> {
        self.types
            .get_or_init(|| {
                self.all("type")
                    .map(|node| -> BTreeSet<_> {
                        node.as_str()
                            .into_iter()
                            .chain(node.items().filter_map(Node::as_str))
                            .filter(|name| *name != "null")
                            .collect()
                    })
                    .reduce(|left, right| left.intersection(&right).copied().collect())
            })
            .as_ref()
    }

    /// Returns true if `null` is allowed. A schema without a type allows it.
    pub(super) fn nullable(&self) -> bool {
        self.parts
            .iter()
            .filter_map(|part| Some((part, part.get("type")?)))
            .all(|(part, kind)| {
                part.get("nullable").and_then(Node::as_bool) == Some(true)
                    || kind.items().any(|name| name.as_str() == Some("null"))
            })
    }

    /// Returns the smallest bound of a keyword.
    pub(super) fn least(&self, keyword: &str) -> Option<Bound<'d>> {
        self.bounds(keyword).min_by_key(|bound| bound.value)
    }

    /// Returns the greatest bound of a keyword.
    pub(super) fn greatest(&self, keyword: &str) -> Option<Bound<'d>> {
        self.bounds(keyword).max_by_key(|bound| bound.value)
    }

    fn bounds(&self, keyword: &str) -> impl Iterator<Item = Bound<'d>> {
        self.all(keyword).filter_map(|node| {
            Some(Bound {
                value: Decimal::from_number(node.as_number()?),
                excluded: false,
                node,
            })
        })
    }

    /// Returns the stricter of `maximum` or `minimum` and its exclusive form.
    pub(super) fn limit(
        &self,
        keyword: &str,
        exclusive: &str,
        is_upper: bool,
    ) -> Option<Bound<'d>> {
        let whole = self
            .types()
            .is_some_and(|types| types.iter().eq(["integer"].iter()));
        let plain = self.parts.iter().filter_map(|part| {
            let node = part.get(keyword)?;
            let excluded = part.get(exclusive).and_then(Node::as_bool) == Some(true);
            Some((node, excluded))
        });
        // In OpenAPI 3.1, the exclusive bound is a number.
        let numeric = self.all(exclusive).map(|node| (node, true));
        plain
            .chain(numeric)
            .filter_map(|(node, excluded)| {
                let value = Decimal::from_number(node.as_number()?);
                // For integers, more than 0 is at least 1.
                Some(match value.to_integer().filter(|_| whole && excluded) {
                    Some(number) => Bound {
                        value: Decimal::from_integer(if is_upper {
                            number - 1
                        } else {
                            number + 1
                        }),
                        excluded: false,
                        node,
                    },
                    None => Bound {
                        value,
                        excluded,
                        node,
                    },
                })
            })
            .min_by(|left, right| {
                let by_value = left.value.cmp(&right.value);
                let by_value = if is_upper {
                    by_value
                } else {
                    by_value.reverse()
                };
                by_value.then(right.excluded.cmp(&left.excluded))
            })
    }

    /// Returns the strings of a keyword, from all parts.
    pub(super) fn texts(&self, keyword: &str) -> BTreeSet<&'d str> {
        self.all(keyword).filter_map(Node::as_str).collect()
    }

    /// Returns the values of `enum` or `const` as JSON, with their nodes; `None` if any value is
    /// allowed.
    pub(super) fn values(&self) -> Option<BTreeMap<String, Node<'d>>> {
        let consts = self
            .all("const")
            .map(|node| BTreeMap::from([(canonical(&node.to_value()), node)]));
        self.all("enum")
            .map(|node| {
                node.items()
                    .map(|item| (canonical(&item.to_value()), item))
                    .collect::<BTreeMap<_, _>>()
            })
            .chain(consts)
            .reduce(|mut left, right| {
                left.retain(|value, _| right.contains_key(value));
                left
            })
    }

    /// Returns the properties, each with all schemas that apply to it.
    pub(super) fn properties(&self) -> BTreeMap<&'d str, Schema<'d>> {
        let mut properties: BTreeMap<&str, Vec<Node<'_>>> = BTreeMap::new();
        for (name, node) in self.all("properties").flat_map(Node::entries) {
            properties.entry(name).or_default().push(node);
        }
        properties
            .into_iter()
            .map(|(name, nodes)| (name, Schema::of(nodes)))
            .collect()
    }

    /// Returns the required properties, with the node that requires each.
    pub(super) fn required(&self) -> BTreeMap<&'d str, Node<'d>> {
        self.all("required")
            .flat_map(Node::items)
            .filter_map(|item| Some((item.as_str()?, item)))
            .collect()
    }

    /// Returns true if properties that are not listed are forbidden.
    pub(super) fn is_closed(&self) -> bool {
        self.all("additionalProperties")
            .any(|node| node.as_bool() == Some(false))
    }

    /// Returns the schema of items, or of properties that are not listed.
    pub(super) fn sub(&self, keyword: &str) -> Option<Schema<'d>> {
        let nodes: Vec<_> = self.all(keyword).filter(|node| node.is_map()).collect();
        (!nodes.is_empty()).then(|| Schema::of(nodes))
    }

    /// Returns all choices between at least two schemas.
    pub(super) fn choices(&self) -> Vec<Choice<'d>> {
        let mut choices = Vec::new();
        for keyword in ["oneOf", "anyOf"] {
            for node in self.all(keyword) {
                let branches: Vec<_> = node.items().collect();
                if branches.len() > 1 && !self.chosen.contains(&node.id()) {
                    choices.push(Choice {
                        keyword,
                        node,
                        branches,
                    });
                }
            }
        }
        choices
    }

    /// Returns true if the set of values depends on more than keywords that are compared one by
    /// one.
    pub(super) fn has_alternatives(&self) -> bool {
        !self.choices().is_empty() || self.get("not").is_some()
    }
}

/// Returns true if the property is never part of messages of this role.
pub(super) fn is_hidden(view: &ResolvedSchema<'_>, role: MessageRole) -> bool {
    match role {
        MessageRole::Request => view.flag("readOnly"),
        MessageRole::Response => view.flag("writeOnly"),
    }
}

/// Returns a value as JSON, with 1.0 written as 1.
pub(super) fn canonical(value: &Value) -> String {
    if let Some(number) = value
        .as_f64()
        .filter(|number| number.fract() == 0.0 && number.abs() < 1e15)
    {
        return format!("{number}");
    }
    value.to_string()
}
