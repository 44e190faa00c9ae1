//! The value of an open enum that the contract does not list.

use std::fmt;

/// A value that the contract does not list, as it stood on the wire.
///
/// Only an enum can make one, so that a listed value never hides in it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnknownValue(Box<str>);

impl UnknownValue {
    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl UnknownValue {
    pub(crate) fn new(value: String) -> Self {
        Self(value.into_boxed_str())
    }
}
