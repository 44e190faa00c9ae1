//! Finds what the generator accepts but ignores, so that it is an error instead.
//!
//! A client has one host and one API key, knows seven methods, and serializes a parameter in one
//! way. The generator ignores an operation that needs something else.

use anyhow::{Result, anyhow};
use serde_json::Value;

use toapis_openapi::operations::{METHODS, OperationRef, operations};
use toapis_openapi::pointer::{self, entries};
use toapis_openapi::reference::{self, reference};

use crate::error::ResultExt as _;

/// The pointers of unsupported parts, each with a description.
pub type Unsupported = Vec<(String, String)>;

/// Fails on the first unsupported part.
pub(crate) fn check(contract: &Value) -> Result<()> {
    let mut all = [paths, hosts_and_keys, spelling]
        .into_iter()
        .flat_map(|look| look(contract));
    match all.next() {
        None => Ok(()),
        Some((pointer, what)) => Err(anyhow!(what)).at(&pointer, "what the generator would ignore"),
    }
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn resolve<'c>(contract: &'c Value, value: &'c Value) -> &'c Value {
    // The reader rejects a reference without a target.
    reference::resolve(contract, value).unwrap_or(value)
}

/// Returns operations that are not read: those with the method `trace`, and those behind the `$ref`
/// of a path.
#[must_use]
pub fn paths(contract: &Value) -> Unsupported {
    let mut found = Unsupported::new();
    for (path, item) in entries(contract, "/paths") {
        let at = pointer::join("/paths", path);
        if reference(item).is_some() {
            found.push((
                pointer::join(&at, "$ref"),
                format!("`{path}` is a reference"),
            ));
        }
        if item.get("trace").is_some() {
            found.push((
                pointer::join(&at, "trace"),
                format!("`{path}` has an operation of the method `trace`"),
            ));
        }
    }
    found
}

/// Returns operations with servers of their own, or without a bearer token.
#[must_use]
pub fn hosts_and_keys(contract: &Value) -> Unsupported {
    let mut found = Unsupported::new();
    for (path, item) in entries(contract, "/paths") {
        let at = pointer::join("/paths", path);
        let operations = METHODS
            .iter()
            .filter_map(|method| Some((pointer::join(&at, method), item.get(*method)?)));
        for (at, holder) in std::iter::once((at.clone(), item)).chain(operations) {
            if has_items(holder.get("servers")) {
                found.push((
                    pointer::join(&at, "servers"),
                    "`servers` that are not the document's".to_owned(),
                ));
            }
        }
    }
    for operation in operations(contract) {
        let own = operation.body.get("security");
        let asked = own.or_else(|| contract.pointer("/security"));
        let ways = asked.and_then(Value::as_array);
        let is_let_in = |way: &Value| {
            let mut schemes = way.as_object().into_iter().flatten();
            schemes.all(|(name, _)| is_bearer(contract, name))
        };
        if ways.is_some_and(|ways| !ways.is_empty() && !ways.iter().any(is_let_in)) {
            let at = match own {
                Some(_) => pointer::join(&operation.pointer(), "security"),
                None => "/security".to_owned(),
            };
            let what = format!("`{}` lets no bearer of a key in", operation.id);
            found.push((at, what));
        }
    }
    found
}

fn has_items(list: Option<&Value>) -> bool {
    list.and_then(Value::as_array)
        .is_some_and(|items| !items.is_empty())
}

fn is_bearer(contract: &Value, name: &str) -> bool {
    let at = pointer::join("/components/securitySchemes", name);
    let scheme = contract
        .pointer(&at)
        .map(|scheme| resolve(contract, scheme));
    scheme.is_some_and(|scheme| {
        text(scheme, "type") == Some("http")
            && text(scheme, "scheme").is_some_and(|name| name.eq_ignore_ascii_case("bearer"))
    })
}

/// Returns the parameters of an operation and of its path, each with its pointer.
#[must_use]
pub fn parameters<'c>(
    contract: &'c Value,
    operation: &OperationRef<'c>,
) -> Vec<(String, &'c Value)> {
    let path = pointer::join("/paths", operation.path);
    let lists = [operation.pointer(), path].map(|at| pointer::join(&at, "parameters"));
    let mut all = Vec::new();
    for list in lists {
        let listed = contract.pointer(&list).and_then(Value::as_array);
        for (index, parameter) in listed.into_iter().flatten().enumerate() {
            let at = pointer::join(&list, &index.to_string());
            all.push((at, resolve(contract, parameter)));
        }
    }
    all
}

/// Returns parameters that the generator would serialize in another way.
#[must_use]
pub fn spelling(contract: &Value) -> Unsupported {
    let mut found = Unsupported::new();
    for operation in operations(contract) {
        for (at, parameter) in parameters(contract, &operation) {
            if let Some(what) = misspelt(contract, parameter) {
                let name = text(parameter, "name").unwrap_or_default();
                let what = format!("the parameter `{name}` of `{}` {what}", operation.id);
                // A parameter of a path belongs to all of its operations.
                if !found.iter().any(|(other, _)| *other == at) {
                    found.push((at, what));
                }
            }
        }
    }
    found
}

fn misspelt(contract: &Value, parameter: &Value) -> Option<String> {
    let place = text(parameter, "in").unwrap_or_default();
    let default = if place == "query" { "form" } else { "simple" };
    let style = text(parameter, "style").unwrap_or(default);
    let schema = parameter
        .get("schema")
        .map(|schema| resolve(contract, schema));
    let kind = schema.and_then(|schema| text(schema, "type"));
    let is_whole = matches!(kind, Some("array" | "object"));
    let name = text(parameter, "name").unwrap_or_default();
    if parameter.get("content").is_some() {
        Some("is written as a body of a media type".to_owned())
    } else if style != default {
        Some(format!("is written in the style `{style}`"))
    } else if place == "query" && is_whole && parameter.get("explode") == Some(&Value::Bool(false))
    {
        Some("is one text of all its items".to_owned())
    } else if matches!(place, "path" | "header") && is_whole {
        Some(format!("is not a scalar, but in the {place}"))
    } else if place == "header" && is_http_s_own(name) {
        Some("is a header that OpenAPI ignores".to_owned())
    } else {
        None
    }
}

/// Returns true for headers that OpenAPI describes by media types and `security`.
fn is_http_s_own(name: &str) -> bool {
    ["accept", "content-type", "authorization"]
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own))
}
