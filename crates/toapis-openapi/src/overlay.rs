//! OpenAPI Overlay 1.0 files: changes to a document, applied before anything reads it.
//!
//! A project keeps them in the directory `overlays` beside its document. They are applied in the
//! order of their names. Each action selects its targets by `JSONPath` (RFC 9535), and merges an
//! `update` into all of them or removes them. A target that matches nothing is an error: the
//! document has changed, or the path is misspelt.

use std::path::Path;

use serde_json::{Map, Value};
use serde_json_path::{JsonPath, NormalizedPath};

use crate::document::{Document, Node, read_text};
use crate::error::ReadError;
use crate::pointer;

/// The directory of the overlay files, beside the document that they amend.
pub const DIRECTORY: &str = "overlays";

/// An overlay file.
#[derive(Debug)]
pub struct Overlay(Document);

impl Overlay {
    /// Parses an overlay. `name` is the name of the file in errors.
    ///
    /// # Errors
    ///
    /// The text is not YAML or JSON, is not an overlay of version 1.0, or has no actions.
    pub fn parse(text: &str, name: &str) -> Result<Self, ReadError> {
        // References in an overlay point into the document that it amends.
        let document = Document::parse_plain(text, name)?;
        let version = document.root().get("overlay").and_then(Node::as_str);
        if !version.is_some_and(|version| version.starts_with("1.0.")) {
            let message = "`overlay` is not 1.0.x; other versions are not supported";
            return Err(ReadError::new(name, message));
        }
        let actions = document.root().get("actions");
        if actions.is_none_or(|actions| actions.items().next().is_none()) {
            return Err(ReadError::new(name, "there are no `actions`"));
        }
        Ok(Self(document))
    }

    /// Returns the name of the file in errors.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Applies all actions to a document, in order.
    ///
    /// # Errors
    ///
    /// An action cannot be applied. The error names its location, its index and its target.
    pub fn apply(&self, document: &mut Value) -> Result<(), ReadError> {
        let actions = self.0.root().get("actions");
        let actions = actions.into_iter().flat_map(Node::items);
        for (index, action) in actions.enumerate() {
            apply_action(&action.to_value(), document).map_err(|message| {
                let message = format!("action {index}: {message}");
                ReadError::with_location(self.name(), action.location(), message)
            })?;
        }
        Ok(())
    }
}

/// Reads the overlays of a document: the files in the directory [`DIRECTORY`] beside it, in the
/// order of their names. Empty without that directory.
///
/// # Errors
///
/// The directory cannot be listed, or a file in it is not an overlay.
pub fn read_beside(document: &Path) -> Result<Vec<Overlay>, ReadError> {
    let directory = document.with_file_name(DIRECTORY);
    let mut names = Vec::new();
    if directory.is_dir() {
        let io_error = |error: std::io::Error| {
            ReadError::new(
                directory.display().to_string(),
                format!("cannot be listed: {error}"),
            )
        };
        for entry in std::fs::read_dir(&directory).map_err(io_error)? {
            let entry = entry.map_err(io_error)?;
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    parse_all(names, |name| {
        read_text(&directory.join(name), &format!("{DIRECTORY}/{name}"))
    })
}

/// Parses the files of these names as overlays, sorted by name. `text` returns the text of a file.
///
/// # Errors
///
/// A name ends neither in `.yaml`, `.yml` nor `.json`, a text cannot be read, or it is not an
/// overlay.
pub fn parse_all<E: From<ReadError>>(
    mut names: Vec<String>,
    text: impl Fn(&str) -> Result<String, E>,
) -> Result<Vec<Overlay>, E> {
    names.sort();
    let overlays = names.into_iter().map(|name| {
        let path = format!("{DIRECTORY}/{name}");
        let is_supported = [".yaml", ".yml", ".json"]
            .iter()
            .any(|ending| name.ends_with(ending));
        if !is_supported {
            let message = "is not an overlay: its name ends neither in .yaml nor in .json";
            return Err(ReadError::new(path, message).into());
        }
        Ok(Overlay::parse(&text(&name)?, &path)?)
    });
    overlays.collect()
}

fn apply_action(action: &Value, document: &mut Value) -> Result<(), String> {
    let action = action.as_object().ok_or("it is not a mapping")?;
    let unknown = action.keys().find(|key| {
        !matches!(key.as_str(), "target" | "description" | "update" | "remove")
            && !key.starts_with("x-")
    });
    if let Some(key) = unknown {
        return Err(format!("unknown key `{key}`"));
    }
    let target = action
        .get("target")
        .and_then(Value::as_str)
        .ok_or("it has no `target`")?;
    let path = JsonPath::parse(target)
        .map_err(|error| format!("`{target}` is not a JSONPath: {error}"))?;
    let found = path.query_located(document);
    let pointers: Vec<String> = found
        .locations()
        .map(NormalizedPath::to_json_pointer)
        .collect();
    if pointers.is_empty() {
        return Err(format!(
            "`{target}` matches nothing: openapi.yaml has changed, or it is misspelt"
        ));
    }
    let is_removal = action.get("remove") == Some(&Value::Bool(true));
    let update = action.get("update");
    if !is_removal && update.is_none() {
        return Err(format!(
            "`{target}` has neither an `update` nor `remove: true`"
        ));
    }
    // From the last to the first: removing an item does not move those that are still to go.
    for pointer in pointers.iter().rev() {
        if is_removal {
            remove(document, pointer)?;
        } else if let (Some(value), Some(update)) = (document.pointer_mut(pointer), update) {
            match (value, update) {
                (Value::Object(map), Value::Object(update)) => merge(map, update),
                (Value::Object(_), _) => {
                    return Err(format!("`{target}` is a mapping, but the update is not"));
                }
                (Value::Array(items), update) => items.push(update.clone()),
                _ => {
                    return Err(format!(
                        "`{target}` is neither a mapping nor a list; name its parent"
                    ));
                }
            }
        }
    }
    Ok(())
}

fn remove(document: &mut Value, pointer: &str) -> Result<(), String> {
    let (parent, token) =
        pointer::split_last(pointer).ok_or("the whole document cannot be removed")?;
    match document.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.remove(&*pointer::unescape(token));
        }
        Some(Value::Array(items)) => {
            let index = token.parse().ok().filter(|index| *index < items.len());
            items.remove(index.ok_or("there is no such item")?);
        }
        _ => {}
    }
    Ok(())
}

