//! What became of each public item, one by one.

use crate::diff::Level;
use crate::diff::items::{Index, Item, words};

/// What became of an item.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate<'i> {
    /// It is gone.
    Gone(&'i Item),
    /// It is of another type: as it was, and as it is.
    Retyped(&'i Item, &'i Item),
    /// It is new.
    New(&'i Item),
}

/// A public item that is not what it was.
#[derive(Clone, Copy, Debug)]
pub(in crate::diff) struct Change<'i> {
    /// What it asks of the version of its crate.
    pub(in crate::diff) level: Level,
    pub(super) fate: Fate<'i>,
}

impl<'i> Change<'i> {
    /// The item, as it was if it was there.
    pub(in crate::diff) fn item(&self) -> &'i Item {
        match self.fate {
            Fate::Gone(item) | Fate::Retyped(item, _) | Fate::New(item) => item,
        }
    }

    /// Is something lost, or of another type?
    pub(super) fn is_loss(&self) -> bool {
        !matches!(self.fate, Fate::New(_))
    }

    /// The words of the types that it was and is of.
    pub(super) fn words(&self) -> impl Iterator<Item = &'i str> + use<'i> {
        let (was, is) = match self.fate {
            Fate::Gone(item) | Fate::New(item) => (item.signature.as_str(), ""),
            Fate::Retyped(was, is) => (was.signature.as_str(), is.signature.as_str()),
        };
        words(was).chain(words(is))
    }

    /// What is told of it where a version is given a reason.
    pub(in crate::diff) fn reason(&self) -> String {
        let path = &self.item().rust.path;
        match (self.fate, self.level) {
            (Fate::Retyped(..), _) => format!("`{path}` has another type"),
            (Fate::Gone(_), _) => format!("`{path}` is gone"),
            (Fate::New(_), Level::Major) => {
                format!("`{path}` is new, where all that there is must be named")
            }
            (Fate::New(_), _) => format!("`{path}` is new"),
        }
    }
}

/// All changes between two codes, crate by crate, in the order of their paths.
pub(in crate::diff) fn changes<'i>(old: &'i Index, new: &'i Index) -> Vec<Change<'i>> {
    let twin = |index: &'i Index, item: &Item| index.twin(item, &item.rust.path);
    let lost = old.public().filter_map(|was| {
        let fate = match twin(new, was) {
            None => Fate::Gone(was),
            Some(is) if is.signature != was.signature => Fate::Retyped(was, is),
            Some(_) => return None,
        };
        let level = Level::Major;
        Some(Change { level, fate })
    });
    let come = new.public().filter(|is| twin(old, is).is_none());
    let come = come.map(|is| {
        // With all of its type new, it breaks nobody.
        let breaks = is.breaks_when_added && old.get(&is.rust.package, is.whole()).is_some();
        Change {
            level: if breaks { Level::Major } else { Level::Minor },
            fate: Fate::New(is),
        }
    });
    let mut all: Vec<_> = lost.chain(come).collect();
    all.sort_by_key(|change| &change.item().rust);
    all
}
