//! Transforms of operations, their responses and the schemas that they use.

use anyhow::{Context, Result};
use serde_json::Value;
use toapis_openapi::operations::{OperationRef, SCHEMAS, operations};
use toapis_openapi::pointer;
use toapis_openapi::reference::reachable_schemas;

use super::value_mut;

const MULTIPART: &str = "multipart/form-data";

/// Returns the operations with a multipart body.
pub(super) fn multipart(contract: &Value) -> impl Iterator<Item = OperationRef<'_>> {
    operations(contract).filter(|operation| {
        operation
            .body
            .get("requestBody")
            .and_then(|body| body.get("content")?.get(MULTIPART))
            .is_some()
    })
}

pub(super) fn drop_multipart_operations(_: &Value, contract: &mut Value) -> Result<Vec<String>> {
    let found: Vec<_> = multipart(contract)
        .map(|operation| (operation.path.to_owned(), operation.method.to_owned()))
        .collect();
    let mut touched = Vec::new();
    for (path, method) in found {
        let item = pointer::join("/paths", &path);
        let methods = object(contract, &item)?;
        methods.remove(&method);
        if methods.is_empty() {
            object(contract, "/paths")?.remove(&path);
            touched.push(item);
        } else {
            touched.push(pointer::join(&item, &method));
        }
    }
    Ok(touched)
}

pub(super) fn drop_multipart_bodies(_: &Value, contract: &mut Value) -> Result<Vec<String>> {
    let found: Vec<_> = multipart(contract)
        .map(|operation| operation.pointer())
        .collect();
    found
        .into_iter()
        .map(|operation| {
            object(contract, &operation)?.remove("requestBody");
            Ok(pointer::join(&operation, "requestBody"))
        })
        .collect()
}

pub(super) fn hide_errors(_: &Value, contract: &mut Value) -> Result<Vec<String>> {
    let found: Vec<_> = operations(contract)
        .map(|operation| pointer::join(&operation.pointer(), "responses"))
        .collect();
    let mut touched = Vec::new();
    for responses in found {
        object(contract, &responses)?.retain(|status, _| {
            let keep = status.starts_with('2');
            if !keep {
                touched.push(pointer::join(&responses, status));
            }
            keep
        });
    }
    Ok(touched)
}

pub(super) fn drop_unused_schemas(original: &Value, contract: &mut Value) -> Result<Vec<String>> {
    let mut used = reachable_schemas(contract, contract.pointer("/paths").context("no paths")?);
    // The responses of hand-written operations and the typed errors are types too, even if the
    // operation was dropped.
    for operation in operations(original) {
        used.append(&mut reachable_schemas(
            contract,
            &operation.body["responses"],
        ));
    }
    let mut touched = Vec::new();
    object(contract, SCHEMAS)?.retain(|name, _| {
        let keep = used.contains(name);
        if !keep {
            touched.push(pointer::join(SCHEMAS, name));
        }
        keep
    });
    Ok(touched)
}

fn object<'c>(
    contract: &'c mut Value,
    pointer: &str,
) -> Result<&'c mut serde_json::Map<String, Value>> {
    value_mut(contract, pointer)?
        .as_object_mut()
        .with_context(|| format!("`{pointer}` is not a mapping"))
}
