//! Rules about responses: no small deviation of a server fails the whole response.

use std::collections::BTreeSet;

use serde_json::Value;

use super::context::{Context, Found, kind, values};

pub(super) fn enums_are_open(context: &Context<'_>) -> Found {
    let found = context
        .answered()
        .filter(|(_, schema)| kind(schema) == Some("string") && !values(schema).is_empty())
        .filter(|(_, schema)| schema.get("x-extensible-enum") != Some(&Value::Bool(true)))
        .map(|(at, _)| {
            (
                at.to_owned(),
                "an enum of a response that is not extensible".to_owned(),
            )
        });
    found.collect()
}

pub(super) fn strings_are_free(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    for (at, schema) in context
        .answered()
        .filter(|(_, schema)| kind(schema) == Some("string"))
    {
        for key in ["minLength", "maxLength", "pattern", "format"] {
            if schema.get(key).is_some() {
                found.push((
                    format!("{at}/{key}"),
                    format!("`{key}` on a string of a response"),
                ));
            }
        }
    }
    found
}

pub(super) fn objects_are_open(context: &Context<'_>) -> Found {
    let found = context
        .answered()
        .filter(|(_, schema)| schema.get("additionalProperties") == Some(&Value::Bool(false)))
        .map(|(at, _)| {
            (
                format!("{at}/additionalProperties"),
                "a closed object in a response".to_owned(),
            )
        });
    found.collect()
}

pub(super) fn successes_are_one_type(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    for operation in context.contract.operations() {
        let at = format!("{}/responses", operation.pointer());
        let responses = operation
            .body
            .get("responses")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let mut types = BTreeSet::new();
        let mut successes = 0;
        for (status, response) in
            responses.filter(|(status, _)| status.starts_with('2') || *status == "default")
        {
            let response = context.resolve(response);
            let schema = response.pointer("/content/application~1json/schema");
            types.insert(schema.map_or_else(|| "nothing".to_owned(), ToString::to_string));
            successes += usize::from(status.starts_with('2'));
        }
        if types.len() > 1 {
            found.push((
                at.clone(),
                format!("`{}` has {} types of success", operation.id, types.len()),
            ));
        }
        if successes == 0 {
            found.push((at, format!("`{}` has no successful response", operation.id)));
        }
    }
    found
}
