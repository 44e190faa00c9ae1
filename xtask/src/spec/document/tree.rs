//! The values of a document in one list, each with its parent and its place.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Number;

use super::error::ReadError;
use super::node::{Node, Place};
use super::{parse, references, relocate, text};
use crate::amend::Overlay;
use crate::version31;

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
    /// `openapi` as it was written.
    version: String,
    /// What amended it.
    overlays: Vec<String>,
    is_as_written: bool,
}

impl Document {
    /// Reads a file, as [`Document::parse`] reads its text. `name` is what errors and reports call it.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is larger than 32 MB, is no UTF-8, or [`Document::parse`] refuses it.
    pub fn read(path: &Path, name: &str) -> Result<Self, ReadError> {
        Self::parse(&text::read(path, name)?, name)
    }

    /// Parses YAML, and so JSON too. `name` is what errors and reports call it. OpenAPI 3.1 is read as 3.0 where it means
    /// the same.
    ///
    /// # Errors
    ///
    /// The text is not YAML 1.2, repeats a key, is not a mapping at its root, is larger than 32 MB or becomes it by
    /// its aliases, holds a `$ref` that leads out of the document, to nothing, or in a circle, or says in OpenAPI 3.1 what
    /// 3.0 cannot say.
    pub fn parse(text: &str, name: &str) -> Result<Self, ReadError> {
        Self::amended(text, name, &[])
    }

    /// Parses a text and applies overlays to it, in their order. What they add stands where the nearest stands that was there
    /// before.
    ///
    /// # Errors
    ///
    /// As [`Document::parse`] and [`Overlay::apply`]; what an overlay broke is told of the document.
    pub fn amended(text: &str, name: &str, overlays: &[Overlay]) -> Result<Self, ReadError> {
        let mut document = Self::plain(text, name)?;
        let mut value = document.root().value();
        for overlay in overlays {
            overlay.apply(&mut value)?;
        }
        let is_newer = version31::read(&mut value).map_err(|refusal| ReadError {
            name: name.to_owned(),
            place: Some(document.nearest(&refusal.pointer).place()),
            message: refusal.to_string(),
        })?;
        if is_newer || !overlays.is_empty() {
            document.slots = relocate::slots(&value, document.root());
            document.overlays = overlays.iter().map(|one| one.name().to_owned()).collect();
            document.is_as_written = false;
        }
        let refuse = |(place, message)| ReadError {
            name: name.to_owned(),
            place: Some(place),
            message,
        };
        document.targets = references::targets(&document).map_err(refuse)?;
        references::endless(&document).map_err(refuse)?;
        Ok(document)
    }

    /// Parses a text that is no contract by itself: no reference in it is followed.
    ///
    /// # Errors
    ///
    /// As [`Document::parse`], but for references and OpenAPI 3.1.
    pub fn plain(text: &str, name: &str) -> Result<Self, ReadError> {
        let refuse = |(place, message)| ReadError {
            name: name.to_owned(),
            place,
            message,
        };
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if size > MAX_BYTES {
            return Err(refuse((None, too_large(size))));
        }
        let slots = parse::slots(text).map_err(refuse)?;
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

    /// The version of OpenAPI that it is written in; empty if it tells none.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The names of the overlays that amended it, in their order.
    #[must_use]
    pub fn overlays(&self) -> &[String] {
        &self.overlays
    }

    /// Is it what the text says, neither amended nor read as of another version?
    #[must_use]
    pub fn is_as_written(&self) -> bool {
        self.is_as_written
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

    /// All values, each before those in it.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..)
            .map(NodeId)
            .take(self.slots.len())
            .map(|id| Node::new(self, id))
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

    /// What stands at a JSON pointer, or what is nearest above it.
    #[must_use]
    pub fn nearest(&self, pointer: &str) -> Node<'_> {
        let mut at = pointer;
        loop {
            if let Some(node) = self.at(at) {
                return node;
            }
            match at.rfind('/') {
                Some(end) => at = &at[..end],
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
    format!("has {size} bytes; a contract of more than {MAX_BYTES} is not read")
}
