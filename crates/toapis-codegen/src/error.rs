//! Errors with the place in the contract that they come from.

use anyhow::Result;
use toapis_openapi::extensions::ExtensionError;

/// The context of an error: a place in the contract, and what is there.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct SpecError {
    /// The JSON pointer of the place.
    pub pointer: String,
    what: String,
}

impl SpecError {
    pub(crate) fn new(pointer: String, what: String) -> Self {
        Self { pointer, what }
    }
}

/// Adds the place in the contract to errors.
pub(crate) trait ResultExt {
    /// Adds a place, unless the error has a more precise one already. Then only `what` is added.
    fn at(self, pointer: &str, what: &str) -> Self;
}

impl<T> ResultExt for Result<T> {
    fn at(self, pointer: &str, what: &str) -> Self {
        self.map_err(|error| {
            if error.is::<SpecError>() {
                return error.context(what.to_owned());
            }
            error.context(SpecError::new(pointer.to_owned(), what.to_owned()))
        })
    }
}

/// Converts the error of an extension, which has a place.
pub(crate) fn extension<T>(read: std::result::Result<T, ExtensionError>) -> Result<T> {
    read.map_err(|error| {
        let ExtensionError { pointer, message } = error;
        let what = format!("`{pointer}`");
        anyhow::Error::msg(message).context(SpecError::new(pointer, what))
    })
}
