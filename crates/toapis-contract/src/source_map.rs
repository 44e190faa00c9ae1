//! Maps JSON pointers to lines of openapi.yaml.

use std::{borrow::Cow, fmt, sync::OnceLock};

use toapis_openapi::Document;

/// The text of a contract, which is parsed on first use for the lines of its values.
pub(crate) struct SourceMap {
    text: Cow<'static, str>,
    document: OnceLock<Option<Document>>,
}

impl SourceMap {
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.into(),
            document: OnceLock::new(),
        }
    }

    /// Returns the line (from 1) of the value at `pointer`, or of its nearest ancestor in the text.
    pub(crate) fn line(&self, pointer: &str) -> Option<u64> {
        let document = self
            .document
            // A text that cannot be parsed has no lines; parsing the contract has reported it.
            .get_or_init(|| Document::parse_plain(&self.text, "").ok())
            .as_ref()?;
        Some(document.nearest(pointer).location().line.into())
    }
}

impl fmt::Debug for SourceMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceMap").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "openapi: 3.0.3\npaths:\n  /v1/a:\n    get:\n      tags: [x,\n        y]\n      responses:\n        200: {description: ok}\n";

    #[test]
    fn keys_and_list_items_have_their_own_line() {
        let source_map = SourceMap::new(TEXT);
        assert_eq!(source_map.line("/openapi"), Some(1));
        assert_eq!(source_map.line("/paths/~1v1~1a/get"), Some(4));
        assert_eq!(source_map.line("/paths/~1v1~1a/get/tags/1"), Some(6));
        assert_eq!(
            source_map.line("/paths/~1v1~1a/get/responses/200/description"),
            Some(8)
        );
    }

    #[test]
    fn missing_value_has_the_line_of_its_nearest_ancestor() {
        let source_map = SourceMap::new(TEXT);
        assert_eq!(source_map.line("/paths/~1v1~1a/get/security/0"), Some(4));
        assert_eq!(source_map.line("/components"), Some(1));
        assert_eq!(SourceMap::new("a: [").line("/a"), None);
    }

    #[test]
    fn json_has_lines() {
        let source_map = SourceMap::new("{\n \"a\": {\n  \"b\": [1,\n 2]}}");
        assert_eq!(source_map.line("/a/b"), Some(3));
        assert_eq!(source_map.line("/a/b/1"), Some(4));
    }
}
