//! The values of a document in one list, each with its parent and its location.

use std::collections::HashMap;

use serde_json::{Number, Value};

use super::node::Node;
use super::{parse, respan};
use crate::error::{Location, ReadError};
use crate::pointer;

/// The largest document that is read, in bytes. Documents of 100,000 lines have about 4 MB.
pub(super) const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// The id of a value in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// The step from a value's parent to the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Root,
    Key(Box<str>),
    Item(u32),
}

/// A value, with the ids of its children. Those of a mapping are sorted by key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(Box<str>),
    List(Box<[NodeId]>),
    Map(Box<[NodeId]>),
}

#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) parent: NodeId,
    pub(super) step: Step,
    pub(super) location: Location,
    pub(super) kind: Kind,
}

/// A YAML or JSON document with source locations.
#[derive(Debug)]
pub struct Document {
    name: String,
    slots: Vec<Slot>,
    /// The final target of each `$ref`, by the value that holds it.
    targets: HashMap<NodeId, NodeId>,
    /// `openapi` as written.
    version: String,
    overlays: Vec<String>,
    is_as_written: bool,
}

impl Document {
    /// Parses YAML, which includes JSON, without following references or converting OpenAPI 3.1.
    ///
    /// `name` is the name of the document in errors and reports.
    ///
    /// # Errors
    ///
    /// The text is not YAML 1.2, repeats a key, is not a mapping at its root, or is larger than
    /// 32 MB before or after its aliases are expanded.
    pub fn parse_plain(text: &str, name: &str) -> Result<Self, ReadError> {
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if size > MAX_BYTES {
            return Err(ReadError::new(name, too_large(size)));
        }
        let slots = parse::slots(text)
            .map_err(|(location, message)| ReadError::with_location(name, location, message))?;
        let mut document = Self {
            name: name.to_owned(),
            slots,
            targets: HashMap::new(),
            version: String::new(),
            overlays: Vec::new(),
            is_as_written: true,
        };
        let version = document.root().get("openapi").and_then(Node::as_str);
        document.version = version.unwrap_or_default().to_owned();
        Ok(document)
    }

    /// Replaces all values. Each keeps the location of the value that it replaces; an added value
    /// gets that of its nearest ancestor in the text.
    pub(crate) fn replace_values(&mut self, value: &Value) {
        self.slots = respan::slots(value, self.root());
        self.is_as_written = false;
    }

    #[cfg(feature = "overlays")]
    pub(crate) fn set_overlays(&mut self, names: Vec<String>) {
        self.overlays = names;
    }

    pub(crate) fn set_targets(&mut self, targets: HashMap<NodeId, NodeId>) {
        self.targets = targets;
    }

    /// Returns the version of OpenAPI that the text declares; empty if it declares none.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the names of the applied overlays, in order.
    #[must_use]
    pub fn overlays(&self) -> &[String] {
        &self.overlays
    }

    /// Returns true if the values are those of the text: no overlay changed them, and they were
    /// not converted from OpenAPI 3.1.
    #[must_use]
    pub fn is_as_written(&self) -> bool {
        self.is_as_written
    }

    /// Returns the name of the document in errors and reports.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the number of values.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "the root is a value, so no document is empty"
    )]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns the mapping that contains everything else.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node::new(self, NodeId(0))
    }

    /// Converts the document to JSON. The keys of mappings are sorted.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut value = self.root().to_value();
        // A dependent crate may enable serde_json's `preserve_order`.
        value.sort_all_objects();
        value
    }

    /// Returns all values, each before its children.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..)
            .map(NodeId)
            .take(self.slots.len())
            .map(|id| Node::new(self, id))
    }

    /// Returns the value at a JSON pointer.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<Node<'_>> {
        pointer::tokens(pointer)?.try_fold(self.root(), |node, token| {
            if node.is_list() {
                node.items().nth(token.parse().ok()?)
            } else {
                node.get(&token)
            }
        })
    }

    /// Returns the value at a JSON pointer, or its nearest ancestor in the document.
    #[must_use]
    pub fn nearest(&self, pointer: &str) -> Node<'_> {
        let mut at = pointer;
        loop {
            if let Some(node) = self.at(at) {
                return node;
            }
            match pointer::split_last(at) {
                Some((parent, _)) => at = parent,
                None => return self.root(),
            }
        }
    }

    pub(super) fn slot(&self, id: NodeId) -> &Slot {
        &self.slots[id.0 as usize]
    }

    pub(super) fn target(&self, id: NodeId) -> NodeId {
        self.targets.get(&id).copied().unwrap_or(id)
    }
}

pub(super) fn too_large(size: u64) -> String {
    format!("has {size} bytes; the limit is {MAX_BYTES}")
}
