//! Maps JSON pointers to lines of openapi.yaml.

use std::{borrow::Cow, collections::HashMap, fmt, sync::OnceLock};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::{parse::yaml_options, pointer};

/// The text of a contract, and the lines of its pointers, which are parsed on first use.
pub(crate) struct SourceMap {
    text: Cow<'static, str>,
    index: OnceLock<HashMap<String, u64>>,
}

impl SourceMap {
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.into(),
            index: OnceLock::new(),
        }
    }

    /// Returns the line (from 1) of the value at `pointer`, or of its nearest ancestor in the text.
    pub(crate) fn line(&self, pointer: &str) -> Option<u64> {
        let index = self.index.get_or_init(|| index(&self.text));
        let mut at = pointer;
        loop {
            if let Some(line) = index.get(at) {
                return Some(*line);
            }
            at = &at[..at.rfind('/')?];
        }
    }
}

impl fmt::Debug for SourceMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceMap").finish_non_exhaustive()
    }
}

fn index(text: &str) -> HashMap<String, u64> {
    let mut lines = HashMap::new();
    // A text that cannot be parsed has no lines; parsing the contract has reported it.
    if let Ok(root) = serde_saphyr::from_str_with_options::<Node>(text, yaml_options()) {
        root.collect("", &mut lines);
    }
    lines
}

/// A document reduced to its keys, its items and their lines.
enum Node {
    Map(Vec<(Spanned<String>, Node)>),
    List(Vec<Spanned<Node>>),
    Leaf,
}

impl Node {
    fn collect(self, at: &str, lines: &mut HashMap<String, u64>) {
        match self {
            Self::Map(entries) => {
                for (key, node) in entries {
                    let below = pointer::join(at, &key.value);
                    node.collect(&below, lines);
                    lines.insert(below, key.referenced.line());
                }
            }
            Self::List(items) => {
                for (position, item) in items.into_iter().enumerate() {
                    let below = format!("{at}/{position}");
                    item.value.collect(&below, lines);
                    lines.insert(below, item.referenced.line());
                }
            }
            Self::Leaf => {}
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Node::Leaf)
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
        assert_eq!(source_map.line("/components"), None);
    }

    #[test]
    fn json_has_lines() {
        let source_map = SourceMap::new("{\n \"a\": {\n  \"b\": [1,\n 2]}}");
        assert_eq!(source_map.line("/a/b"), Some(3));
        assert_eq!(source_map.line("/a/b/1"), Some(4));
    }
}
