//! OpenAPI Overlay 1.0 files (`overlays/*.yaml`): what a team holds otherwise than the contract, applied before codegen.
//!
//! They are applied in the order of their names. Each action names its targets by `JSONPath` (RFC 9535), and merges an `update` into
//! all of them or removes them. A target that matches nothing is an error: the contract has moved on, or the path is misspelt.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};
use serde_json_path::{JsonPath, NormalizedPath};

use crate::spec::document::{Document, Node, ReadError, read_text};

/// Where the files stand, beside the contract that they amend.
pub const FOLDER: &str = "overlays";

/// An overlay file.
#[derive(Debug)]
pub struct Overlay(Document);

impl Overlay {
    /// Parses an overlay. `name` is what errors call it.
    ///
    /// # Errors
    ///
    /// The text is none that could be read, no overlay of 1.0, or has no actions.
    pub fn parse(text: &str, name: &str) -> Result<Self, ReadError> {
        // References in it lead into the contract.
        let document = Document::plain(text, name)?;
        let refuse = |message: &str| ReadError {
            name: name.to_owned(),
            place: None,
            message: message.to_owned(),
        };
        let version = document.root().get("overlay").and_then(Node::as_str);
        if !version.is_some_and(|version| version.starts_with("1.0.")) {
            return Err(refuse(
                "`overlay` is not 1.0.x: this is no overlay that is understood here",
            ));
        }
        let actions = document.root().get("actions");
        if actions.is_none_or(|actions| actions.items().next().is_none()) {
            return Err(refuse("there are no `actions`"));
        }
        Ok(Self(document))
    }

    /// What errors call it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Applies it to the values of a document, one action after the other.
    ///
    /// # Errors
    ///
    /// An action cannot be done; the error tells where it stands, its number from 0, and its target.
    pub fn apply(&self, document: &mut Value) -> Result<(), ReadError> {
        let actions = self.0.root().get("actions");
        let actions = actions.into_iter().flat_map(Node::items);
        for (index, action) in actions.enumerate() {
            act(&action.value(), document).map_err(|error| ReadError {
                name: self.name().to_owned(),
                place: Some(action.place()),
                message: format!("action {index}: {error:#}"),
            })?;
        }
        Ok(())
    }
}

/// Reads the overlays beside a contract, in the order of their names.
///
/// # Errors
///
/// A file cannot be read, or is no overlay.
pub fn beside(contract: &Path) -> Result<Vec<Overlay>> {
    let folder = contract.with_file_name(FOLDER);
    let mut names = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}", folder.display()))?
        {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
    }
    from(names, |name| {
        Ok(read_text(&folder.join(name), &format!("{FOLDER}/{name}"))?)
    })
}

/// Takes the files of these names for overlays, in their order.
///
/// # Errors
///
/// A name is that of no overlay, or as [`beside`].
pub fn from(mut names: Vec<String>, text: impl Fn(&str) -> Result<String>) -> Result<Vec<Overlay>> {
    names.sort();
    let overlays = names.into_iter().map(|name| {
        let path = format!("{FOLDER}/{name}");
        let is_yaml = [".yaml", ".yml", ".json"]
            .iter()
            .any(|ending| name.ends_with(ending));
        ensure!(
            is_yaml,
            "{path} is no overlay: its name ends neither in .yaml nor in .json"
        );
        Ok(Overlay::parse(&text(&name)?, &path)?)
    });
    overlays.collect()
}

fn act(action: &Value, document: &mut Value) -> Result<()> {
    let action = action.as_object().context("it is not a mapping")?;
    if let Some(key) = action.keys().find(|key| {
        !matches!(key.as_str(), "target" | "description" | "update" | "remove")
            && !key.starts_with("x-")
    }) {
        bail!("`{key}` means nothing here");
    }
    let target = action
        .get("target")
        .and_then(Value::as_str)
        .context("it has no `target`")?;
    let path = JsonPath::parse(target).with_context(|| format!("`{target}` is no JSONPath"))?;
    let found = path.query_located(document);
    let pointers: Vec<String> = found
        .locations()
        .map(NormalizedPath::to_json_pointer)
        .collect();
    ensure!(
        !pointers.is_empty(),
        "`{target}` matches nothing: openapi.yaml has changed, or it is misspelt"
    );
    let is_removal = action.get("remove") == Some(&Value::Bool(true));
    let update = action.get("update");
    ensure!(
        is_removal || update.is_some(),
        "`{target}`: there is neither an `update` nor `remove: true`"
    );
    // From the last to the first, so that an item that goes does not move those that are still to go.
    for pointer in pointers.iter().rev() {
        if is_removal {
            remove(document, pointer)?;
        } else if let (Some(place), Some(update)) = (document.pointer_mut(pointer), update) {
            match place {
                Value::Object(map) => merge(
                    map,
                    update.as_object().with_context(|| {
                        format!("`{target}` is a mapping, and the update is none")
                    })?,
                ),
                Value::Array(items) => items.push(update.clone()),
                _ => bail!("`{target}` is neither a mapping nor a list: name what it stands in"),
            }
        }
    }
    Ok(())
}

fn remove(document: &mut Value, pointer: &str) -> Result<()> {
    let (parent, key) = pointer
        .rsplit_once('/')
        .context("the whole document cannot be removed")?;
    match document.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.remove(&key.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(items)) => {
            items.remove(key.parse()?);
        }
        _ => {}
    }
    Ok(())
}

/// Mappings are merged, lists are appended, everything else is replaced.
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
    fn an_update_merges_mappings_appends_lists_and_replaces_the_rest() {
        let document = amended("[{target: $.a.b, update: {c: 2, e: {f: 3}, list: [3]}}, {target: $.a.d, update: {n: z}}]").unwrap();
        assert_eq!(
            document["a"]["b"],
            json!({"c": 2, "list": [1, 2, 3], "e": {"f": 3}})
        );
        assert_eq!(document["a"]["d"][3], json!({"n": "z"}));
    }

    #[test]
    fn a_removal_takes_all_that_match() {
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
    fn what_cannot_be_done_is_told_with_the_action_and_its_target() {
        for (actions, told) in [
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
            ("[{target: '$.a[', remove: true}]", "`$.a[` is no JSONPath"),
            ("[{target: $, remove: true}]", "cannot be removed"),
            ("[{target: $.a, updaet: {}}]", "`updaet` means nothing here"),
            ("[]", "there are no `actions`"),
        ] {
            let error = amended(actions).unwrap_err().to_string();
            assert!(error.contains(told), "{actions}: {error}");
        }
    }
}
