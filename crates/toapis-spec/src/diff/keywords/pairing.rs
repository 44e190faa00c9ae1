//! Pairs the branches of two choices by meaning.

use std::collections::{BTreeMap, BTreeSet};

use toapis_openapi::Node;

use crate::diff::comparison::{Comparison, FindingBuilder};
use crate::diff::context::{Change, CompareContext};
use crate::diff::fingerprint::fingerprint;
use crate::diff::resolved_schema::{ResolvedSchema, Schema, component};
use crate::diff::subject::Step;

/// A branch of a choice, with the signs by which it is paired.
pub(super) struct Branch<'d> {
    pub(super) node: Node<'d>,
    pub(super) schema: Schema<'d>,
    component: Option<&'d str>,
    pub(super) fingerprint: u64,
    listed: BTreeMap<&'d str, BTreeSet<String>>,
    pub(super) types: Option<BTreeSet<&'d str>>,
    /// Names of properties, and keywords with their values.
    pub(super) traits: BTreeSet<String>,
}

impl<'d> Branch<'d> {
    pub(super) fn new(node: Node<'d>, schema: Schema<'d>) -> Self {
        let view = schema.resolved();
        let mut traits: BTreeSet<String> = view
            .properties()
            .keys()
            .map(|name| format!("property {name}"))
            .collect();
        traits.extend(
            view.required()
                .keys()
                .map(|name| format!("required {name}")),
        );
        for keyword in ["enum", "const", "format", "pattern", "maxLength", "maximum"] {
            traits.extend(
                view.all(keyword)
                    .map(|node| format!("{keyword} {}", node.to_value())),
            );
        }
        Self {
            node,
            component: component(node),
            fingerprint: fingerprint(node),
            listed: listed(&view),
            types: view.types().cloned(),
            traits,
            schema,
        }
    }

    fn shares_a_value(&self, other: &Self) -> bool {
        self.listed.iter().any(|(property, values)| {
            let others = other.listed.get(property);
            others.is_some_and(|others| !values.is_disjoint(others))
        })
    }

    /// Two different components are different schemas; only the earlier rules pair them.
    fn is_alike(&self, other: &Self) -> bool {
        (self.component.is_none() || other.component.is_none()) && self.types == other.types
    }
}

/// The paired branches, and the rest.
pub(super) struct Pairs<'d> {
    pub(super) matched: Vec<(Branch<'d>, Branch<'d>)>,
    pub(super) gone: Vec<Branch<'d>>,
    pub(super) come: Vec<Branch<'d>>,
}

impl<'d> Pairs<'d> {
    /// Pairs branches by the clearest sign first: the name of the component, then the same content,
    /// the same values of the discriminator, the same properties with listed values, and last the
    /// type and shared properties.
    pub(super) fn new(before: Vec<Branch<'d>>, after: Vec<Branch<'d>>) -> Self {
        let mut pairs = Self {
            matched: Vec::new(),
            gone: before,
            come: after,
        };
        pairs.pair(|old, new| old.component.is_some() && old.component == new.component);
        pairs.pair(|old, new| old.fingerprint == new.fingerprint);
        pairs.pair(Branch::shares_a_value);
        pairs.pair(|old, new| old.is_alike(new) && old.listed.keys().eq(new.listed.keys()));
        pairs.pair(Branch::is_alike);
        pairs
    }

    /// Pairs branches for which `belong` is true, the most similar first.
    fn pair(&mut self, belong: impl Fn(&Branch<'d>, &Branch<'d>) -> bool) {
        loop {
            let mut best: Option<(usize, usize, usize)> = None;
            for (left, old) in self.gone.iter().enumerate() {
                for (right, new) in self.come.iter().enumerate() {
                    let shared = old.traits.intersection(&new.traits).count();
                    if belong(old, new) && best.is_none_or(|(known, ..)| shared > known) {
                        best = Some((shared, left, right));
                    }
                }
            }
            let Some((_, left, right)) = best else { return };
            let pair = (self.gone.remove(left), self.come.remove(right));
            self.matched.push(pair);
        }
    }

    /// Compares the paired branches, and reports the others as removed or added.
    pub(super) fn compare(
        self,
        comparison: &mut Comparison<'d>,
        (old, new): (&ResolvedSchema<'d>, &ResolvedSchema<'d>),
        context: &CompareContext,
    ) {
        for (left, right) in self.matched {
            comparison.schemas(left.schema, right.schema, context.clone());
        }
        for gone in self.gone.iter().map(|branch| branch.node) {
            let finding = FindingBuilder::new(
                "branch-removed",
                format!("{} is no longer a choice", name(gone)),
            );
            comparison.changed(
                &named(context, gone),
                Change::Narrowed,
                finding,
                (Some(gone), new.node()),
            );
        }
        for come in self.come.iter().map(|branch| branch.node) {
            let finding =
                FindingBuilder::new("branch-added", format!("{} is a new choice", name(come)));
            comparison.changed(
                &named(context, come),
                Change::Widened,
                finding,
                (old.node(), Some(come)),
            );
        }
    }
}

/// Returns the properties of a branch that list their values.
pub(super) fn listed<'d>(view: &ResolvedSchema<'d>) -> BTreeMap<&'d str, BTreeSet<String>> {
    view.properties()
        .into_iter()
        .filter_map(|(name, schema)| {
            let values = schema.resolved().values()?.into_keys();
            Some((
                name,
                values
                    .map(|value| value.trim_matches('"').to_owned())
                    .collect(),
            ))
        })
        .collect()
}

fn named(context: &CompareContext, branch: Node<'_>) -> CompareContext {
    match component(branch) {
        Some(name) => context.below(Step::Schema(name.to_owned())),
        None => context.clone(),
    }
}

pub(super) fn name(branch: Node<'_>) -> String {
    component(branch).map_or_else(
        || {
            let kind = branch.resolve().get("type").and_then(Node::as_str);
            kind.map_or("a schema".to_owned(), |kind| {
                format!("a schema of type `{kind}`")
            })
        },
        |name| format!("`{name}`"),
    )
}
