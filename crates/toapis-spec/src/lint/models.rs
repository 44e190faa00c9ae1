//! Rules about models and the other tables.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::context::{Context, Found, values};
use toapis_openapi::operations::OperationRef;
use toapis_openapi::pointer;
use toapis_openapi::reference::reference;

/// A branch of a request: its pointer, the models that it names, and those that it excludes.
struct Branch {
    at: String,
    names: BTreeSet<String>,
    refused: Option<BTreeSet<String>>,
}

fn branches(context: &Context<'_>, operation: &OperationRef<'_>) -> Vec<Branch> {
    let body = operation.body.get("requestBody").and_then(|body| {
        context
            .resolve(body)
            .pointer("/content/application~1json/schema")
    });
    let Some(body) = body else {
        return Vec::new();
    };
    let choices = context.resolve(body).get("oneOf").and_then(Value::as_array);
    choices
        .into_iter()
        .flatten()
        .map(|choice| {
            let schema = context.resolve(choice);
            let model = schema.pointer("/properties/model").unwrap_or(&Value::Null);
            let texts = |schema: &Value| {
                values(schema)
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect()
            };
            Branch {
                at: reference(choice)
                    .and_then(pointer::from_reference)
                    .unwrap_or("/paths".into())
                    .into_owned()
                    + "/properties/model",
                names: texts(model),
                refused: model.get("not").map(texts),
            }
        })
        .collect()
}

pub(super) fn branches_are_disjoint(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    for operation in context.contract.operations() {
        let branches = branches(context, &operation);
        let mut owners: BTreeMap<&String, &str> = BTreeMap::new();
        for branch in &branches {
            for name in &branch.names {
                if let Some(other) = owners.insert(name, &branch.at) {
                    found.push((branch.at.clone(), format!("`{name}` is also in {other}")));
                }
            }
        }
        for (branch, refused) in branches
            .iter()
            .filter_map(|branch| Some((branch, branch.refused.as_ref()?)))
        {
            for name in owners.keys().filter(|name| !refused.contains(**name)) {
                found.push((
                    format!("{}/not", branch.at),
                    format!("`{name}` matches this branch and its own"),
                ));
            }
            for name in refused.iter().filter(|name| !owners.contains_key(name)) {
                found.push((
                    format!("{}/not", branch.at),
                    format!("`{name}` matches no branch"),
                ));
            }
        }
        // A choice that does not depend on the model is not checked.
        let is_by_model = |branch: &Branch| !branch.names.is_empty() || branch.refused.is_some();
        if branches.iter().any(is_by_model)
            && branches
                .iter()
                .filter(|branch| branch.refused.is_some())
                .count()
                != 1
        {
            found.push((
                operation.pointer(),
                format!("`{}` needs one branch for all other models", operation.id),
            ));
        }
    }
    found
}

pub(super) fn rows_and_branches_agree(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    let mut rows: BTreeMap<String, String> = BTreeMap::new();
    for (name, row) in context.contract.entries("/x-models") {
        let at = pointer::join("/x-models", name);
        let aliases = row
            .get("aliases")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        for name in aliases.map(str::to_owned).chain([name.clone()]) {
            if rows.insert(name.clone(), at.clone()).is_some() {
                found.push((
                    at.clone(),
                    format!("`{name}` is already the name of another model"),
                ));
            }
        }
    }
    let mut named = BTreeSet::new();
    for operation in context.contract.operations() {
        for branch in branches(context, &operation) {
            for name in branch.names {
                if !rows.contains_key(&name) {
                    found.push((
                        format!("{}/enum", branch.at),
                        format!("`{name}` has no row in `x-models`"),
                    ));
                }
                named.insert(name);
            }
        }
    }
    for (name, at) in rows.iter().filter(|(name, _)| !named.contains(*name)) {
        found.push((at.clone(), format!("`{name}` is in no branch of a request")));
    }
    found
}

pub(super) fn sizes_have_rows(context: &Context<'_>) -> Found {
    let mut found = BTreeSet::new();
    for (_, row) in context.contract.entries("/x-models") {
        let schema = row.get("schema").and_then(Value::as_str);
        if let Some(schema) = schema.and_then(pointer::from_reference) {
            unknown_sizes(context, &format!("{schema}/properties/size"), &mut found);
        }
    }
    found.into_iter().collect()
}

/// Returns the values of an enum, or of the enums of a choice, without a row in `x-sizes`.
fn unknown_sizes(context: &Context<'_>, at: &str, found: &mut BTreeSet<(String, String)>) {
    let Some(schema) = context.contract.at(at) else {
        return;
    };
    if let Some(target) = reference(schema).and_then(pointer::from_reference) {
        return unknown_sizes(context, &target, found);
    }
    let choices = schema.get("oneOf").and_then(Value::as_array);
    for index in 0..choices.map_or(0, Vec::len) {
        unknown_sizes(context, &format!("{at}/oneOf/{index}"), found);
    }
    for (index, size) in values(schema).iter().enumerate() {
        let name = size.as_str().unwrap_or_default();
        if context
            .contract
            .at(&pointer::join("/x-sizes", name))
            .is_none()
        {
            found.insert((
                format!("{at}/enum/{index}"),
                format!("the size {size} has no row in `x-sizes`"),
            ));
        }
    }
}

pub(super) fn states(context: &Context<'_>) -> Found {
    const STATUS: &str = "/components/schemas/TaskStatus";
    let Some(schema) = context.contract.at(STATUS) else {
        return Found::new();
    };
    let listed: BTreeSet<&str> = values(schema).iter().filter_map(Value::as_str).collect();
    let mut found = Found::new();
    let rows = schema.get("x-states").and_then(Value::as_object);
    for state in &listed {
        let has_final = rows
            .and_then(|rows| rows.get(*state)?.get("final"))
            .is_some_and(Value::is_boolean);
        if !has_final {
            found.push((
                format!("{STATUS}/enum"),
                format!("`{state}` has no `final`"),
            ));
        }
    }
    for (state, _) in rows
        .into_iter()
        .flatten()
        .filter(|(state, _)| !listed.contains(state.as_str()))
    {
        found.push((
            pointer::join(&format!("{STATUS}/x-states"), state),
            format!("`{state}` is not a value of the enum"),
        ));
    }
    found
}

pub(super) fn errors_are_unique(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    let mut seen = BTreeSet::new();
    let rows = context
        .contract
        .at("/x-errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for (index, row) in rows.enumerate() {
        let key = format!(
            "{} {}",
            row.get("status").unwrap_or(&Value::Null),
            row.get("code").unwrap_or(&Value::Null)
        );
        if !seen.insert(key.clone()) {
            found.push((
                format!("/x-errors/{index}"),
                format!("{key} is listed twice"),
            ));
        }
    }
    found
}
