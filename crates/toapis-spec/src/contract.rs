//! A document as JSON values, for checks that need no source locations.

use std::collections::BTreeSet;

use serde_json::Value;
use toapis_openapi::operations::{OperationRef, find_operation, operations};
use toapis_openapi::reference::{ReferenceError, reachable_schemas, resolve};
use toapis_openapi::{Document, pointer};

/// A document without its source locations.
#[derive(Clone, Debug)]
pub(crate) struct Contract(Value);

impl Contract {
    /// Takes the values of a document.
    pub(crate) fn new(document: &Document) -> Self {
        Self(document.to_value())
    }

    /// Returns the whole document.
    pub(crate) fn document(&self) -> &Value {
        &self.0
    }

    /// Returns the value at a pointer.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    /// Returns the entries of the mapping at a pointer.
    pub(crate) fn entries(&self, pointer: &str) -> impl Iterator<Item = (&String, &Value)> {
        pointer::entries(&self.0, pointer)
    }

    /// Returns all operations.
    pub(crate) fn operations(&self) -> impl Iterator<Item = OperationRef<'_>> {
        operations(&self.0)
    }

    /// Returns the operation with this id.
    pub(crate) fn operation(&self, id: &str) -> Option<OperationRef<'_>> {
        find_operation(&self.0, id)
    }

    /// Follows references.
    pub(crate) fn resolve<'c>(&'c self, value: &'c Value) -> Result<&'c Value, ReferenceError> {
        resolve(&self.0, value)
    }

    /// Returns the names of the schemas that are reachable from a value.
    pub(crate) fn reachable_schemas(&self, value: &Value) -> BTreeSet<String> {
        reachable_schemas(&self.0, value)
    }
}
