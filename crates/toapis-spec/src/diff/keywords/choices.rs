//! Compares `oneOf`, `anyOf` and `not`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::diff::comparison::{Comparison, FindingBuilder};
use crate::diff::context::{Change, CompareContext, Discriminator, MovedValues};
use crate::diff::fingerprint::fingerprint;
use crate::diff::resolved_schema::{Choice, ResolvedSchema, Schema};

use super::pairing::{Branch, Pairs, listed, name};
use toapis_openapi::Node;

/// Compares a schema without choices with one that has some: the most similar branch represents the
/// choice, and the others are added or removed. Returns false if both or neither have choices.
pub(in crate::diff) fn one_sided<'d>(
    comparison: &mut Comparison<'d>,
    (old, new): (&Schema<'d>, &Schema<'d>),
    (old_view, new_view): (&ResolvedSchema<'d>, &ResolvedSchema<'d>),
    context: &CompareContext,
) -> bool {
    let (before, after) = (old_view.choices(), new_view.choices());
    let decided = |schema: &Schema<'d>, choice: &Choice<'d>| -> Vec<Branch<'d>> {
        let branches = choice.branches.iter();
        branches
            .map(|branch| Branch::new(*branch, schema.with_branch(choice, *branch)))
            .collect()
    };
    let whole = |schema: &Schema<'d>, view: &ResolvedSchema<'d>| -> Vec<Branch<'d>> {
        let node = schema.node().or_else(|| view.node());
        node.into_iter()
            .map(|node| Branch::new(node, schema.clone()))
            .collect()
    };
    let pairs = match (before.as_slice(), after.as_slice()) {
        ([], [choice, ..]) => Pairs::new(whole(old, old_view), decided(new, choice)),
        ([choice, ..], []) => Pairs::new(decided(old, choice), whole(new, new_view)),
        _ => return false,
    };
    let count = before
        .iter()
        .chain(&after)
        .map(|choice| choice.branches.len())
        .next();
    let is_clear = pairs.matched.iter().any(|(left, right)| {
        let rest = pairs.gone.iter().chain(&pairs.come);
        left.traits.intersection(&right.traits).next().is_some()
            || left.fingerprint == right.fingerprint
            || (count == Some(rest.clone().count() + 1)
                && rest.into_iter().all(|other| other.types != left.types))
    });
    if !is_clear {
        return false;
    }
    pairs.compare(comparison, (old_view, new_view), context);
    true
}

/// Compares the choices of two schemas.
pub(in crate::diff) fn choices<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    let (mut before, mut after) = (old.choices(), new.choices());
    while let Some((left, right)) = most_alike(&before, &after) {
        let (left, right) = (before.remove(left), after.remove(right));
        kind(comparison, &left, &right, context);
        branches(
            comparison,
            (&left.branches, &right.branches),
            (old, new),
            context,
        );
    }
    for choice in before {
        let finding = FindingBuilder::new(
            "choice-removed",
            format!(
                "`{}` was removed: none of its schemas has to match",
                choice.keyword
            ),
        );
        comparison.changed(
            context,
            Change::Widened,
            finding,
            (Some(choice.node), new.node()),
        );
    }
    for choice in after {
        let finding = FindingBuilder::new(
            "choice-added",
            format!(
                "`{}` was added: one of its schemas must match",
                choice.keyword
            ),
        );
        comparison.changed(
            context,
            Change::Narrowed,
            finding,
            (old.node(), Some(choice.node)),
        );
    }
}

/// Returns the indices of the two choices that share the most branches and the keyword.
fn most_alike(before: &[Choice<'_>], after: &[Choice<'_>]) -> Option<(usize, usize)> {
    let fingerprints = |choice: &Choice<'_>| -> BTreeSet<u64> {
        choice
            .branches
            .iter()
            .map(|branch| fingerprint(*branch))
            .collect()
    };
    let mut best: Option<((usize, bool), usize, usize)> = None;
    for (index, left) in before.iter().enumerate() {
        for (other, right) in after.iter().enumerate() {
            let shared = fingerprints(left)
                .intersection(&fingerprints(right))
                .count();
            let score = (shared, left.keyword == right.keyword);
            if best.is_none_or(|(known, ..)| score > known) {
                best = Some((score, index, other));
            }
        }
    }
    best.map(|(_, left, right)| (left, right))
}

