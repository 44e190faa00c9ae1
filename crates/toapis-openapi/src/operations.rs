//! The operations of a document, which is a plain JSON value here: a document is changed in
//! memory before code is generated from it.

use serde_json::{Map, Value};

use crate::pointer;
use crate::reference::{ReferenceError, resolve};

/// The methods of a path item that this crate reads operations from.
pub const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// The pointer of the component schemas.
pub const SCHEMAS: &str = "/components/schemas";

/// An operation and its place in the document.
#[derive(Clone, Copy, Debug)]
pub struct OperationRef<'d> {
    /// The path template.
    pub path: &'d str,
    /// The method in lower case.
    pub method: &'d str,
    /// The `operationId`; empty if it is missing.
    pub id: &'d str,
    /// The operation object.
    pub body: &'d Map<String, Value>,
}

impl<'d> OperationRef<'d> {
    /// Returns the JSON pointer of the operation object.
    #[must_use]
    pub fn pointer(&self) -> String {
        pointer::join(&pointer::join("/paths", self.path), self.method)
    }

    /// Returns the name of the rate limit bucket that a call counts against (`x-rate-limit`).
    #[must_use]
    pub fn rate_limit(&self) -> Option<&'d str> {
        self.body.get("x-rate-limit").and_then(Value::as_str)
    }

    /// Returns whether a call may be repeated without a second effect (`x-safe-to-repeat`), if
    /// the document says so.
    #[must_use]
    pub fn is_safe_to_repeat(&self) -> Option<bool> {
        self.body.get("x-safe-to-repeat").and_then(Value::as_bool)
    }
}

/// Returns all operations of a document in the order of their paths.
pub fn operations(document: &Value) -> impl Iterator<Item = OperationRef<'_>> {
    pointer::entries(document, "/paths").flat_map(|(path, item)| {
        pointer::entries(item, "").filter_map(move |(method, body)| {
            let body = body
                .as_object()
                .filter(|_| METHODS.contains(&method.as_str()))?;
            let id = body.get("operationId").and_then(Value::as_str);
            Some(OperationRef {
                path,
                method,
                id: id.unwrap_or_default(),
                body,
            })
        })
    })
}

/// Returns the operation with an `operationId`.
#[must_use]
pub fn find_operation<'d>(document: &'d Value, id: &str) -> Option<OperationRef<'d>> {
    operations(document).find(|operation| operation.id == id)
}

/// Returns the document with the parameters and request body of each operation inline: references
/// to components are replaced by their targets, and the parameters of a path are moved to its
/// operations.
///
/// # Errors
///
/// A reference cannot be followed.
pub fn inline_components(document: &Value) -> Result<Value, ReferenceError> {
    let mut inlined = document.clone();
    for operation in operations(document) {
        let mut body = operation.body.clone();
        let parameters = parameters(document, &operation)?;
        if !parameters.is_empty() {
            body.insert("parameters".to_owned(), Value::Array(parameters));
        }
        if let Some(request) = body.get_mut("requestBody") {
            *request = resolve(document, request)?.clone();
        }
        if let Some(target) = inlined.pointer_mut(&operation.pointer()) {
            *target = Value::Object(body);
        }
    }
    if let Some(Value::Object(paths)) = inlined.get_mut("paths") {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            item.remove("parameters");
        }
    }
    Ok(inlined)
}

/// Returns the resolved parameters of an operation, and those of its path that it does not
/// override.
fn parameters(
    document: &Value,
    operation: &OperationRef<'_>,
) -> Result<Vec<Value>, ReferenceError> {
    let path = pointer::join("/paths", operation.path);
    let mut parameters: Vec<Value> = Vec::new();
    for holder in [operation.pointer(), path] {
        for parameter in pointer::items(document, &pointer::join(&holder, "parameters")) {
            let parameter = resolve(document, parameter)?;
            let is_same = |other: &Value| {
                ["name", "in"]
                    .iter()
                    .all(|key| other.get(key) == parameter.get(key))
            };
            if !parameters.iter().any(is_same) {
                parameters.push(parameter.clone());
            }
        }
    }
    Ok(parameters)
}

/// Returns the name under which a response has the header component `component`: the first in the
/// order of the document.
#[must_use]
pub fn header_name<'d>(document: &'d Value, component: &str) -> Option<&'d str> {
    find_header(document, &format!("#/components/headers/{component}"))
}

fn find_header<'v>(value: &'v Value, reference: &str) -> Option<&'v str> {
    match value {
        Value::Object(map) => {
            let headers = map.get("headers").and_then(Value::as_object);
            let is_target = |header: &Value| header.get("$ref").is_some_and(|it| it == reference);
            headers
                .and_then(|headers| headers.iter().find(|(_, header)| is_target(header)))
                .map(|(name, _)| name.as_str())
                .or_else(|| map.values().find_map(|inner| find_header(inner, reference)))
        }
        Value::Array(items) => items.iter().find_map(|item| find_header(item, reference)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_of_a_path_are_moved_to_its_operations() {
        let document = json!({
            "paths": {"/a": {
                "parameters": [
                    {"$ref": "#/components/parameters/P"},
                    {"name": "q", "in": "query", "description": "of the path"},
                ],
                "get": {
                    "operationId": "getA",
                    "parameters": [{"name": "q", "in": "query", "description": "own"}],
                    "requestBody": {"$ref": "#/components/requestBodies/B"},
                },
                "x-note": {},
            }},
            "components": {
                "parameters": {"P": {"name": "p", "in": "query"}},
                "requestBodies": {"B": {"content": {}}},
            },
        });
        let inlined = inline_components(&document).unwrap();
        let operation = find_operation(&inlined, "getA").unwrap();
        assert_eq!(
            Value::Object(operation.body.clone()),
            json!({
                "operationId": "getA",
                "parameters": [
                    {"name": "q", "in": "query", "description": "own"},
                    {"name": "p", "in": "query"},
                ],
                "requestBody": {"content": {}},
            })
        );
        assert_eq!(inlined["paths"]["/a"].get("parameters"), None);
        assert_eq!(operations(&inlined).count(), 1);
    }

    #[test]
    fn a_header_component_is_found_by_its_name_in_a_response() {
        let document = json!({"components": {"responses": {"R": {"headers": {
            "X-Limit": {"$ref": "#/components/headers/Limit"},
        }}}}});
        assert_eq!(header_name(&document, "Limit"), Some("X-Limit"));
        assert_eq!(header_name(&document, "Other"), None);
    }
}
