//! `oneOf`, `anyOf` and `not`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::spec::diff::fingerprint::fingerprint;
use crate::spec::diff::view::{Choice, Schema, View, component};
use crate::spec::diff::walk::{Change, Chooser, Moved, Said, Site, Walk};
use toapis_openapi::Node;

/// Compares a schema with a choice that it became part of, or was the last left of. False if it is no such pair.
pub(in crate::spec::diff) fn wrapped<'d>(
    walk: &mut Walk<'d>,
    old: &View<'d>,
    new: &View<'d>,
    site: &Site,
) -> bool {
    let (before, after) = (old.choices(), new.choices());
    let (left, right) = match (before.as_slice(), after.as_slice()) {
        ([], [choice]) if new.is_mere_choice() && !old.is_mere_choice() => {
            (old.node().into_iter().collect(), choice.branches.clone())
        }
        ([choice], []) if old.is_mere_choice() && !new.is_mere_choice() => (
            choice.branches.clone(),
            new.node().into_iter().collect::<Vec<_>>(),
        ),
        _ => return false,
    };
    branches(walk, (&left, &right), (old, new), site);
    true
}

/// Compares the choices of two schemas.
pub(in crate::spec::diff) fn choices<'d>(
    walk: &mut Walk<'d>,
    old: &View<'d>,
    new: &View<'d>,
    site: &Site,
) {
    let (before, after) = (old.choices(), new.choices());
    for (old_choice, new_choice) in before.iter().zip(&after) {
        kind(walk, old_choice, new_choice, site);
        branches(
            walk,
            (&old_choice.branches, &new_choice.branches),
            (old, new),
            site,
        );
    }
    for choice in before.iter().skip(after.len()) {
        let said = Said::new(
            "choice-removed",
            format!(
                "`{}` is gone: none of its schemas must hold",
                choice.keyword
            ),
        );
        walk.changed(site, Change::Widened, said, (Some(choice.node), new.node()));
    }
    for choice in after.iter().skip(before.len()) {
        let said = Said::new(
            "choice-added",
            format!("`{}` is new: one of its schemas must hold", choice.keyword),
        );
        walk.changed(
            site,
            Change::Narrowed,
            said,
            (old.node(), Some(choice.node)),
        );
    }
}

fn kind<'d>(walk: &mut Walk<'d>, old: &Choice<'d>, new: &Choice<'d>, site: &Site) {
    let (change, message) = match (old.keyword, new.keyword) {
        ("anyOf", "oneOf") => (
            Change::Narrowed,
            "`anyOf` became `oneOf`: what two of the schemas allow is refused now",
        ),
        ("oneOf", "anyOf") => (
            Change::Widened,
            "`oneOf` became `anyOf`: what two of the schemas allow is allowed now",
        ),
        _ => return,
    };
    walk.changed(
        site,
        change,
        Said::new("choice-kind-changed", message),
        (Some(old.node), Some(new.node)),
    );
}

/// Compares two lists of branches: those that belong together with each other, the others as gone or new.
fn branches<'d>(
    walk: &mut Walk<'d>,
    (before, after): (&[Node<'d>], &[Node<'d>]),
    (old, new): (&View<'d>, &View<'d>),
    site: &Site,
) {
    let pairs = Pairs::of(before, after);
    let chooser = chooser(before, after).map(Rc::new);
    let site = &Site {
        chooser,
        ..site.clone()
    };
    for (left, right) in pairs.matched {
        walk.schemas(Schema::of([left]), Schema::of([right]), site.clone());
    }
    for gone in pairs.gone.iter().map(|branch| branch.node) {
        let said = Said::new(
            "branch-removed",
            format!("{} is no longer one of the choices", name(gone)),
        );
        walk.changed(
            &named(site, gone),
            Change::Narrowed,
            said,
            (Some(gone), new.node()),
        );
    }
    for come in pairs.come.iter().map(|branch| branch.node) {
        let said = Said::new("branch-added", format!("{} is a new choice", name(come)));
        walk.changed(
            &named(site, come),
            Change::Widened,
            said,
            (old.node(), Some(come)),
        );
    }
}

fn named(site: &Site, branch: Node<'_>) -> Site {
    match component(branch) {
        Some(name) => site.below(crate::spec::diff::subject::Step::Schema(name.to_owned())),
        None => site.clone(),
    }
}

fn name(branch: Node<'_>) -> String {
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

/// A branch, and by what it is known again.
struct Branch<'d> {
    node: Node<'d>,
    component: Option<&'d str>,
    fingerprint: u64,
    listed: BTreeMap<&'d str, BTreeSet<String>>,
    types: Option<BTreeSet<&'d str>>,
}

