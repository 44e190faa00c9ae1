//! The Rust items that are generated from each place of a contract.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::Value;

use crate::source::Source;

/// A generated Rust item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RustItem {
    /// The name of the crate, for example `toapis-client`.
    pub package: String,
    /// The path in the crate, for example `types::Task::status`. A private item of the SDK has the
    /// path of its module: `generated::sizes::SIZES`.
    pub path: String,
    /// The file, from the root of the workspace.
    pub file: String,
}

/// The generated Rust items, by the JSON pointer of the place in the contract that they are
/// generated from. One place may have several items, and one item several places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemMap(BTreeMap<String, BTreeSet<RustItem>>);

impl ItemMap {
    /// Generates the code of a contract, and returns the items in it.
    ///
    /// # Errors
    ///
    /// As [`sources`](crate::sources).
    pub fn new(contract: &Value) -> Result<Self> {
        Ok(Self::from_sources(&crate::sources(contract)?))
    }

    /// Returns the items in generated files.
    #[must_use]
    pub fn from_sources(sources: &[Source]) -> Self {
        let mut map = Self::default();
        for source in sources {
            let package = source.path.split('/').nth(1).unwrap_or_default();
            for (pointer, path) in &source.items {
                map.0.entry(pointer.clone()).or_default().insert(RustItem {
                    package: package.to_owned(),
                    path: path.clone(),
                    file: source.path.to_owned(),
                });
            }
        }
        map
    }

    /// Returns the items that are generated from the value at a pointer.
    pub fn at(&self, pointer: &str) -> impl Iterator<Item = &RustItem> {
        self.0.get(pointer).into_iter().flatten()
    }

    /// Returns the items that are generated from the value at a pointer, or else from its nearest
    /// ancestor that has items.
    pub fn nearest(&self, pointer: &str) -> impl Iterator<Item = &RustItem> {
        let mut at = pointer;
        while !self.0.contains_key(at) {
            match toapis_openapi::pointer::split_last(at) {
                Some((parent, _)) => at = parent,
                None => break,
            }
        }
        self.at(at)
    }

    /// Returns the items that are generated from the value at a pointer and from everything in it,
    /// each with its pointer.
    pub fn below(&self, pointer: &str) -> impl Iterator<Item = (&str, &RustItem)> {
        let prefix = format!("{pointer}/");
        let inside = self.0.range(prefix.clone()..);
        let inside = inside.take_while(move |(at, _)| at.starts_with(&prefix));
        self.0
            .get_key_value(pointer)
            .into_iter()
            .chain(inside)
            .flat_map(|(at, items)| items.iter().map(move |item| (at.as_str(), item)))
    }

    /// Returns all items, each with its pointer.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RustItem)> {
        self.0
            .iter()
            .flat_map(|(at, items)| items.iter().map(move |item| (at.as_str(), item)))
    }
}

#[cfg(test)]
mod tests;
