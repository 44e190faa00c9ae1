//! Maps the names of removed Rust types to those of the types that replace them.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::items::{Index, Item, ItemKind, words};

/// The map from removed names to the names that replace them.
#[derive(Debug, Default)]
pub(super) struct Renames {
    names: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

/// Returns the names of the types that only one version of the code has.
pub(super) fn types_of<'i>(one: &'i Index, other: &Index) -> BTreeSet<&'i str> {
    one.public()
        .filter(|item| item.kind == ItemKind::Type)
        .filter(|item| other.counterpart(item, &item.rust.path).is_none())
        .map(|item| item.ident.as_str())
        .collect()
}

impl Renames {
    /// Creates the map from names that the documents give, and infers the others: if a function
    /// returned the removed `Task` and returns the new `ImageTask`, one replaces the other.
    pub(super) fn of(old: &Index, new: &Index, known: Vec<(String, String)>) -> Self {
        let mut renames = Self::default();
        for (was, is) in known {
            renames.add(was, is);
        }
        let (gone, come) = (types_of(old, new), types_of(new, old));
        loop {
            let known = renames.names.len();
            for was in old.public() {
                if let Some(is) = renames.counterpart(was, new) {
                    renames.unify(&was.signature, &is.signature, &gone, &come);
                }
            }
            if renames.names.len() == known {
                return renames;
            }
        }
    }

    fn add(&mut self, was: String, is: String) {
        if !self.names.contains_key(&was) && self.taken.insert(is.clone()) {
            self.names.insert(was, is);
        }
    }

    /// Maps the names that differ between two signatures, if nothing else differs.
    fn unify(&mut self, was: &str, is: &str, gone: &BTreeSet<&str>, come: &BTreeSet<&str>) {
        let (was, is): (Vec<_>, Vec<_>) = (self.signature(was).collect(), words(is).collect());
        if was.len() != is.len() {
            return;
        }
        let differing: Vec<(String, &str)> = was
            .into_iter()
            .zip(is)
            .filter(|(was, is)| was != is)
            .map(|(was, is)| (was.to_owned(), is))
            .collect();
        if differing
            .iter()
            .all(|(was, is)| gone.contains(was.as_str()) && come.contains(is))
        {
            for (was, is) in differing {
                self.add(was, is.to_owned());
            }
        }
    }

    /// Returns the new name for an old one.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(String::as_str)
    }

    /// Returns the old name for a new one.
    pub(super) fn former(&self, name: &str) -> Option<&str> {
        let mut all = self.names.iter();
        all.find(|(_, is)| *is == name).map(|(was, _)| was.as_str())
    }

    fn signature<'t>(&'t self, text: &'t str) -> impl Iterator<Item = &'t str> {
        words(text).map(|word| self.get(word).unwrap_or(word))
    }

    /// Returns the item that corresponds to `item`.
    pub(super) fn counterpart<'i>(&self, item: &Item, new: &'i Index) -> Option<&'i Item> {
        let steps: Vec<_> = item
            .rust
            .path
            .split("::")
            .map(|step| self.get(step).unwrap_or(step))
            .collect();
        new.counterpart(item, &steps.join("::"))
    }

    /// Returns true if the items differ in mapped names only.
    pub(super) fn is_same(&self, was: &Item, is: &Item) -> bool {
        self.signature(&was.signature).eq(words(&is.signature))
    }
}
