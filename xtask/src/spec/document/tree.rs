//! The values of a document in one list, each with its parent and its place.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Number;

use super::error::ReadError;
use super::node::{Node, Place};
use super::{parse, references};

/// The largest file that is read, in bytes. Contracts of a hundred thousand lines have about four million.
pub(super) const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// The number of a value in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// The step from a value's parent to the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Root,
    Key(Box<str>),
    Item(u32),
}

/// A value, with the numbers of those in it. A mapping's are sorted by their keys.
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
    pub(super) place: Place,
    pub(super) kind: Kind,
}

/// A contract that was read.
#[derive(Debug)]
pub struct Document {
    name: String,
    slots: Vec<Slot>,
    /// Where each `$ref` ends, by the value that holds it.
    targets: HashMap<NodeId, NodeId>,
}

impl Document {
    /// Reads a file. `name` is what errors and reports call it.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is larger than 32 MB, or [`Document::parse`] refuses it.
    pub fn read(path: &Path, name: &str) -> Result<Self, ReadError> {
        let refuse = |message| ReadError {
            name: name.to_owned(),
            place: None,
            message,
        };
        let cannot = |error: std::io::Error| refuse(format!("cannot be read: {error}"));
        let size = std::fs::metadata(path).map_err(cannot)?.len();
        if size > MAX_BYTES {
            return Err(refuse(too_large(size)));
        }
        Self::parse(&std::fs::read_to_string(path).map_err(cannot)?, name)
    }

    /// Parses YAML, and so JSON too. `name` is what errors and reports call it.
    ///
    /// # Errors
    ///
    /// The text is not YAML 1.2, repeats a key, is not a mapping at its root, is larger than 32 MB or becomes it by
    /// its aliases, or holds a `$ref` that leads out of the document, to nothing, or in a circle.
    pub fn parse(text: &str, name: &str) -> Result<Self, ReadError> {
        let refuse = |(place, message)| ReadError {
            name: name.to_owned(),
            place,
            message,
        };
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if size > MAX_BYTES {
            return Err(refuse((None, too_large(size))));
        }
        let mut document = Self {
            name: name.to_owned(),
            slots: parse::slots(text).map_err(refuse)?,
            targets: HashMap::new(),
        };
        document.targets = references::targets(&document)
            .map_err(|(place, message)| refuse((Some(place), message)))?;
        Ok(document)
    }

    /// What errors and reports call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many values it has.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "the root is a value, so that no document is empty"
    )]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// The mapping that everything stands in.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node::new(self, NodeId(0))
    }

    /// What stands at a JSON pointer.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<Node<'_>> {
        let mut steps = pointer.split('/');
        // A pointer is empty or begins with a slash.
        steps.next().filter(|before| before.is_empty())?;
        steps.try_fold(self.root(), |node, step| {
            let key = step.replace("~1", "/").replace("~0", "~");
            if node.is_list() {
                node.items().nth(key.parse().ok()?)
            } else {
                node.get(&key)
            }
        })
    }

    pub(super) fn slot(&self, id: NodeId) -> &Slot {
        &self.slots[id.0 as usize]
    }

    pub(super) fn target(&self, id: NodeId) -> NodeId {
        self.targets.get(&id).copied().unwrap_or(id)
    }
}

fn too_large(size: u64) -> String {
    format!("has {size} bytes; a contract of more than {MAX_BYTES} is not read")
}
