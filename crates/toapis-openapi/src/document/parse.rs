//! Parses a text into the list of its values.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::Spanned;

use super::tree::{Kind, NodeId, Slot, Step};
use crate::error::Location;

/// The maximum number of values. Documents of 100,000 lines have about as many.
const MAX_VALUES: usize = 500_000;

/// The maximum number of events that aliases may replay. Few documents have aliases.
const MAX_REPEATED: usize = 100_000;

/// The maximum nesting depth. Everything that walks a document may recurse this deep.
const MAX_DEPTH: usize = 200;

type ParseError = (Option<Location>, String);

/// Parses the text. The first value is the root, a mapping.
pub(super) fn slots(text: &str) -> Result<Vec<Slot>, ParseError> {
    let options = serde_saphyr::options! {
        // As in YAML 1.2: the field `n` is a string, not a boolean.
        strict_booleans: true,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_nodes: MAX_VALUES,
            max_events: 2 * MAX_VALUES,
            max_depth: MAX_DEPTH,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_REPEATED,
        },
    };
    let root: Spanned<Tree> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let location = error.location().map(|at| location(&at));
            (location, format!("not valid YAML: {}", describe(&error)))
        })?;
    if !matches!(root.value, Tree::Map(_)) {
        return Err((
            Some(location(&root.referenced)),
            "the document is not a mapping".to_owned(),
        ));
    }
    let mut slots = Vec::new();
    push(
        root.value,
        Step::Root,
        NodeId(0),
        location(&root.referenced),
        &mut slots,
    )
    .ok_or_else(|| (None, format!("has more than {} values", u32::MAX)))?;
    Ok(slots)
}

/// Describes an error without its location, which the caller prints, and without advice for
/// callers of the YAML reader.
fn describe(error: &serde_saphyr::Error) -> String {
    let text = error.to_string();
    let text = text.lines().next().unwrap_or_default();
    let text = text.split(" at line ").next().unwrap_or(text);
    let text = text
        .split(", set DuplicateKeyPolicy")
        .next()
        .unwrap_or(text);
    if text.starts_with("multiple YAML documents") {
        return "the file contains more than one YAML document".to_owned();
    }
    if text.starts_with("recursive references") {
        return "an alias refers to a value that contains it".to_owned();
    }
    text.to_owned()
}

fn location(at: &serde_saphyr::Location) -> Location {
    Location {
        line: u32::try_from(at.line()).unwrap_or(u32::MAX),
        column: u32::try_from(at.column()).unwrap_or(u32::MAX),
    }
}

/// A value before it gets its id.
enum Tree {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Spanned<Tree>>),
    Map(Vec<(Spanned<String>, Tree)>),
}

/// Appends a value and its descendants. Returns `None` if there are more values than ids.
fn push(
    tree: Tree,
    step: Step,
    parent: NodeId,
    location: Location,
    slots: &mut Vec<Slot>,
) -> Option<NodeId> {
    let id = NodeId(u32::try_from(slots.len()).ok()?);
    slots.push(Slot {
        parent,
        step,
        location,
        kind: Kind::Null,
    });
    let kind = match tree {
        Tree::Null => Kind::Null,
        Tree::Bool(value) => Kind::Bool(value),
        Tree::Number(number) => Kind::Number(number),
        Tree::Text(text) => Kind::Text(text.into()),
        Tree::List(items) => Kind::List(
            items
                .into_iter()
                .zip(0..)
                .map(|(item, index)| {
                    let at = self::location(&item.referenced);
                    push(item.value, Step::Item(index), id, at, slots)
                })
                .collect::<Option<_>>()?,
        ),
        Tree::Map(mut entries) => {
            entries.sort_by(|(left, _), (right, _)| left.value.cmp(&right.value));
            Kind::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| {
                        let at = self::location(&key.referenced);
                        push(value, Step::Key(key.value.into()), id, at, slots)
                    })
                    .collect::<Option<_>>()?,
            )
        }
    };
    slots[id.0 as usize].kind = kind;
    Some(id)
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value that JSON can hold")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        // JSON has no infinity; such a value is kept as text.
        Ok(Number::from_f64(value).map_or_else(|| Tree::Text(value.to_string()), Tree::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Tree, E> {
        Ok(Tree::Text(value))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }
}
