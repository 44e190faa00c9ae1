//! `openapi.yaml` as a JSON value.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use toapis_openapi::{Document, operations, overlay, pointer, read_text, reference as refs};

pub use toapis_openapi::operations::{METHODS, OperationRef as OperationAt};
pub use toapis_openapi::reference::reference;

/// A document without its source locations.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    document: Value,
}

impl Contract {
    /// Reads the contract of a workspace, with its overlays.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or [`Document::parse_with_overlays`] rejects it.
    pub fn of_workspace(root: &Path) -> Result<Self> {
        let file = root.join("openapi.yaml");
        let text = read_text(&file, "openapi.yaml")?;
        let overlays = overlay::read_beside(&file)?;
        let document = Document::parse_with_overlays(&text, "openapi.yaml", &overlays)?;
        Ok(Self::of(&document))
    }

    /// Parses a document.
    ///
    /// # Errors
    ///
    /// As [`Document::parse`].
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self::of(&Document::parse(text, "openapi.yaml")?))
    }

    /// Takes the values of a document.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        Self {
            document: document.to_value(),
        }
    }

    /// Wraps a value.
    #[must_use]
    pub fn from_value(document: Value) -> Self {
        Self { document }
    }

    /// Returns the whole document.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Returns the whole document, to change.
    pub fn document_mut(&mut self) -> &mut Value {
        &mut self.document
    }

    /// Returns the value at a pointer.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.document.pointer(pointer)
    }

    /// Returns the value at a pointer, to change.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn at_mut(&mut self, pointer: &str) -> Result<&mut Value> {
        self.document
            .pointer_mut(pointer)
            .with_context(|| format!("openapi.yaml has nothing at `{pointer}`"))
    }

    /// Returns the entries of the mapping at a pointer.
    pub fn entries(&self, pointer: &str) -> impl Iterator<Item = (&String, &Value)> {
        pointer::entries(&self.document, pointer)
    }

    /// Returns all operations.
    pub fn operations(&self) -> impl Iterator<Item = OperationAt<'_>> {
        operations::operations(&self.document)
    }

    /// Returns an operation.
    ///
    /// # Errors
    ///
    /// There is none of that id.
    pub fn operation(&self, id: &str) -> Result<OperationAt<'_>> {
        operations::find_operation(&self.document, id)
            .with_context(|| format!("openapi.yaml has no operation `{id}`"))
    }

    /// Returns the document with inline parameters and bodies.
    ///
    /// # Errors
    ///
    /// A reference cannot be followed.
    pub fn in_place(&self) -> Result<Self> {
        let document = operations::inline_components(&self.document)?;
        Ok(Self { document })
    }

    /// Follows references.
    ///
    /// # Errors
    ///
    /// A reference cannot be followed.
    pub fn resolve<'c>(&'c self, value: &'c Value) -> Result<&'c Value> {
        Ok(refs::resolve(&self.document, value)?)
    }

    /// Returns the schemas that are reachable from a value.
    #[must_use]
    pub fn reachable_schemas(&self, value: &Value) -> BTreeSet<String> {
        refs::reachable_schemas(&self.document, value)
    }
}
