//! Rules about the document as a whole.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::context::{Context, Found};
use heck::{ToPascalCase as _, ToSnakeCase as _};
use toapis_openapi::pointer;

const SOURCES: [&str; 6] = ["page", "docs", "late", "live", "seen", "inferred"];

pub(super) fn version(context: &Context<'_>) -> Found {
    let version = match context.version {
        "" => "nothing",
        version => version,
    };
    let found = (version != "3.0.3").then(|| {
        (
            "/openapi".to_owned(),
            format!("the version is {version}; expected 3.0.3"),
        )
    });
    found.into_iter().collect()
}

pub(super) fn keywords(context: &Context<'_>) -> Found {
    match context.generator.unknown_keys(context.contract.document()) {
        Ok(lost) => lost
            .into_iter()
            .map(|at| {
                (
                    at.clone(),
                    format!("`{}` is an unknown key", pointer::last(&at)),
                )
            })
            .collect(),
        Err(rejection) => vec![(rejection.pointer, rejection.message)],
    }
}

pub(super) fn names(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    let mut functions: BTreeMap<String, &str> = BTreeMap::new();
    for operation in context.contract.operations() {
        let at = operation.pointer();
        let is_camel = operation
            .id
            .starts_with(|first: char| first.is_ascii_lowercase())
            && operation
                .id
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric());
        if operation.id.is_empty() {
            found.push((at, "no `operationId`".to_owned()));
            continue;
        }
        if !is_camel {
            found.push((
                at.clone(),
                format!("`{}` is not in camelCase", operation.id),
            ));
        }
        if let Some(other) = functions.insert(operation.id.to_snake_case(), operation.id) {
            found.push((
                at,
                format!(
                    "`{}` and `{other}` have the same function name",
                    operation.id
                ),
            ));
        }
    }
    let mut types: BTreeMap<String, &String> = BTreeMap::new();
    for (name, _) in context.contract.entries("/components/schemas") {
        let at = pointer::join("/components/schemas", name);
        let is_pascal = name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric());
        if !is_pascal {
            found.push((at.clone(), format!("`{name}` is not in PascalCase")));
        }
        if let Some(other) = types.insert(name.to_pascal_case().to_ascii_lowercase(), name) {
            found.push((
                at,
                format!("`{name}` and `{other}` have the same type name"),
            ));
        }
    }
    found
}

pub(super) fn facts_of_operations(context: &Context<'_>) -> Found {
    let buckets: BTreeSet<&String> = context
        .contract
        .entries("/x-rate-limits/groups")
        .flat_map(|(_, group)| group.as_object().into_iter().flatten())
        .map(|(name, _)| name)
        .collect();
    let mut found = Found::new();
    for operation in context.contract.operations() {
        if !operation
            .body
            .get("x-safe-to-repeat")
            .is_some_and(Value::is_boolean)
        {
            found.push((
                operation.pointer(),
                format!("`{}` has no `x-safe-to-repeat`", operation.id),
            ));
        }
        if let Some(bucket) = operation.body.get("x-rate-limit")
            && !bucket
                .as_str()
                .is_some_and(|bucket| buckets.iter().any(|known| *known == bucket))
        {
            found.push((
                format!("{}/x-rate-limit", operation.pointer()),
                format!("{bucket} is not a bucket of `x-rate-limits`"),
            ));
        }
    }
    found
}

pub(super) fn sources(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    unknown_sources(context.contract.document(), "", false, &mut found);
    found
}

fn unknown_sources(value: &Value, at: &str, is_table: bool, found: &mut Found) {
    match value {
        Value::Object(map) => {
            for (key, below) in map {
                let place = pointer::join(at, key);
                // Tables use `source`, everything else `x-source`.
                let is_source = key == "x-source" || is_table && key == "source";
                if is_source && !below.as_str().is_some_and(|name| SOURCES.contains(&name)) {
                    found.push((place, format!("{below} is not a known source")));
                } else {
                    unknown_sources(
                        below,
                        &place,
                        is_table || at.is_empty() && key.starts_with("x-"),
                        found,
                    );
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                unknown_sources(
                    item,
                    &pointer::join(at, &index.to_string()),
                    is_table,
                    found,
                );
            }
        }
        _ => {}
    }
}

pub(super) fn unused_schemas(context: &Context<'_>) -> Found {
    let used: BTreeSet<String> = [
        "/paths",
        "/components/responses",
        "/components/parameters",
        "/components/headers",
    ]
    .iter()
    .filter_map(|place| context.contract.at(place))
    .flat_map(|value| context.contract.reachable_schemas(value))
    .collect();
    let unused = context
        .contract
        .entries("/components/schemas")
        .filter(|(name, _)| !used.contains(*name));
    unused
        .map(|(name, _)| {
            (
                pointer::join("/components/schemas", name),
                format!("`{name}` is not used"),
            )
        })
        .collect()
}

pub(super) fn path_parameters(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    for operation in context.contract.operations() {
        let at = operation.pointer();
        let in_path: BTreeSet<&str> = operation
            .path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        let declared = declared(context, operation.path, operation.body.get("parameters"));
        for name in in_path.iter().filter(|name| !declared.contains(**name)) {
            found.push((
                at.clone(),
                format!("`{{{name}}}` of the path is not declared as a required parameter"),
            ));
        }
        for name in declared
            .iter()
            .filter(|name| !in_path.contains(name.as_str()))
        {
            found.push((
                at.clone(),
                format!("the path parameter `{name}` is not in the path"),
            ));
        }
    }
    found
}

/// Returns the required path parameters of an operation and of its path.
fn declared(context: &Context<'_>, path: &str, own: Option<&Value>) -> BTreeSet<String> {
    let of_path = context
        .contract
        .at(&pointer::join(&pointer::join("/paths", path), "parameters"));
    let mut names = BTreeSet::new();
    for parameter in [own, of_path]
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
    {
        let parameter = context.resolve(parameter);
        let is_required = parameter.get("required") == Some(&Value::Bool(true));
        if parameter.get("in").and_then(Value::as_str) == Some("path") && is_required {
            names.extend(
                parameter
                    .get("name")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
        }
    }
    names
}
