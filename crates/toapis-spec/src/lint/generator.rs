//! Rules about what the generator ignores silently or panics on.

use std::collections::BTreeSet;

use serde_json::Value;

use super::context::{Context, Found, kind, values};
use crate::Feature;

pub(super) fn equal_bounds(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    for (at, schema) in &context.schemas {
        for (least, most) in [("minimum", "maximum"), ("minLength", "maxLength")] {
            if schema.get(least).is_some() && schema.get(least) == schema.get(most) {
                found.push((
                    format!("{at}/{most}"),
                    format!("`{least}` and `{most}` are equal"),
                ));
            }
        }
    }
    found
}

pub(super) fn defaults(context: &Context<'_>) -> Found {
    let found = context
        .schemas
        .iter()
        .filter(|(at, schema)| schema.get("default").is_some() && !at.starts_with("/servers"))
        .map(|(at, _)| (format!("{at}/default"), "a `default`".to_owned()));
    found.collect()
}

pub(super) fn values_by_case(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    for (at, schema) in &context.schemas {
        let mut seen = BTreeSet::new();
        for value in values(schema).iter().filter_map(Value::as_str) {
            if !seen.insert(value.to_lowercase()) {
                found.push((
                    format!("{at}/enum"),
                    format!("`{value}` is listed twice, ignoring case"),
                ));
            }
        }
    }
    found
}

pub(super) fn any_of_scalars(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    for (at, schema) in &context.schemas {
        let choices = schema
            .get("anyOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for (index, choice) in choices.enumerate() {
            if matches!(
                kind(context.resolve(choice)),
                Some("string" | "integer" | "number" | "boolean")
            ) {
                found.push((
                    format!("{at}/anyOf/{index}"),
                    "a scalar branch of an `anyOf`".to_owned(),
                ));
            }
        }
    }
    found
}

pub(super) fn discriminators(context: &Context<'_>) -> Found {
    let found = context
        .schemas
        .iter()
        .filter(|(_, schema)| schema.get("discriminator").is_some());
    found
        .map(|(at, _)| (format!("{at}/discriminator"), "a discriminator".to_owned()))
        .collect()
}

pub(super) fn bodies_and_cookies(context: &Context<'_>) -> Found {
    let mut found = Found::new();
    for operation in context.contract.operations() {
        let body = operation
            .body
            .get("requestBody")
            .and_then(|body| context.resolve(body).get("content"))
            .and_then(Value::as_object);
        if body.is_some_and(|types| types.len() > 1) {
            found.push((
                format!("{}/requestBody/content", operation.pointer()),
                format!("`{}` accepts several media types", operation.id),
            ));
        }
    }
    found.extend(unsupported(context, Feature::Cookies));
    found
}

fn unsupported(context: &Context<'_>, feature: Feature) -> Found {
    let found = context
        .generator
        .unsupported(feature, context.contract.document());
    found
        .into_iter()
        .map(|one| (one.pointer, one.message))
        .collect()
}

pub(super) fn paths(context: &Context<'_>) -> Found {
    unsupported(context, Feature::Paths)
}

pub(super) fn hosts_and_keys(context: &Context<'_>) -> Found {
    unsupported(context, Feature::ServersAndSecurity)
}

pub(super) fn spelling(context: &Context<'_>) -> Found {
    unsupported(context, Feature::ParameterStyles)
}

/// Runs the generator without writing files, for problems that have no rule.
pub(super) fn can_be_generated(context: &Context<'_>) -> Found {
    let document = context.contract.document();
    // Unknown keywords have a rule of their own, with a place for each.
    let is_known = context
        .generator
        .unknown_keys(document)
        .is_ok_and(|lost| lost.is_empty());
    if !is_known {
        return Found::new();
    }
    let rejection = context.generator.generate(document).err();
    rejection
        .into_iter()
        .map(|one| (one.pointer, one.message))
        .collect()
}
