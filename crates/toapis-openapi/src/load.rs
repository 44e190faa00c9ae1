//! Reads a document completely: text, overlays, OpenAPI 3.1, references.

use std::path::Path;

use serde_json::Value;

use crate::document::{Document, read_text};
use crate::error::ReadError;
#[cfg(feature = "overlays")]
use crate::overlay::Overlay;
use crate::{reference, version31};

impl Document {
    /// Reads a file, then parses it as [`Document::parse`] does. `name` is the name of the
    /// document in errors and reports.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is larger than 32 MB, is not UTF-8, or does not parse.
    pub fn read(path: &Path, name: &str) -> Result<Self, ReadError> {
        Self::parse(&read_text(path, name)?, name)
    }

    /// Parses an OpenAPI document in YAML or JSON, and resolves its references. A document of
    /// OpenAPI 3.1 is converted to 3.0.
    ///
    /// `name` is the name of the document in errors and reports.
    ///
    /// # Errors
    ///
    /// As [`Document::parse_plain`]; a `$ref` points out of the document, to nothing or to itself;
    /// or the document uses a feature of OpenAPI 3.1 that 3.0 cannot express.
    pub fn parse(text: &str, name: &str) -> Result<Self, ReadError> {
        let document = Self::parse_plain(text, name)?;
        let value = document.root().to_value();
        document.interpret(value, false)
    }

    /// Parses an OpenAPI document as [`Document::parse`] does, and applies overlays to it in
    /// order. A value that an overlay adds has the location of its nearest ancestor in the text.
    ///
    /// # Errors
    ///
    /// As [`Document::parse`], for the amended document, and as [`Overlay::apply`].
    #[cfg(feature = "overlays")]
    pub fn parse_with_overlays(
        text: &str,
        name: &str,
        overlays: &[Overlay],
    ) -> Result<Self, ReadError> {
        let mut document = Self::parse_plain(text, name)?;
        let mut value = document.root().to_value();
        for overlay in overlays {
            overlay.apply(&mut value)?;
        }
        document.set_overlays(overlays.iter().map(|one| one.name().to_owned()).collect());
        document.interpret(value, !overlays.is_empty())
    }

    /// Takes `value` as the content of the document: converts it from OpenAPI 3.1, and resolves
    /// its references.
    fn interpret(mut self, mut value: Value, is_amended: bool) -> Result<Self, ReadError> {
        let error = |document: &Self, location, message: String| {
            Err(ReadError::with_location(document.name(), location, message))
        };
        let is_converted = match version31::convert(&mut value) {
            Ok(is_converted) => is_converted,
            Err(fault) => {
                let location = self.nearest(&fault.pointer).location();
                return error(&self, location, fault.to_string());
            }
        };
        if is_converted || is_amended {
            self.replace_values(&value);
        }
        match reference::targets(&self) {
            Ok(targets) => self.set_targets(targets),
            Err((location, fault)) => return error(&self, location, fault.to_string()),
        }
        match reference::check_recursion(&self) {
            Ok(()) => Ok(self),
            Err((location, message)) => error(&self, location, message),
        }
    }
}

#[cfg(all(test, feature = "overlays"))]
mod tests;
