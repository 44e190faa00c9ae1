//! A value of a document, and navigation from it to others.

use std::fmt;

use serde_json::{Number, Value};

use super::tree::{Document, Kind, NodeId, Step};
use crate::error::Location;
use crate::pointer::join;

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

    /// Returns the id of the value, which is unique within its document.
    #[must_use]
    pub fn id(self) -> NodeId {
        self.id
    }

    /// Returns the document that contains the value.
    #[must_use]
    pub fn document(self) -> &'d Document {
        self.document
    }

    fn kind(self) -> &'d Kind {
        &self.document.slot(self.id).kind
    }

    /// Returns the source location of the value, or of its key.
    #[must_use]
    pub fn location(self) -> Location {
        self.document.slot(self.id).location
    }

    /// Returns the mapping or list that contains the value; `None` for the root.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        let slot = self.document.slot(self.id);
        (slot.step != Step::Root).then(|| Self::new(self.document, slot.parent))
    }

    /// Returns the key of the value; `None` for the root and for items of lists.
    #[must_use]
    pub fn key(self) -> Option<&'d str> {
        match &self.document.slot(self.id).step {
            Step::Key(key) => Some(key),
            Step::Root | Step::Item(_) => None,
        }
    }

    /// Returns the JSON pointer of the value; empty for the root.
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

    /// Returns the target of the value's `$ref`, or the value itself if it has none.
    #[must_use]
    pub fn resolve(self) -> Self {
        Self::new(self.document, self.document.target(self.id))
    }

    /// Returns the value of a key; `None` if this is not a mapping or the key is missing.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        let Kind::Map(children) = self.kind() else {
            return None;
        };
        let key_of = |id: &NodeId| Self::new(self.document, *id).key().unwrap_or_default();
        let found = children.binary_search_by(|id| key_of(id).cmp(key)).ok()?;
        Some(Self::new(self.document, children[found]))
    }

    /// Returns the value at a path of keys.
    #[must_use]
    pub fn at(self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns the entries in the order of their keys; none if this is not a mapping.
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

    /// Returns the items in order; none if this is not a list.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let children = match self.kind() {
            Kind::List(children) => children.as_ref(),
            _ => &[],
        };
        children.iter().map(move |id| Self::new(self.document, *id))
    }

    /// Returns true if the value is a mapping.
    #[must_use]
    pub fn is_map(self) -> bool {
        matches!(self.kind(), Kind::Map(_))
    }

    /// Returns true if the value is a list.
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self.kind(), Kind::List(_))
    }

    /// Returns the text of a string; `None` for other types.
    #[must_use]
    pub fn as_str(self) -> Option<&'d str> {
        match self.kind() {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value of a boolean; `None` for other types.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the number; `None` for other types.
    #[must_use]
    pub fn as_number(self) -> Option<&'d Number> {
        match self.kind() {
            Kind::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Converts the value, with everything below it, to JSON.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text(text) => Value::String(text.to_string()),
            Kind::List(_) => self.items().map(Self::to_value).collect(),
            Kind::Map(_) => Value::Object(
                self.entries()
                    .map(|(key, node)| (key.to_owned(), node.to_value()))
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
