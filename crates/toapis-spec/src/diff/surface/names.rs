//! Maps the names of the old code to those of the new code, and to the findings that explain them.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::{CodeChange, ItemChange, changes};
use super::code_findings::Code;
use super::renames::{Renames, types_of};
use super::schemas::SchemaChange;
use crate::diff::finding::Finding;
use crate::diff::items::{Item, ItemKind, RustItem, plain};
use crate::diff::subject::Step;
use heck::ToSnakeCase as _;

/// The crate of an item, and its path.
pub(super) type Key<'i> = (&'i str, &'i str);

pub(super) fn key(item: &Item) -> Key<'_> {
    (&item.rust.package, &item.rust.path)
}

/// Both versions of the code, and the map of names.
pub(super) struct Names<'i> {
    code: &'i Code<'i>,
    pub(super) changes: Vec<CodeChange<'i>>,
    gone: BTreeSet<&'i str>,
    come: BTreeSet<&'i str>,
    renames: Renames,
}

impl<'i> Names<'i> {
    pub(super) fn of(code: &'i Code<'i>, moved: &[SchemaChange<'_>], wire: &[Finding]) -> Self {
        let gone = types_of(code.old, code.new);
        let new = types_of(code.new, code.old);
        let called = |all: &BTreeSet<&str>, name: &str| {
            let mut all = all.iter();
            all.find(|ident| plain(ident) == plain(name))
                .map(|ident| (*ident).to_owned())
        };
        let schemas = moved
            .iter()
            .filter_map(|moved| Some((called(&gone, moved.old?)?, called(&new, moved.new?)?)));
        let operations = wire
            .iter()
            .filter_map(|finding| Some((finding.subject.former.as_ref()?, finding)))
            .filter_map(|(was, finding)| Some((was, finding.subject.operation.as_ref()?)))
            .flat_map(|(was, is)| {
                let (was, is) = (was.to_snake_case(), is.to_snake_case());
                let halves = ["When", "Then"].map(|half| {
                    Some((
                        called(&gone, &(was.clone() + half))?,
                        called(&new, &(is.clone() + half))?,
                    ))
                });
                let functions = [
                    (was.to_uppercase(), is.to_uppercase()),
                    (format!("{was}_request"), format!("{is}_request")),
                    (was, is),
                ];
                functions.into_iter().chain(halves.into_iter().flatten())
            });
        let known = schemas.chain(operations).collect();
        Self {
            changes: changes(code.old, code.new),
            renames: Renames::of(code.old, code.new, known),
            code,
            gone,
            come: new,
        }
    }

    /// Returns the item with its new name.
    fn renamed(&self, item: &Item) -> RustItem {
        let counterpart = self.renames.counterpart(item, self.code.new);
        let becomes = counterpart.map(|counterpart| counterpart.rust.path.clone());
        RustItem {
            becomes: becomes.filter(|path| *path != item.rust.path),
            ..item.rust.clone()
        }
    }

    /// Returns true if the item is only renamed.
    fn is_kept(&self, item: &Item) -> bool {
        let counterpart = self.renames.counterpart(item, self.code.new);
        counterpart.is_some_and(|counterpart| self.renames.is_same(item, counterpart))
    }

    /// Adds the items of both names to a finding about a renamed operation or parameter.
    pub(super) fn complete(&self, finding: &mut Finding) {
        let subject = &finding.subject;
        match (finding.code.as_str(), &subject.former, &subject.value) {
            ("operation-id-changed", Some(former), _) => {
                let former = plain(former);
                let of_it = self
                    .changes
                    .iter()
                    .filter_map(|change| match change.change {
                        ItemChange::Gone(item) if item.kind == ItemKind::Type => Some(item),
                        _ => None,
                    });
                let of_it = of_it.filter(|item| plain(&item.ident).starts_with(&former));
                finding.items.extend(of_it.map(|item| item.rust.clone()));
                for item in &mut finding.items {
                    if let Some(was) = self.code.old.get(&item.package, &item.path) {
                        *item = self.renamed(was);
                    }
                }
                let twins: BTreeSet<_> = finding
                    .items
                    .iter()
                    .filter_map(|item| item.becomes.clone())
                    .collect();
                finding.items.retain(|item| !twins.contains(&item.path));
            }
            ("parameter-renamed", _, Some(former)) => {
                let now = subject.path_steps.iter().rev().find_map(|step| match step {
                    Step::Property(name) => Some(name.to_snake_case()),
                    _ => None,
                });
                let whole: BTreeSet<_> = finding
                    .items
                    .iter()
                    .map(|item| (item.package.as_str(), item.path.as_str()))
                    .collect();
                let of_it = self
                    .changes
                    .iter()
                    .filter_map(|change| match change.change {
                        ItemChange::Gone(item)
                            if item.ident == former.to_snake_case()
                                && whole.contains(&(item.rust.package.as_str(), item.whole())) =>
                        {
                            let path = format!("{}::{}", item.whole(), now.as_deref()?);
                            let is = self.code.new.get(&item.rust.package, &path);
                            Some(RustItem {
                                becomes: is.map(|is| is.rust.path.clone()),
                                ..item.rust.clone()
                            })
                        }
                        _ => None,
                    });
                let of_it: Vec<_> = of_it.collect();
                finding.items.extend(of_it);
            }
            _ => return,
        }
        finding.items.sort();
        finding.items.dedup();
    }

    /// Returns the items that findings about the wire explain: their items, those of the same type,
    /// and the types that these name.
    pub(super) fn explained<'f>(
        &self,
        wire: impl Iterator<Item = &'f Finding>,
    ) -> BTreeSet<Key<'i>> {
        let explaining: BTreeSet<(&str, &str)> = wire
            .flat_map(|finding| &finding.items)
            .flat_map(|item| {
                let becomes = item.becomes.as_deref();
                let paths = [Some(item.path.as_str()), becomes].into_iter().flatten();
                paths.map(|path| (item.package.as_str(), path))
            })
            .collect();
        // The client is one type for all operations, each of which is explained separately.
        let wholes: BTreeSet<(&str, &str)> = explaining
            .iter()
            .filter_map(|(package, path)| Some((*package, path.rsplit_once("::")?.0)))
            .filter(|(_, whole)| *whole != "Client" && whole.ends_with(char::is_alphanumeric))
            .chain(explaining.iter().copied())
            .filter(|key| self.is_type(*key))
            .collect();
        let mut explained = BTreeSet::new();
        let mut names: BTreeSet<&str> = BTreeSet::new();
        loop {
            let known = explained.len();
            for change in &self.changes {
                let item = change.item();
                let whole = (item.rust.package.as_str(), item.whole());
                let is_named = |name: &str| names.contains(name);
                let is_reported = explaining.contains(&key(item))
                    || wholes.contains(&whole)
                    || (item.kind == ItemKind::Type && is_named(&item.ident))
                    || whole.1.rsplit("::").next().is_some_and(is_named);
                if is_reported && explained.insert(key(item)) {
                    let words = change.words();
                    names.extend(words.filter(|word| self.is_one_sided(word)));
                }
            }
            if explained.len() == known {
                return explained;
            }
        }
    }

    fn is_type(&self, (package, path): Key<'_>) -> bool {
        let codes = [self.code.old, self.code.new];
        let item = codes.iter().find_map(|code| code.get(package, path));
        item.is_some_and(|item| item.kind == ItemKind::Type)
    }

    fn is_one_sided(&self, name: &str) -> bool {
        self.gone.contains(name) || self.come.contains(name)
    }

    /// Returns the schemas that cause a change.
    pub(super) fn owners(
        &self,
        change: &CodeChange<'i>,
        moved: &[SchemaChange<'_>],
    ) -> BTreeSet<usize> {
        let path = change.item().rust.path.split("::");
        let names: Vec<&str> = match change.change {
            ItemChange::Retyped(..) => change.words().collect(),
            _ => path.collect(),
        };
        let names = names.into_iter().filter(|name| self.is_one_sided(name));
        names.filter_map(|name| self.owner(name, moved)).collect()
    }

    /// Returns the schema that a type is named after, directly or as its part.
    fn owner(&self, name: &str, moved: &[SchemaChange<'_>]) -> Option<usize> {
        let (was, is) = if self.gone.contains(name) {
            (Some(name), self.renames.get(name))
        } else {
            (self.renames.former(name), Some(name))
        };
        let length = |schema: Option<&str>, name: Option<&str>| -> Option<usize> {
            let (schema, name) = (plain(schema?), plain(name?));
            name.starts_with(&schema).then_some(schema.len())
        };
        let all = moved.iter().enumerate().filter_map(|(index, moved)| {
            let length = length(moved.old, was).max(length(moved.new, is))?;
            Some((length, index))
        });
        all.max().map(|(_, index)| index)
    }

    /// Returns the items to report: a removed type represents its members, as far as they are kept.
    pub(super) fn items(&self, changes: &[&CodeChange<'i>]) -> Vec<RustItem> {
        let mut items = BTreeMap::new();
        let mut idents = BTreeSet::new();
        for change in changes {
            let item = change.item();
            let whole = item.whole().rsplit("::").next().unwrap_or_default();
            let is_reported = match change.change {
                ItemChange::Gone(_) if self.gone.contains(whole) => {
                    self.renames.get(whole).is_some() && !self.is_kept(item)
                }
                ItemChange::Gone(_) | ItemChange::Retyped(..) => true,
                ItemChange::New(_) if self.renames.former(&item.ident).is_some() => false,
                ItemChange::New(_) => !self.come.contains(whole),
            };
            if is_reported {
                items.insert(key(item), self.renamed(item));
            }
            if matches!(change.change, ItemChange::Gone(_)) && item.kind == ItemKind::Type {
                // `Task` alone may be a type of the SDK.
                let name = item.rust.path.contains("::");
                let name = if name { &item.rust.path } else { &item.ident };
                idents.insert(vec![name.clone()]);
            }
        }
        let mut items: Vec<_> = items.into_values().collect();
        items.extend(self.code.callers.of(&idents));
        items.sort();
        items.dedup();
        items
    }
}
