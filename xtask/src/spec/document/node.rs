//! A value of a document, and how one moves from it to others.

use std::fmt;

use serde::Serialize;
use serde_json::{Number, Value};

use super::tree::{Document, Kind, NodeId, Step};
use crate::pointer::join;

/// A line and a column, both from 1. Of a value behind a key it is where the key begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value in its document. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Node<'d> {
    document: &'d Document,
    id: NodeId,
}

impl<'d> Node<'d> {
    pub(super) fn new(document: &'d Document, id: NodeId) -> Self {
        Self { document, id }
    }

    /// Its number, which no other value of the document has.
    #[must_use]
    pub fn id(self) -> NodeId {
        self.id
    }

    /// The document it stands in.
    #[must_use]
    pub fn document(self) -> &'d Document {
        self.document
    }

    fn kind(self) -> &'d Kind {
        &self.document.slot(self.id).kind
    }

    /// Where it stands.
    #[must_use]
    pub fn place(self) -> Place {
        self.document.slot(self.id).place
    }

    /// What it stands in; `None` for the root.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        let slot = self.document.slot(self.id);
        (slot.step != Step::Root).then(|| Self::new(self.document, slot.parent))
    }

    /// The key it stands behind; `None` for the root and for items of lists.
    #[must_use]
    pub fn key(self) -> Option<&'d str> {
        match &self.document.slot(self.id).step {
            Step::Key(key) => Some(key),
            Step::Root | Step::Item(_) => None,
        }
    }

    /// Its JSON pointer; empty for the root.
    #[must_use]
    pub fn pointer(self) -> String {
        let mut steps = Vec::new();
        let mut at = self;
        while let Some(parent) = at.parent() {
            steps.push(&self.document.slot(at.id).step);
            at = parent;
        }
        steps
            .into_iter()
            .rev()
            .fold(String::new(), |pointer, step| match step {
                Step::Root => pointer,
                Step::Key(key) => join(&pointer, key),
                Step::Item(index) => format!("{pointer}/{index}"),
            })
    }

    /// What its `$ref` leads to, or itself.
    #[must_use]
    pub fn resolve(self) -> Self {
        Self::new(self.document, self.document.target(self.id))
    }

    /// The value behind a key; `None` if this is no mapping or has no such key.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        let Kind::Map(children) = self.kind() else {
            return None;
        };
        let key_of = |id: &NodeId| Self::new(self.document, *id).key().unwrap_or_default();
        let found = children.binary_search_by(|id| key_of(id).cmp(key)).ok()?;
        Some(Self::new(self.document, children[found]))
    }

    /// The value behind a path of keys.
    #[must_use]
    pub fn at(self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Keys and values in the order of the keys; nothing if this is no mapping.
    pub fn entries(self) -> impl Iterator<Item = (&'d str, Self)> {
        let children = match self.kind() {
            Kind::Map(children) => children.as_ref(),
            _ => &[],
        };
        children.iter().map(move |id| {
            let node = Self::new(self.document, *id);
            (node.key().unwrap_or_default(), node)
        })
    }

    /// The items in their order; nothing if this is no list.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let children = match self.kind() {
            Kind::List(children) => children.as_ref(),
            _ => &[],
        };
        children.iter().map(move |id| Self::new(self.document, *id))
    }

    /// Is it a mapping?
    #[must_use]
    pub fn is_map(self) -> bool {
        matches!(self.kind(), Kind::Map(_))
    }

    /// Is it a list?
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self.kind(), Kind::List(_))
    }

    /// Its text; `None` if it is no string.
    #[must_use]
    pub fn as_str(self) -> Option<&'d str> {
        match self.kind() {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its truth; `None` if it is no boolean.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Its number; `None` if it is none.
    #[must_use]
    pub fn as_number(self) -> Option<&'d Number> {
        match self.kind() {
            Kind::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The value with everything below it, as JSON.
    #[must_use]
    pub fn value(self) -> Value {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text(text) => Value::String(text.to_string()),
            Kind::List(_) => self.items().map(Self::value).collect(),
            Kind::Map(_) => Value::Object(
                self.entries()
                    .map(|(key, node)| (key.to_owned(), node.value()))
                    .collect(),
            ),
        }
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.document.name(), self.pointer())
    }
}