/// Merges mappings, appends lists, and replaces everything else.
fn merge(into: &mut Map<String, Value>, update: &Map<String, Value>) {
    for (key, value) in update {
        match (into.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(value)) => merge(below, value),
            (Some(Value::Array(items)), Value::Array(more)) => items.extend(more.iter().cloned()),
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn amended(actions: &str) -> Result<Value, ReadError> {
        let text = format!("overlay: 1.0.0\ninfo: {{title: t, version: '1'}}\nactions: {actions}");
        let overlay = Overlay::parse(&text, "a.yaml")?;
        let mut document = json!({"a": {"b": {"c": 1, "list": [1, 2]}, "d": [{"n": "x"}, {"n": "y"}, {"n": "x"}]}});
        overlay.apply(&mut document)?;
        Ok(document)
    }

    #[test]
    fn updates_merge_mappings_and_append_to_lists() {
        let document = amended("[{target: $.a.b, update: {c: 2, e: {f: 3}, list: [3]}}, {target: $.a.d, update: {n: z}}]").unwrap();
        assert_eq!(
            document["a"]["b"],
            json!({"c": 2, "list": [1, 2, 3], "e": {"f": 3}})
        );
        assert_eq!(document["a"]["d"][3], json!({"n": "z"}));
    }

    #[test]
    fn removals_remove_all_matches() {
        let document = amended(
            "[{target: \"$.a.d[?@.n=='x']\", remove: true}, {target: $.a.b.c, remove: true}]",
        )
        .unwrap();
        assert_eq!(
            document,
            json!({"a": {"b": {"list": [1, 2]}, "d": [{"n": "y"}]}})
        );
    }

    #[test]
    fn failed_actions_name_their_index_and_target() {
        for (actions, message) in [
            (
                "[{target: $.a.nowhere, remove: true}]",
                "a.yaml:3:11: action 0: `$.a.nowhere` matches nothing",
            ),
            (
                "[{target: $.a.b, update: {c: 1}}, {target: $.a.b.c, update: {d: 1}}]",
                "action 1: `$.a.b.c` is neither",
            ),
            (
                "[{target: $.a.b, update: 3}]",
                "action 0: `$.a.b` is a mapping",
            ),
            ("[{target: $.a.b}]", "neither an `update`"),
            (
                "[{target: '$.a[', remove: true}]",
                "`$.a[` is not a JSONPath",
            ),
            ("[{target: $, remove: true}]", "cannot be removed"),
            ("[{target: $.a, updaet: {}}]", "unknown key `updaet`"),
            ("[]", "there are no `actions`"),
        ] {
            let error = amended(actions).unwrap_err().to_string();
            assert!(error.contains(message), "{actions}: {error}");
        }
    }
}