impl<'d> Branch<'d> {
    fn of(node: Node<'d>) -> Self {
        Self {
            node,
            component: component(node),
            fingerprint: fingerprint(node),
            listed: listed(node),
            types: Schema::of([node]).view().types().cloned(),
        }
    }

    fn shares_a_value(&self, other: &Self) -> bool {
        self.listed.iter().any(|(property, values)| {
            let others = other.listed.get(property);
            others.is_some_and(|others| !values.is_disjoint(others))
        })
    }

    /// Of two named branches the names would have told.
    fn is_alike(&self, other: &Self) -> bool {
        (self.component.is_none() || other.component.is_none()) && self.types == other.types
    }
}

/// Which branches belong together.
struct Pairs<'d> {
    matched: Vec<(Node<'d>, Node<'d>)>,
    gone: Vec<Branch<'d>>,
    come: Vec<Branch<'d>>,
}

impl<'d> Pairs<'d> {
    /// By the surest sign first: the name of the component, then the same content, the same values of the property that
    /// chooses, the same properties that list their values, and last the same type in the same order.
    fn of(before: &[Node<'d>], after: &[Node<'d>]) -> Self {
        let all = |nodes: &[Node<'d>]| nodes.iter().copied().map(Branch::of).collect();
        let mut pairs = Self {
            matched: Vec::new(),
            gone: all(before),
            come: all(after),
        };
        pairs.pair(|old, new| old.component.is_some() && old.component == new.component);
        pairs.pair(|old, new| old.fingerprint == new.fingerprint);
        pairs.pair(Branch::shares_a_value);
        pairs.pair(|old, new| old.is_alike(new) && old.listed.keys().eq(new.listed.keys()));
        pairs.pair(Branch::is_alike);
        pairs
    }

    fn pair(&mut self, belong: impl Fn(&Branch<'d>, &Branch<'d>) -> bool) {
        let mut gone = Vec::new();
        for old in std::mem::take(&mut self.gone) {
            match self.come.iter().position(|new| belong(&old, new)) {
                Some(index) => {
                    let new = self.come.remove(index);
                    self.matched.push((old.node, new.node));
                }
                None => gone.push(old),
            }
        }
        self.gone = gone;
    }
}

/// The properties of a branch that list their values.
fn listed(branch: Node<'_>) -> BTreeMap<&str, BTreeSet<String>> {
    Schema::of([branch])
        .view()
        .properties()
        .into_iter()
        .filter_map(|(name, schema)| {
            let values = schema.view().values()?.into_keys();
            Some((
                name,
                values
                    .map(|value| value.trim_matches('"').to_owned())
                    .collect(),
            ))
        })
        .collect()
}

/// The property that most branches list values of, and the values that are in another branch than before.
fn chooser<'d>(before: &[Node<'d>], after: &[Node<'d>]) -> Option<Chooser> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let old: Vec<_> = before
        .iter()
        .map(|branch| (name(*branch), listed(*branch)))
        .collect();
    let new: Vec<_> = after
        .iter()
        .map(|branch| (name(*branch), listed(*branch)))
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
    let mut moved = Moved::default();
    for value in was.keys().chain(is.keys()) {
        match (was.get(value), is.get(value)) {
            (Some(was), Some(is)) if was != is => moved.between.insert(value.clone()),
            (Some(_), None) | (None, Some(_)) => moved.handed.insert(value.clone()),
            _ => false,
        };
    }
    Some(Chooser {
        property: property.to_owned(),
        moved: Rc::new(moved),
    })
}

/// Compares what is excluded. What an exclusion gains, the whole loses.
pub(in crate::spec::diff) fn negations<'d>(
    walk: &mut Walk<'d>,
    old: &View<'d>,
    new: &View<'d>,
    site: &Site,
) {
    let (before, after): (Vec<_>, Vec<_>) = (old.all("not").collect(), new.all("not").collect());
    for (old, new) in before.iter().zip(&after) {
        let site = Site {
            inverted: !site.inverted,
            ..site.clone()
        };
        walk.schemas(Schema::of([*old]), Schema::of([*new]), site);
    }
    for gone in before.iter().skip(after.len()) {
        let said = Said::new("exclusion-removed", "what `not` excluded is allowed now");
        walk.changed(site, Change::Widened, said, (Some(*gone), new.node()));
    }
    for come in after.iter().skip(before.len()) {
        let said = Said::new("exclusion-added", "what `not` tells is excluded now");
        walk.changed(site, Change::Narrowed, said, (old.node(), Some(*come)));
    }
}