fn kind<'d>(
    comparison: &mut Comparison<'d>,
    old: &Choice<'d>,
    new: &Choice<'d>,
    context: &CompareContext,
) {
    let (change, message) = match (old.keyword, new.keyword) {
        ("anyOf", "oneOf") => (
            Change::Narrowed,
            "`anyOf` became `oneOf`: values that match two of the schemas are no longer allowed",
        ),
        ("oneOf", "anyOf") => (
            Change::Widened,
            "`oneOf` became `anyOf`: values that match two of the schemas are newly allowed",
        ),
        _ => return,
    };
    comparison.changed(
        context,
        change,
        FindingBuilder::new("choice-kind-changed", message),
        (Some(old.node), Some(new.node)),
    );
}

/// Compares two lists of branches.
fn branches<'d>(
    comparison: &mut Comparison<'d>,
    (before, after): (&[Node<'d>], &[Node<'d>]),
    views: (&ResolvedSchema<'d>, &ResolvedSchema<'d>),
    context: &CompareContext,
) {
    let all = |nodes: &[Node<'d>]| {
        let nodes = nodes.iter();
        nodes
            .map(|node| Branch::new(*node, Schema::of([*node])))
            .collect()
    };
    let discriminator = discriminator(before, after).map(Rc::new);
    let context = &CompareContext {
        discriminator,
        ..context.clone()
    };
    Pairs::new(all(before), all(after)).compare(comparison, views, context);
}

/// Returns the property that most branches list values of, with the values that moved to another
/// branch.
fn discriminator<'d>(before: &[Node<'d>], after: &[Node<'d>]) -> Option<Discriminator> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let old: Vec<_> = before
        .iter()
        .map(|branch| (name(*branch), listed(&Schema::of([*branch]).resolved())))
        .collect();
    let new: Vec<_> = after
        .iter()
        .map(|branch| (name(*branch), listed(&Schema::of([*branch]).resolved())))
        .collect();
    for (_, lists) in old.iter().chain(&new) {
        for property in lists.keys() {
            *counts.entry(property).or_default() += 1;
        }
    }
    let property = counts
        .iter()
        .max_by_key(|(property, count)| (**count, std::cmp::Reverse(**property)))
        .map(|(property, _)| *property)?;
    let homes = |branches: &[(String, BTreeMap<&str, BTreeSet<String>>)]| {
        let mut homes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (branch, lists) in branches {
            for value in lists.get(property).into_iter().flatten() {
                homes
                    .entry(value.clone())
                    .or_default()
                    .insert(branch.clone());
            }
        }
        homes
    };
    let (was, is) = (homes(&old), homes(&new));
    let mut moved = MovedValues::default();
    for value in was.keys().chain(is.keys()) {
        match (was.get(value), is.get(value)) {
            (Some(was), Some(is)) if was != is => moved.between.insert(value.clone()),
            (Some(_), None) | (None, Some(_)) => moved.handed.insert(value.clone()),
            _ => false,
        };
    }
    Some(Discriminator {
        property: property.to_owned(),
        moved: Rc::new(moved),
    })
}

/// Compares excluded schemas. A larger exclusion allows less.
pub(in crate::diff) fn negations<'d>(
    comparison: &mut Comparison<'d>,
    old: &ResolvedSchema<'d>,
    new: &ResolvedSchema<'d>,
    context: &CompareContext,
) {
    let (before, after): (Vec<_>, Vec<_>) = (old.all("not").collect(), new.all("not").collect());
    for (old, new) in before.iter().zip(&after) {
        let context = CompareContext {
            inverted: !context.inverted,
            ..context.clone()
        };
        comparison.schemas(Schema::of([*old]), Schema::of([*new]), context);
    }
    for gone in before.iter().skip(after.len()) {
        let finding = FindingBuilder::new(
            "exclusion-removed",
            "values that `not` excluded are newly allowed",
        );
        comparison.changed(context, Change::Widened, finding, (Some(*gone), new.node()));
    }
    for come in after.iter().skip(before.len()) {
        let finding = FindingBuilder::new(
            "exclusion-added",
            "values that match `not` are no longer allowed",
        );
        comparison.changed(
            context,
            Change::Narrowed,
            finding,
            (old.node(), Some(*come)),
        );
    }
}
