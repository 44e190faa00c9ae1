//! What became of each public item, one by one.

use crate::diff::SemverLevel;
use crate::diff::items::{Index, Item, words};

/// What became of an item.
#[derive(Clone, Copy, Debug)]
pub(super) enum ItemChange<'i> {
    /// It is gone.
    Gone(&'i Item),
    /// It is of another type: as it was, and as it is.
    Retyped(&'i Item, &'i Item),
    /// It is new.
    New(&'i Item),
}

/// A public item that is not what it was.
#[derive(Clone, Copy, Debug)]
pub(in crate::diff) struct CodeChange<'i> {
    /// What it asks of the version of its crate.
    pub(in crate::diff) level: SemverLevel,
    pub(super) fate: ItemChange<'i>,
}

impl<'i> CodeChange<'i> {
    /// The item, as it was if it was there.
    pub(in crate::diff) fn item(&self) -> &'i Item {
        match self.fate {
            ItemChange::Gone(item) | ItemChange::Retyped(item, _) | ItemChange::New(item) => item,
        }
    }

    /// Is something lost, or of another type?
    pub(super) fn is_loss(&self) -> bool {
        !matches!(self.fate, ItemChange::New(_))
    }

    /// The words of the types that it was and is of.
    pub(super) fn words(&self) -> impl Iterator<Item = &'i str> + use<'i> {
        let (was, is) = match self.fate {
            ItemChange::Gone(item) | ItemChange::New(item) => (item.signature.as_str(), ""),
            ItemChange::Retyped(was, is) => (was.signature.as_str(), is.signature.as_str()),
        };
        words(was).chain(words(is))
    }

    /// What is told of it where a version is given a reason.
    pub(in crate::diff) fn reason(&self) -> String {
        let path = &self.item().rust.path;
        match (self.fate, self.level) {
            (ItemChange::Retyped(..), _) => format!("`{path}` has another type"),
            (ItemChange::Gone(_), _) => format!("`{path}` is gone"),
            (ItemChange::New(_), SemverLevel::Major) => {
                format!("`{path}` is new, where all that there is must be named")
            }
            (ItemChange::New(_), _) => format!("`{path}` is new"),
        }
    }
}

/// All changes between two codes, crate by crate, in the order of their paths.
pub(in crate::diff) fn changes<'i>(old: &'i Index, new: &'i Index) -> Vec<CodeChange<'i>> {
    let counterpart = |index: &'i Index, item: &Item| index.counterpart(item, &item.rust.path);
    let lost = old.public().filter_map(|was| {
        let fate = match counterpart(new, was) {
            None => ItemChange::Gone(was),
            Some(is) if is.signature != was.signature => ItemChange::Retyped(was, is),
            Some(_) => return None,
        };
        let level = SemverLevel::Major;
        Some(CodeChange { level, fate })
    });
    let come = new.public().filter(|is| counterpart(old, is).is_none());
    let come = come.map(|is| {
        // With all of its type new, it breaks nobody.
        let breaks = is.breaks_when_added && old.get(&is.rust.package, is.whole()).is_some();
        CodeChange {
            level: if breaks {
                SemverLevel::Major
            } else {
                SemverLevel::Minor
            },
            fate: ItemChange::New(is),
        }
    });
    let mut all: Vec<_> = lost.chain(come).collect();
    all.sort_by_key(|change| &change.item().rust);
    all
}
