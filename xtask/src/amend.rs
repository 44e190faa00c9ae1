//! OpenAPI Overlay 1.0 files (`overlays/*.yaml`): what a team holds otherwise than the contract, applied before codegen.
//!
//! They are applied in the order of their names. Each action names its targets by `JSONPath` (RFC 9535), and merges an `update` into
//! all of them or removes them. A target that matches nothing is an error: the contract has moved on, or the path is misspelt.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};
use serde_json_path::{JsonPath, NormalizedPath};

use crate::contract::Contract;

/// Where the files stand.
pub const FOLDER: &str = "overlays";

/// Applies all files under `root`, and returns them.
///
/// # Errors
///
/// A file cannot be read, is no overlay, or has an action that cannot be done; the error tells the file, the action by its number from
/// 0, and its target.
pub fn apply_all(root: &Path, contract: &mut Contract) -> Result<Vec<PathBuf>> {
    let folder = root.join(FOLDER);
    let mut files = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}", folder.display()))?
        {
            let path = entry?.path();
            let is_yaml = path
                .extension()
                .is_some_and(|ending| ending == "yaml" || ending == "yml" || ending == "json");
            ensure!(
                is_yaml,
                "{} is no overlay: its name ends neither in .yaml nor in .json",
                path.display()
            );
            files.push(path);
        }
    }
    files.sort();
    for file in &files {
        let overlay = Contract::read(file)?;
        apply(overlay.document(), contract.document_mut())
            .with_context(|| file.display().to_string())?;
    }
    Ok(files)
}

/// Applies one overlay.
///
/// # Errors
///
/// As [`apply_all`].
pub fn apply(overlay: &Value, document: &mut Value) -> Result<()> {
    let version = overlay
        .get("overlay")
        .and_then(Value::as_str)
        .unwrap_or_default();
    ensure!(
        version.starts_with("1.0."),
        "`overlay` is not 1.0.x: this is no overlay that is understood here"
    );
    let actions = overlay
        .get("actions")
        .and_then(Value::as_array)
        .filter(|actions| !actions.is_empty())
        .context("there are no `actions`")?;
    for (index, action) in actions.iter().enumerate() {
        act(action, document).with_context(|| format!("action {index}"))?;
    }
    Ok(())
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

    fn amended(actions: &str) -> Result<Value> {
        let overlay = Contract::parse(&format!(
            "overlay: 1.0.0\ninfo: {{title: t, version: '1'}}\nactions: {actions}"
        ))
        .unwrap();
        let mut document = json!({"a": {"b": {"c": 1, "list": [1, 2]}, "d": [{"n": "x"}, {"n": "y"}, {"n": "x"}]}});
        apply(overlay.document(), &mut document)?;
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
                "action 0: `$.a.nowhere` matches nothing",
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
            let error = format!("{:#}", amended(actions).unwrap_err());
            assert!(error.contains(told), "{actions}: {error}");
        }
    }
}
