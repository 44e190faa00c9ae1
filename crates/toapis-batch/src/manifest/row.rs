//! A row of a manifest.

use serde_json::{Map, Value};

/// One request, as the manifest has it.
#[derive(Debug, Clone, PartialEq)]
pub struct ManifestRow {
    /// The line where it begins, from 1.
    pub line: u64,
    /// The user's id; `None` if the manifest has none, and then the row's number is its id.
    pub custom_id: Option<String>,
    /// The fields of the request: `prompt`, `model`, `size` and so on.
    pub body: Map<String, Value>,
}

impl ManifestRow {
    /// Creates a row that asks for an image of a prompt.
    #[must_use]
    pub fn from_prompt(line: u64, prompt: impl Into<String>) -> Self {
        let mut body = Map::new();
        body.insert("prompt".to_owned(), Value::String(prompt.into()));
        Self {
            line,
            custom_id: None,
            body,
        }
    }

    /// Returns the id under which its result is reported.
    pub(crate) fn id_or_number(&self, number: u64) -> String {
        self.custom_id.clone().unwrap_or_else(|| number.to_string())
    }
}
