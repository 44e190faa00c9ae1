//! The value of an open enum that the contract does not list.

use std::fmt;

/// A string that was received in place of a value that the contract lists.
///
/// The `Unknown` variant of an open enum holds it. Open enums parse listed values into their own
/// variants, so an `Unknown` never holds a listed value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnknownValue(Box<str>);

impl UnknownValue {
    /// Creates an unknown value. Only generated enums call it, after they compared `value` with
    /// every value that the contract lists.
    #[doc(hidden)]
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value.into_boxed_str())
    }

    /// Returns the string as it was received.
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
