//! Which Rust name stands for which: names of types that are gone, and of those that came in their place.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::items::{Index, Item, ItemKind, words};

/// From the names that are gone to those that stand in their place.
#[derive(Debug, Default)]
pub(super) struct Renames {
    names: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

/// The names of the types of one code that the other does not have.
pub(super) fn types_of<'i>(one: &'i Index, other: &Index) -> BTreeSet<&'i str> {
    one.public()
        .filter(|item| item.kind == ItemKind::Type)
        .filter(|item| other.counterpart(item, &item.rust.path).is_none())
        .map(|item| item.ident.as_str())
        .collect()
}

impl Renames {
    /// Begins with the names that the contracts tell, and reads the others off what has kept its place: where a function
    /// gave `Task`, which is gone, and gives `ImageTask`, which is new, the one is called the other.
    pub(super) fn of(old: &Index, new: &Index, told: Vec<(String, String)>) -> Self {
        let mut renames = Self::default();
        for (was, is) in told {
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

    /// Takes what differs between two signatures for new names, if nothing else differs.
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

    /// The name that stands for a name now.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(String::as_str)
    }

    /// The name that stood for a name.
    pub(super) fn former(&self, name: &str) -> Option<&str> {
        let mut all = self.names.iter();
        all.find(|(_, is)| *is == name).map(|(was, _)| was.as_str())
    }

    fn signature<'t>(&'t self, text: &'t str) -> impl Iterator<Item = &'t str> {
        words(text).map(|word| self.get(word).unwrap_or(word))
    }

    /// What stands in the place of an item.
    pub(super) fn counterpart<'i>(&self, item: &Item, new: &'i Index) -> Option<&'i Item> {
        let steps: Vec<_> = item
            .rust
            .path
            .split("::")
            .map(|step| self.get(step).unwrap_or(step))
            .collect();
        new.counterpart(item, &steps.join("::"))
    }

    /// Is it the same but for names?
    pub(super) fn is_same(&self, was: &Item, is: &Item) -> bool {
        self.signature(&was.signature).eq(words(&is.signature))
    }
}
