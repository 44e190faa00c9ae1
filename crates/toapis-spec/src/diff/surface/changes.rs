//! Lists the changes of public items.

use crate::diff::SemverLevel;
use crate::diff::items::{Index, Item, words};

/// The change of an item.
#[derive(Clone, Copy, Debug)]
pub(super) enum ItemChange<'i> {
    /// It is removed.
    Gone(&'i Item),
    /// It has another type: the old item and the new one.
    Retyped(&'i Item, &'i Item),
    /// It is new.
    New(&'i Item),
}

/// A change of a public item.
#[derive(Clone, Copy, Debug)]
pub(in crate::diff) struct CodeChange<'i> {
    /// The level that it requires of its crate.
    pub(in crate::diff) level: SemverLevel,
    pub(super) change: ItemChange<'i>,
}

impl<'i> CodeChange<'i> {
    /// Returns the item, in its old form if there is one.
    pub(in crate::diff) fn item(&self) -> &'i Item {
        match self.change {
            ItemChange::Gone(item) | ItemChange::Retyped(item, _) | ItemChange::New(item) => item,
        }
    }

    /// Returns true if the item is removed or has another type.
    pub(super) fn is_loss(&self) -> bool {
        !matches!(self.change, ItemChange::New(_))
    }

    /// Returns the words of the old and the new type.
    pub(super) fn words(&self) -> impl Iterator<Item = &'i str> + use<'i> {
        let (was, is) = match self.change {
            ItemChange::Gone(item) | ItemChange::New(item) => (item.signature.as_str(), ""),
            ItemChange::Retyped(was, is) => (was.signature.as_str(), is.signature.as_str()),
        };
        words(was).chain(words(is))
    }

    /// Returns the reason for a version bump.
    pub(in crate::diff) fn reason(&self) -> String {
        let path = &self.item().rust.path;
        match (self.change, self.level) {
            (ItemChange::Retyped(..), _) => format!("`{path}` has another type"),
            (ItemChange::Gone(_), _) => format!("`{path}` was removed"),
            (ItemChange::New(_), SemverLevel::Major) => {
                format!("`{path}` was added to a type that users construct")
            }
            (ItemChange::New(_), _) => format!("`{path}` was added"),
        }
    }
}

/// Returns all changes between two versions of the code, by crate and path.
pub(in crate::diff) fn changes<'i>(old: &'i Index, new: &'i Index) -> Vec<CodeChange<'i>> {
    let counterpart = |index: &'i Index, item: &Item| index.counterpart(item, &item.rust.path);
    let lost = old.public().filter_map(|was| {
        let change = match counterpart(new, was) {
            None => ItemChange::Gone(was),
            Some(is) if is.signature != was.signature => ItemChange::Retyped(was, is),
            Some(_) => return None,
        };
        let level = SemverLevel::Major;
        Some(CodeChange { level, change })
    });
    let come = new.public().filter(|is| counterpart(old, is).is_none());
    let come = come.map(|is| {
        // If its whole type is new, it breaks nobody.
        let breaks = is.breaks_when_added && old.get(&is.rust.package, is.whole()).is_some();
        CodeChange {
            level: if breaks {
                SemverLevel::Major
            } else {
                SemverLevel::Minor
            },
            change: ItemChange::New(is),
        }
    });
    let mut all: Vec<_> = lost.chain(come).collect();
    all.sort_by_key(|change| &change.item().rust);
    all
}
